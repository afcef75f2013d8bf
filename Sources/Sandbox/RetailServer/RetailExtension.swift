internal import Foundation
internal import StationAPI

/// What a customer's own Commerce Scale Unit extension adds for the role Application, and check-in with its tasks.
///
/// The two actions are ours (the bridge's guide describes them); that an extension may open actions to the role
/// Application is documented: `[Authorization(CommerceRoles.Application)]`.
extension SandboxRetailServer {
    func stationOrders(_ request: RetailRequest) throws -> JSONValue {
        guard openPoints.isExtensionInstalled else {
            throw RetailError.badRequest("GetStationOrders is not installed.")
        }
        let since = request.parameters["sinceToken"]?.text.flatMap { Int($0) } ?? 0
        let changed = orders.filter { $0.change > since && ($0.store == configuration.store || since > 0) }
        let waiting = tasks.filter { !$0.isDone }
        return Self.entity(
            [
                "NextToken": .string("\(changes)"),
                "Orders": .array(changed.map { stationOrder($0) }),
                "CheckIns": .array(
                    waiting.map { task in
                        .object([
                            "TaskId": .string(task.id), "SalesId": .string(task.salesID),
                            "Bay": task.bay.map { .string($0) } ?? .null,
                        ])
                    }
                ),
            ],
            set: "StationOrders"
        )
    }

    private func stationOrder(_ order: RetailOrder) -> JSONValue {
        let reason: JSONValue =
            if order.isCancelled {
                .string("Canceled")
            } else if order.store != configuration.store {
                .string("Rerouted")
            } else if order.salesStatus == 4 {
                .string("Invoiced")
            } else {
                .null
            }
        return .object([
            "SalesId": .string(order.salesID), "ChannelReferenceId": .string(order.channelReference),
            "DeliveryModeCode": .string(order.lines.first?.deliveryMode ?? ""),
            "CurrencyCode": .string(order.currency), "Balance": .number(order.balance),
            "RemovedReason": reason,
            "Lines": .array(
                order.lines.map { line in
                    .object([
                        "SalesLineNumber": .number(line.number), "ItemId": .string(line.itemID),
                        "QuantityOrdered": .number(line.wanted), "QuantityPacked": .number(line.packed),
                        "QuantityInvoiced": .number(line.invoiced),
                    ])
                }
            ),
            "PackingSlips": .array(order.slips.map { .object(["PackingSlipId": .string($0.id)]) }),
        ])
    }

    /// Posts a pickup once per event: the extension keeps the event's id with the transaction.
    func completeStationPickup(_ request: RetailRequest) throws -> JSONValue {
        guard openPoints.isExtensionInstalled else {
            throw RetailError.badRequest("CompleteStationPickup is not installed.")
        }
        guard openPoints.isExtensionPickupAllowed else {
            throw RetailError.forbidden("A pickup needs a terminal and a shift.")
        }
        let order = try known(request.parameters["salesId"]?.text)
        guard let event = request.parameters["eventId"]?.text else { throw RetailError.missing("eventId") }
        if let invoice = posted[event] {
            return Self.entity(
                ["Result": .string("AlreadyPosted"), "InvoiceId": .string(invoice)],
                set: "StationPickups"
            )
        }
        guard order.balance == 0 else {
            return Self.entity(
                [
                    "Result": .string("PaymentDue"), "AmountDue": .number(order.balance),
                    "CurrencyCode": .string(order.currency),
                ],
                set: "StationPickups"
            )
        }
        let lines = request.parameters["lines"]?.elements ?? []
        let open = order.lines.filter { $0.invoiced < $0.wanted }
        if open.isEmpty {
            return Self.entity(["Result": .string("AlreadyInvoiced")], set: "StationPickups")
        }
        var quantities = lines.compactMap { line -> (number: Double, quantity: Double)? in
            guard let number = line["SalesLineNumber"]?.decimal, let quantity = line["Quantity"]?.decimal
            else { return nil }
            return (number, quantity)
        }
        guard quantities.count == lines.count else { throw RetailError.missing("lines") }
        // No lines: everything that is still open.
        if lines.isEmpty { quantities = open.map { ($0.number, $0.wanted - $0.invoiced) } }
        try invoice(quantities, of: order.salesID)
        let invoice = "INV-\(invoices)"
        posted[event] = invoice
        return Self.entity(
            ["Result": .string("Posted"), "InvoiceId": .string(invoice)],
            set: "StationPickups"
        )
    }

    // MARK: Check-in

    /// A customer at the curb: the confirmation page calls this without signing in, and the store gets a task.
    func checkIn(_ request: RetailRequest) throws -> JSONValue {
        let reference = request.parameters["channelReferenceId"]?.text
        let slip = request.parameters["PackingSlipId"]?.text
        guard let order = orders.first(where: { $0.channelReference == reference }) else {
            throw RetailError.validation("OrderPickupForCheckInNotFound", "There is no such order.")
        }
        guard order.slips.contains(where: { $0.id == slip }), !order.isCancelled else {
            throw RetailError.validation("OrderPickupForCheckInNotValid", "The order cannot be picked up.")
        }
        let properties = request.parameters["extensionProperties"]?.elements ?? []
        let bay = properties.first { $0["Key"]?.text == "bay" }?["Value"]?["StringValue"]?.text
        tasks.append(
            RetailTask(
                id: "TASK-\(tasks.count + 1)",
                name: "Customer check-in \(order.channelReference)",
                channelReference: order.channelReference,
                salesID: order.salesID,
                bay: bay
            )
        )
        return Self.entity(["ExtensionProperties": .array([])], set: "CheckInForOrderPickupConfirmation")
    }

    func searchTasks(_ request: RetailRequest) throws -> JSONValue {
        let open = tasks.filter { !$0.isDone }
        return Self.collection(
            .array(
                open.map { task in
                    var properties: [JSONValue] = [
                        Self.property("channelReferenceId", task.channelReference),
                        Self.property("salesId", task.salesID),
                    ]
                    if let bay = task.bay { properties.append(Self.property("bay", bay)) }
                    return .object([
                        "Id": .string(task.id), "Name": .string(task.name), "StatusValue": .integer(1),
                        "ExtensionProperties": .array(properties),
                    ])
                }
            ),
            count: nil
        )
    }

    private static func property(_ key: String, _ text: String) -> JSONValue {
        .object(["Key": .string(key), "Value": .object(["StringValue": .string(text)])])
    }

    /// The store's workers have done a task.
    public func finishTask(_ id: String) {
        guard let index = tasks.firstIndex(where: { $0.id == id }) else { return }
        tasks[index].isDone = true
    }
}
