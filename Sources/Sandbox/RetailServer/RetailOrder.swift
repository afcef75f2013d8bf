internal import Foundation
internal import StationAPI

/// One line of a sales order with the quantities that Commerce keeps.
struct RetailLine: Sendable {
    /// The published names of `FulfillmentLineStatus`.
    enum Status: String, CaseIterable, Sendable {
        case unknown = "Unknown"
        case pending = "Pending"
        case accepted = "Accepted"
        case picking = "Picking"
        case partiallyPicked = "PartiallyPicked"
        case picked = "Picked"
        case partiallyPacked = "PartiallyPacked"
        case packed = "Packed"
        case partiallyInvoiced = "PartiallyInvoiced"
        case invoiced = "Invoiced"
        case rejected = "Rejected"
    }

    var number: Double
    var itemID: String
    var deliveryMode: String
    var ordered: Double
    var cancelled = 0.0
    var picked = 0.0
    var packed = 0.0
    var invoiced = 0.0
    var isAccepted = false
    var isPicking = false
    var isRejected = false

    var wanted: Double { ordered - cancelled }

    var status: Status {
        if isRejected { return .rejected }
        if invoiced > 0 { return invoiced >= wanted ? .invoiced : .partiallyInvoiced }
        if packed > 0 { return packed >= wanted ? .packed : .partiallyPacked }
        if picked > 0 { return picked >= wanted ? .picked : .partiallyPicked }
        if isPicking { return .picking }
        return isAccepted ? .accepted : .pending
    }
}

/// A sales order as headquarters has it.
struct RetailOrder: Sendable {
    struct Slip: Sendable {
        var id: String
        var createdAt: String
    }

    var salesID: String
    var channelReference: String
    var store: String
    var warehouse: String
    var currency = "EUR"
    /// What is still to be paid when the order is recalled.
    var balance: Double
    var lines: [RetailLine]
    var slips: [Slip] = []
    var isCancelled = false
    /// Counts changes of the whole server, for the extension's feed.
    var change = 0
    /// Who ordered: made up, and there so that a test can look for it where it must not be.
    var customerName: String
    var customerEmail: String
    var pickupEnd: String?

    /// `SalesStatus`: 2 Processing, 4 Invoiced, 7 Canceled (of the published enumeration).
    var salesStatus: Int64 {
        if isCancelled { return 7 }
        return lines.allSatisfy { $0.status == .invoiced } ? 4 : 2
    }
}

/// A cart that a recalled order became.
struct RetailCart: Sendable {
    struct Line: Sendable {
        var id: String
        var number: Double
        var quantity: Double
    }

    var id: String
    var salesID: String
    /// `CustomerOrderMode`: 2 OrderRecalled, 3 Pickup.
    var mode: Int64 = 2
    var version: Int64 = Int64.random(in: 1_000...9_000_000)
    var lines: [Line]
    var isConcluded = false
    var isVoided = false
}

/// A task for the store's workers, as a customer's check-in makes one.
struct RetailTask: Sendable {
    var id: String
    var name: String
    var channelReference: String
    var salesID: String
    var bay: String?
    var isDone = false
}

extension SandboxRetailServer {
    /// A line of an order to place.
    public struct NewLine: Sendable {
        /// The item.
        public var item: String
        /// How many.
        public var quantity: Double

        /// A line.
        public init(item: String, quantity: Double = 1) {
            self.item = item
            self.quantity = quantity
        }
    }

    /// What became of a line.
    public struct LineState: Hashable, Sendable {
        /// Its number.
        public var number: Double
        /// The status' published name.
        public var status: String
        /// How many were picked, packed and invoiced.
        public var picked: Double
        /// How many were packed.
        public var packed: Double
        /// How many were invoiced.
        public var invoiced: Double
    }

    /// Places an order of an online shop for pickup at the store; it comes in as Pending.
    ///
    /// - Returns: the order's `SalesId`.
    @discardableResult
    public func place(
        _ lines: [NewLine],
        deliveryMode: String = "LOCKER",
        balance: Double = 0,
        store: String? = nil
    ) -> String {
        let number = orders.count + 1
        let salesID = String(format: "%06d", 12_000 + number)
        orders.append(
            RetailOrder(
                salesID: salesID,
                channelReference: "CR\(UInt32.random(in: 1_000_000...9_999_999))\(number)",
                store: store ?? configuration.store,
                warehouse: store.map { "\($0)-WH" } ?? configuration.warehouse,
                balance: balance,
                lines: lines.enumerated().map { index, line in
                    RetailLine(
                        number: Double(index + 1),
                        itemID: line.item,
                        deliveryMode: deliveryMode,
                        ordered: line.quantity
                    )
                },
                customerName: "Ida Beispiel",
                customerEmail: "ida@example.org"
            )
        )
        touch(salesID)
        return salesID
    }

    /// Brings all lines of an order to Packed with one packing slip, as staff do at a POS.
    public func pack(_ salesID: String) {
        change(salesID) { order in
            for index in order.lines.indices {
                order.lines[index].isAccepted = true
                order.lines[index].picked = order.lines[index].wanted
                order.lines[index].packed = order.lines[index].wanted
            }
            order.slips.append(Self.slip(order))
        }
    }

    /// Packs a part of one line, with a slip of its own.
    public func pack(_ salesID: String, line: Int, quantity: Double) {
        change(salesID) { order in
            order.lines[line].isAccepted = true
            order.lines[line].picked += quantity
            order.lines[line].packed += quantity
            order.slips.append(Self.slip(order))
        }
    }

    /// Cancels an order at headquarters.
    public func cancel(_ salesID: String) {
        change(salesID) { $0.isCancelled = true }
    }

    /// Sends an order to another store.
    public func reroute(_ salesID: String, to store: String) {
        change(salesID) {
            $0.store = store
            $0.warehouse = "\(store)-WH"
        }
    }

    /// Somebody pays what is due.
    public func settle(_ salesID: String) {
        change(salesID) { $0.balance = 0 }
    }

    /// Another till hands over everything.
    public func invoiceAtPOS(_ salesID: String) {
        invoices += 1
        change(salesID) { order in
            for index in order.lines.indices { order.lines[index].invoiced = order.lines[index].wanted }
        }
    }

    /// What became of an order's lines.
    public func lines(of salesID: String) -> [LineState] {
        order(salesID)?.lines.map {
            LineState(
                number: $0.number,
                status: $0.status.rawValue,
                picked: $0.picked,
                packed: $0.packed,
                invoiced: $0.invoiced
            )
        } ?? []
    }

    /// The confirmation id that the customer has.
    public func channelReference(of salesID: String) -> String? { order(salesID)?.channelReference }

    /// How often something was invoiced.
    public func invoiceCount() -> Int { invoices }

    /// Carts that are neither checked out nor voided.
    public func openCarts() -> [String] {
        carts.values.filter { !$0.isConcluded && !$0.isVoided }.map(\.id).sorted()
    }

    func order(_ salesID: String) -> RetailOrder? { orders.first { $0.salesID == salesID } }

    func change(_ salesID: String, _ body: (inout RetailOrder) -> Void) {
        guard let index = orders.firstIndex(where: { $0.salesID == salesID }) else { return }
        body(&orders[index])
        touch(salesID)
    }

    private func touch(_ salesID: String) {
        guard let index = orders.firstIndex(where: { $0.salesID == salesID }) else { return }
        changes += 1
        orders[index].change = changes
    }

    static func slip(_ order: RetailOrder) -> RetailOrder.Slip {
        RetailOrder.Slip(
            id: "PS-\(order.salesID)-\(order.slips.count + 1)",
            createdAt: WireTime.now().text
        )
    }
}
