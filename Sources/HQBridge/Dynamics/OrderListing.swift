internal import FoundationEssentials
internal import StationAPI

/// What changed in Commerce for one station.
struct CommerceChanges: Sendable {
    struct CheckIn: Hashable, Sendable {
        var taskID: String
        var salesID: String
        var bay: String?
    }

    /// Orders as they are now.
    var present: [CommerceOrder] = []
    /// Orders that are no longer the station's, and why.
    var removed: [String: OrderRemoval.Reason] = [:]
    /// Customers who wait at the curb.
    var checkIns: [CheckIn] = []
    /// What to ask with next; nil: the next question is whole again.
    var nextToken: String?
}

/// Where a station's orders are read.
protocol OrderListing: Sendable {
    /// What changed.
    ///
    /// - Parameters:
    ///   - known: orders that the station has; those that are gone from Commerce's list are looked up one by one.
    ///   - token: where the last answer ended; nil: from the start.
    func changes(known: Set<String>, since token: String?) async throws(RetailServerTrouble)
        -> CommerceChanges
}

/// Lists fulfilment lines as the POS does (role Employee). There is no "changed since": every list is whole, and what
/// is missing in it is looked up before anything is taken away.
struct WorkerListing: OrderListing {
    let server: RetailServer
    let enumerations: EnumerationCache

    private var configuration: DynamicsConfiguration { server.connection.configuration }

    func changes(known: Set<String>, since token: String?) async throws(RetailServerTrouble)
        -> CommerceChanges
    {
        var changes = CommerceChanges()
        let names = try await enumerations.enumerations()
        var lines: [FulfillmentLine] = []
        for mode in configuration.deliveryModes.keys.sorted() {
            lines += try await server.fulfillmentLines(try criteria(mode, names))
        }
        let bySales = Dictionary(grouping: lines, by: \.salesID)
        for salesID in bySales.keys.sorted() {
            guard let own = bySales[salesID], let first = own.first else { continue }
            let slips = configuration.packsOnLoad ? [] : try await server.packingSlips(of: salesID)
            changes.present.append(Self.order(first, own, slips: slips.map(\.id)))
        }
        for salesID in known.subtracting(bySales.keys).sorted() {
            if let reason = try await whyGone(salesID) { changes.removed[salesID] = reason }
        }
        if configuration.readsTasks { changes.checkIns = try await checkIns() }
        return changes
    }

    private func criteria(
        _ mode: String,
        _ names: DynamicsEnumerations
    ) throws(RetailServerTrouble) -> [String: JSONValue] {
        // "Ready for pickup" is no status of its own: it is Packed on a line with a pickup delivery mode.
        let wanted =
            configuration.packsOnLoad
            ? ["PartiallyPicked", "Picked", "PartiallyPacked", "Packed", "PartiallyInvoiced"]
            : ["PartiallyPacked", "Packed", "PartiallyInvoiced"]
        var statuses: [JSONValue] = []
        for name in wanted {
            statuses.append(.integer(Int64(try names.number(DynamicsEnumerations.lineStatus, name))))
        }
        var criteria: [String: JSONValue] = [
            "DeliveryTypeValue": .integer(
                Int64(try names.number(DynamicsEnumerations.deliveryType, "StorePickup"))
            ),
            "FulfillmentStatusValues": .array(statuses), "DeliveryModeCode": .string(mode),
        ]
        switch configuration.scope {
        case .store(let id): criteria["StoreId"] = .string(id)
        case .warehouse(let id): criteria["WarehouseId"] = .string(id)
        }
        return criteria
    }

    private static func order(
        _ first: FulfillmentLine,
        _ lines: [FulfillmentLine],
        slips: [String]
    ) -> CommerceOrder {
        CommerceOrder(
            salesID: first.salesID,
            channelReference: first.channelReference,
            deliveryMode: first.deliveryMode,
            lines: lines.sorted { $0.lineNumber < $1.lineNumber }.map {
                CommerceOrder.Line(
                    number: $0.lineNumber,
                    itemID: $0.itemID,
                    ordered: $0.ordered,
                    invoiced: $0.invoiced
                )
            },
            slips: slips,
            // The balance is the order's and stands on each of its lines.
            balance: lines.compactMap(\.balance).max() ?? 0,
            slotEnd: first.slotEnd
        )
    }

    /// Why an order is no longer listed; nil: it still is the station's, only not in a status to collect.
    private func whyGone(_ salesID: String) async throws(RetailServerTrouble) -> OrderRemoval.Reason? {
        let details: SalesOrderDetails
        do {
            details = try await server.details(of: salesID)
        } catch .refused(let error) where error.name == "ObjectNotFound" {
            return .cancelled
        }
        let own = details.lines.filter { line in
            line.deliveryMode.map { configuration.deliveryModes[$0] != nil } ?? true
        }
        if details.isCancelled || (!details.lines.isEmpty && details.lines.allSatisfy { $0.wanted <= 0 }) {
            return .cancelled
        }
        if !own.isEmpty, own.allSatisfy({ $0.invoiced >= $0.wanted }) { return .completed }
        let isElsewhere = own.allSatisfy { line in
            switch configuration.scope {
            case .store(let id): line.store.map { $0 != id } ?? false
            case .warehouse(let id): line.warehouse.map { $0 != id } ?? false
            }
        }
        return isElsewhere ? .rerouted : nil
    }

    /// Open tasks that a check-in made: they name the order in an extension property.
    private func checkIns() async throws(RetailServerTrouble) -> [CommerceChanges.CheckIn] {
        try await server.openTasks().compactMap { task in
            guard let salesID = task.text("salesId") else { return nil }
            return CommerceChanges.CheckIn(taskID: task.id, salesID: salesID, bay: task.text("bay"))
        }
    }
}

/// Lists orders through the customer's extension (role Application), which keeps the changes itself.
struct ExtensionListing: OrderListing {
    let server: RetailServer

    func changes(known: Set<String>, since token: String?) async throws(RetailServerTrouble)
        -> CommerceChanges
    {
        let answer = try await server.stationOrders(since: token)
        var changes = CommerceChanges(nextToken: answer.nextToken)
        for order in answer.orders {
            if let reason = order.removedReason {
                changes.removed[order.salesID] = Self.reason(reason)
            } else {
                changes.present.append(Self.order(order))
            }
        }
        changes.checkIns = (answer.checkIns ?? []).map {
            CommerceChanges.CheckIn(taskID: $0.taskID, salesID: $0.salesID, bay: $0.bay)
        }
        return changes
    }

    private static func reason(_ word: String) -> OrderRemoval.Reason {
        switch word {
        case "Invoiced": .completed
        case "Rerouted": .rerouted
        default: .cancelled
        }
    }

    private static func order(_ order: StationOrders.Order) -> CommerceOrder {
        CommerceOrder(
            salesID: order.salesID,
            channelReference: order.channelReference,
            deliveryMode: order.deliveryMode,
            lines: order.lines.map {
                CommerceOrder.Line(
                    number: $0.number,
                    itemID: $0.itemID,
                    ordered: $0.ordered,
                    invoiced: $0.invoiced
                )
            },
            slips: order.slips.map(\.id),
            balance: order.balance ?? 0,
            currency: order.currency
        )
    }
}
