internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOHTTP1
internal import StationAPI

/// The calls of Retail Server that the bridge makes, with the names and parameters of its `$metadata`.
struct RetailServer: Sendable {
    /// The modes of a recalled order that matter here (`CustomerOrderMode` of the metadata).
    private static let pickupMode: Int64 = 3

    let connection: RetailServerConnection

    init(_ configuration: DynamicsConfiguration, client: HTTPClient) {
        let tokens: any RetailServerTokens =
            switch configuration.variant {
            case .extensionActions(let signIn): ApplicationTokens(signIn, client: client)
            case .posWorker(let signIn): WorkerTokens(signIn: signIn)
            }
        connection = RetailServerConnection(configuration: configuration, client: client, tokens: tokens)
    }

    // MARK: Reading

    /// `GetExtensibleEnumerations()`
    func enumerations() async throws(RetailServerTrouble) -> [ExtensibleEnumeration] {
        let bytes = try await connection.call(.GET, "GetExtensibleEnumerations()")
        return try Self.read(RetailCollection<ExtensibleEnumeration>.self, bytes).value
    }

    /// `SalesOrders/GetFulfillmentLines`, all pages.
    ///
    /// - Throws: `.noReply` also if the pages together are fewer lines than the server counted: nothing may be
    ///   concluded from a list that is not whole.
    func fulfillmentLines(_ criteria: [String: JSONValue]) async throws(RetailServerTrouble)
        -> [FulfillmentLine]
    {
        let size = connection.configuration.pageSize
        let body = JSONValue.object(["fulfillmentLineSearchCriteria": .object(criteria)])
        var lines: [FulfillmentLine] = []
        while true {
            let bytes = try await connection.call(
                .POST,
                "SalesOrders/GetFulfillmentLines",
                options: [("$top", "\(size)"), ("$skip", "\(lines.count)"), ("$count", "true")],
                body: body
            )
            let page = try Self.read(RetailCollection<FulfillmentLine>.self, bytes)
            lines += page.value
            if let count = page.count {
                if lines.count >= count { return lines }
                guard !page.value.isEmpty else { throw .noReply("the list is shorter than its count") }
            } else if page.value.count < size {
                return lines
            }
        }
    }

    /// `SalesOrders/GetPackingSlipsData(salesId='…')`
    func packingSlips(of salesID: String) async throws(RetailServerTrouble) -> [PackingSlip] {
        let path = "SalesOrders/GetPackingSlipsData(salesId=\(RetailServerConnection.quoted(salesID)))"
        let bytes = try await connection.call(.GET, path)
        return try Self.read(RetailCollection<PackingSlip>.self, bytes).value
    }

    /// `SalesOrders/GetSalesOrderDetailsBySalesId(salesId='…')`
    func details(of salesID: String) async throws(RetailServerTrouble) -> SalesOrderDetails {
        let key = RetailServerConnection.quoted(salesID)
        let bytes = try await connection.call(
            .GET,
            "SalesOrders/GetSalesOrderDetailsBySalesId(salesId=\(key))"
        )
        return try Self.read(SalesOrderDetails.self, bytes)
    }

    /// `Checklists/SearchTasks`: tasks of the store that are not done.
    func openTasks() async throws(RetailServerTrouble) -> [StoreTask] {
        let body = JSONValue.object([
            "taskSearchCriteria": .object(["StatusValues": .array([.integer(1), .integer(2)])]),
            "userGraphToken": .null,
        ])
        let bytes = try await connection.call(.POST, "Checklists/SearchTasks", body: body)
        return try Self.read(RetailCollection<StoreTask>.self, bytes).value.filter { !$0.isDone }
    }

    // MARK: Fulfilment

    /// `SalesOrders/MarkFulfillmentLinesAsPacked`
    func markAsPacked(_ lines: [FulfillmentLine]) async throws(RetailServerTrouble) {
        let body = JSONValue.object([
            "FulfillmentLineParameter": .array(
                lines.map { line in
                    .object([
                        "SalesId": .string(line.salesID), "SalesLineNumber": .decimal(line.lineNumber),
                        "Quantity": .decimal(line.notPacked ?? line.ordered - line.packed),
                    ])
                }
            )
        ])
        _ = try await connection.call(.POST, "SalesOrders/MarkFulfillmentLinesAsPacked", body: body)
    }

    // MARK: Pickup

    /// `Carts/RecallOrder`
    func recall(_ salesID: String, transaction: String) async throws(RetailServerTrouble) -> RetailCart {
        let body = JSONValue.object(["transactionId": .string(transaction), "salesId": .string(salesID)])
        let bytes = try await connection.call(.POST, "Carts/RecallOrder", body: body)
        return try Self.read(RetailCart.self, bytes)
    }

    /// Turns a recalled cart to the mode Pickup with these quantities: `PATCH Carts('…')`, and `UpdateCartLines` where
    /// the tenant wants quantities there.
    func setPickup(
        _ cart: RetailCart,
        quantities: [String: Decimal]
    ) async throws(RetailServerTrouble) -> RetailCart {
        // Lines that are not picked up now say so: 0 means not now.
        let lines = JSONValue.array(
            cart.lines.map { line in
                .object(["LineId": .string(line.id), "Quantity": .decimal(quantities[line.id] ?? 0)])
            }
        )
        let isByPatch = connection.configuration.setsQuantitiesByPatch
        var members: [String: JSONValue] = [
            "Id": .string(cart.id), "CustomerOrderModeValue": .integer(Self.pickupMode),
        ]
        if isByPatch { members["CartLines"] = lines }
        let bytes = try await connection.call(
            .PATCH,
            "Carts(\(RetailServerConnection.quoted(cart.id)))",
            body: JSONValue.object(members)
        )
        let changed = try Self.read(RetailCart.self, bytes)
        guard !isByPatch else { return changed }
        var parameters: [String: JSONValue] = ["cartLines": lines]
        if let version = changed.version { parameters["cartVersion"] = .integer(version) }
        let updated = try await onCart("UpdateCartLines", cart.id, parameters)
        return try Self.read(RetailCart.self, updated)
    }

    /// `Carts('…')/Checkout`
    func checkout(_ cart: RetailCart) async throws(RetailServerTrouble) {
        var parameters: [String: JSONValue] = [
            "receiptEmail": .null, "tokenizedPaymentCard": .null, "receiptNumberSequence": .null,
            "cartTenderLines": .array([]),
        ]
        if let version = cart.version { parameters["cartVersion"] = .integer(version) }
        _ = try await onCart("Checkout", cart.id, parameters)
    }

    /// `Carts('…')/Void`: the transaction ends without an effect.
    func void(transaction: String) async throws(RetailServerTrouble) {
        _ = try await onCart("Void", transaction, ["reasonCodeLines": .array([])])
    }

    private func onCart(
        _ action: String,
        _ id: String,
        _ parameters: [String: JSONValue]
    ) async throws(RetailServerTrouble) -> [UInt8] {
        try await connection.call(
            .POST,
            "Carts(\(RetailServerConnection.quoted(id)))/\(action)",
            body: JSONValue.object(parameters)
        )
    }

    // MARK: The customer's extension

    /// `GetStationOrders` of the extension.
    func stationOrders(since token: String?) async throws(RetailServerTrouble) -> StationOrders {
        let body = JSONValue.object([
            "stationId": .string(connection.configuration.station),
            "sinceToken": token.map { .string($0) } ?? .null,
        ])
        let bytes = try await connection.call(.POST, "GetStationOrders", body: body)
        return try Self.read(StationOrders.self, bytes)
    }

    /// `CompleteStationPickup` of the extension.
    func completeStationPickup(
        _ salesID: String,
        lines: [PickupTarget],
        event: String
    ) async throws(RetailServerTrouble) -> StationPickupResult {
        let body = JSONValue.object([
            "salesId": .string(salesID), "eventId": .string(event),
            "lines": .array(
                lines.map { line in
                    .object([
                        "SalesLineNumber": .decimal(line.number), "Quantity": .decimal(line.quantity),
                    ])
                }
            ),
        ])
        let bytes = try await connection.call(.POST, "CompleteStationPickup", body: body)
        return try Self.read(StationPickupResult.self, bytes)
    }

    /// An answer with status 200 that cannot be read is a lost one: what was asked has happened.
    private static func read<Value: Decodable>(
        _ type: Value.Type,
        _ bytes: [UInt8]
    ) throws(RetailServerTrouble) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch DecodingError.keyNotFound(let key, _) {
            throw .unreadable("\(key.stringValue) is missing in \(type)")
        } catch {
            throw .noReply("no whole answer")
        }
    }
}

extension JSONValue {
    /// A quantity or an amount.
    static func decimal(_ value: Decimal) -> JSONValue {
        let text = value.description
        return Int64(text).map { .integer($0) } ?? .number(Double(text) ?? 0)
    }
}
