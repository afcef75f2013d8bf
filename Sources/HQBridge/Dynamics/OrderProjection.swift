internal import FoundationEssentials
internal import StationAPI

/// An order of Commerce as the station needs it, from whichever call it came.
struct CommerceOrder: Hashable, Sendable {
    struct Line: Hashable, Sendable {
        var number: Decimal
        var itemID: String
        var ordered: Decimal
        var invoiced: Decimal
    }

    var salesID: String
    var channelReference: String?
    var deliveryMode: String
    var lines: [Line]
    var slips: [String]
    var balance: Decimal
    var currency: String?
    var slotEnd: String?
}

/// Makes the station's order of an order of Commerce: pure, and without anything of the customer.
struct OrderProjection: Sendable {
    /// Why an order cannot be given to a station.
    enum Obstacle: Error, Hashable, Sendable, CustomStringConvertible {
        /// Its delivery mode is none of the station's.
        case otherDeliveryMode(String)
        /// Its number cannot be an id of the wire.
        case badID
        /// Nothing is packed, so there is no parcel.
        case nothingPacked

        var description: String {
            switch self {
            case .otherDeliveryMode(let mode):
                "delivery mode \(mode) is not mapped; add it to deliveryModes if the station is to have it"
            case .badID: "its SalesId holds characters that an id of the station must not have"
            case .nothingPacked: "no packing slip yet"
            }
        }
    }

    let configuration: DynamicsConfiguration

    /// The station's order.
    ///
    /// - Parameters:
    ///   - previous: what the station has now; its codes and the end of its hold stay.
    ///   - isLoaded: whether the station has reported it loaded.
    ///   - now: milliseconds since 1970-01-01T00:00:00Z.
    func document(
        _ order: CommerceOrder,
        previous: OrderDocument?,
        isLoaded: Bool,
        now: Int64
    ) throws(Obstacle) -> OrderDocument {
        guard WireID.isValid(order.salesID) else { throw .badID }
        guard let mode = configuration.deliveryModes[order.deliveryMode] else {
            throw .otherDeliveryMode(order.deliveryMode)
        }
        let parcels = try parcels(of: order)
        var document = OrderDocument(
            orderID: order.salesID,
            version: previous?.version ?? 1,
            displayNumber: Self.displayNumber(order),
            status: isLoaded ? .ready : .awaitingLoad,
            deliveryMode: mode,
            parcels: parcels,
            pickup: window(order, previous: previous, now: now),
            codes: previous?.codes ?? [],
            station: configuration.station,
            lines: order.lines.compactMap { Self.line($0) },
            externalRefs: ["salesId": order.salesID]
        )
        if let reference = order.channelReference, Self.isReference(reference) {
            document.externalRefs["channelReferenceId"] = reference
        }
        if order.balance > 0 {
            document.amountDue = AmountDue(
                amount: order.balance.description,
                currency: order.currency ?? configuration.currency
            )
        }
        return document
    }

    /// A parcel per packing slip; where staff pack only when they load, the order is one parcel from the start, so that
    /// the slip that loading makes does not change it.
    private func parcels(of order: CommerceOrder) throws(Obstacle) -> [ParcelDocument] {
        if configuration.packsOnLoad {
            return [ParcelDocument(parcelID: "\(order.salesID):1", label: order.salesID)]
        }
        let parcels = order.slips.prefix(OrderDocument.maximumParcels).filter { !$0.isEmpty }.map { slip in
            ParcelDocument(parcelID: WireID.isValid(slip) ? slip : Self.id(of: slip), label: slip)
        }
        guard !parcels.isEmpty else { throw .nothingPacked }
        return parcels
    }

    /// A stable id for a slip whose number holds other characters: their code points in hexadecimal.
    private static func id(of slip: String) -> String {
        let text = slip.unicodeScalars.map { scalar in
            let plain = String(scalar)
            return WireID.isValid(plain) && plain != "_" ? plain : "_\(String(scalar.value, radix: 16))_"
        }
        return String(text.joined().prefix(WireID.maximumLength))
    }

    /// What the customer knows: the confirmation id (channel reference id).
    private static func displayNumber(_ order: CommerceOrder) -> String {
        guard let reference = order.channelReference, isReference(reference), reference.utf8.count <= 32
        else {
            return String(order.salesID.suffix(32))
        }
        return reference
    }

    private static func isReference(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
    }

    private func window(_ order: CommerceOrder, previous: OrderDocument?, now: Int64) -> PickupWindow {
        if let end = order.slotEnd.flatMap({ WireTime(text: $0) }) { return PickupWindow(expiresAt: end) }
        // The hold begins when the order first came, and does not begin anew with each change.
        if let previous { return previous.pickup }
        guard configuration.holdHours > 0 else { return PickupWindow() }
        return PickupWindow(
            expiresAt: WireTime(milliseconds: now + Int64(configuration.holdHours) * 3_600_000)
        )
    }

    private static func line(_ line: CommerceOrder.Line) -> OrderLine? {
        guard (1...64).contains(line.itemID.utf8.count), line.ordered > 0,
            line.itemID.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { return nil }
        // Half a metre is one thing to hand over.
        let whole = Int64((Double(line.ordered.description) ?? 1).rounded(.up))
        return OrderLine(lineID: lineID(line.number), sku: line.itemID, quantity: max(1, whole))
    }

    /// A line's number as an id: `1`, or `1.5` for a line that was put in between.
    static func lineID(_ number: Decimal) -> String { number.description }

    /// The line's number of an id.
    static func lineNumber(_ id: String) -> Decimal? { Decimal(string: id) }
}
