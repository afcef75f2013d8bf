internal import Foundation
internal import StationAPI
internal import StationCore
internal import StationStore

/// From the feed's words to the core's: here clear codes become digests, and HQ's references become an opaque
/// document.
enum OrderTranslation {
    /// What is kept for the events about an order.
    private struct Kept: Codable {
        var lines: [Line]
        var externalRefs: [String: String]
        /// Which lines are in which parcel; nil where HQ did not say.
        var parcels: [Parcel]?

        struct Line: Codable {
            var lineId: String
            var sku: String
            var quantity: Int64
        }

        struct Parcel: Codable {
            var parcelId: String
            var lines: [Share]?
        }

        struct Share: Codable {
            var lineId: String
            var quantity: Int64
        }
    }

    static func order(_ document: OrderDocument, key: StationKey, station: StationID) -> StoredOrder {
        let isElsewhere = document.station.map { $0 != station.rawValue } ?? false
        let record = OrderRecord(
            id: OrderID(document.orderID),
            version: document.version,
            displayNumber: document.displayNumber,
            standing: isElsewhere ? .elsewhere(storeName: document.stationName) : standing(document.status),
            deliveryMode: DeliveryMode(document.deliveryMode),
            notBefore: document.pickup.notBefore.map { StationTime(milliseconds: $0.milliseconds) },
            expiresAt: document.pickup.expiresAt.map { StationTime(milliseconds: $0.milliseconds) },
            isPaymentDue: document.amountDue?.isOwed ?? false,
            parcels: document.parcels.map { ParcelRecord(id: ParcelID($0.parcelID), size: size($0.size)) }
        )
        return StoredOrder(record: record, tokens: tokens(document, key), document: kept(document))
    }

    /// An order as it stands after HQ has removed it from this station.
    static func removed(_ existing: OrderRecord, _ removal: OrderRemoval) -> OrderRecord {
        var record = existing
        record.version = removal.version
        switch removal.reason {
        case .cancelled: record.standing = .cancelled
        case .rerouted: record.standing = .elsewhere(storeName: removal.stationName)
        case .completed: record.standing = .completed
        case .expired: record.isExpired = true
        }
        return record
    }

    private static func standing(_ status: OrderStatus) -> OrderStanding {
        switch status {
        case .awaitingLoad, .ready: .live
        case .hold: .onHold
        case .cancelled: .cancelled
        case .completed: .completed
        }
    }

    private static func tokens(_ document: OrderDocument, _ key: StationKey) -> [Token] {
        var tokens: [Token] = []
        tokens.reserveCapacity(document.codes.count + document.parcels.count)
        for code in document.codes {
            let digest: CodeDigest?
            switch code.value {
            case .digest(let bytes): digest = CodeDigest(bytes: bytes)
            case .clear(let text): digest = key.digest(of: text)
            }
            if let digest {
                tokens.append(Token(digest: digest, kind: .pickupCode(isTyped: code.form == .typed)))
            }
        }
        for parcel in document.parcels {
            tokens.append(
                Token(digest: key.digest(of: parcel.label), kind: .label(ParcelID(parcel.parcelID)))
            )
        }
        return tokens
    }

    private static func kept(_ document: OrderDocument) -> Data? {
        guard !document.lines.isEmpty || !document.externalRefs.isEmpty else { return nil }
        let lines = document.lines.map { Kept.Line(lineId: $0.lineID, sku: $0.sku, quantity: $0.quantity) }
        let parcels = document.parcels.map { parcel in
            let shares = parcel.lines.map { Kept.Share(lineId: $0.lineID, quantity: $0.quantity) }
            return Kept.Parcel(parcelId: parcel.parcelID, lines: shares.isEmpty ? nil : shares)
        }
        let kept = Kept(
            lines: lines,
            externalRefs: document.externalRefs,
            parcels: lines.isEmpty ? nil : parcels
        )
        return try? Data(FastJSON.bytes(kept))
    }

    /// The class of a parcel given in millimetres: by its smallest side, the heights of common lockers (8,
    /// 19, 41 cm).
    private static func size(_ size: ParcelSize?) -> Size {
        switch size {
        case nil: return .medium
        case .named(let named): return Size(rawValue: named.rawValue) ?? .medium
        case .millimetres(let width, let height, let depth):
            let sides = [width, height, depth].sorted()
            if sides[2] > 640 || sides[1] > 380 { return .extraLarge }
            if sides[0] <= 80 { return .small }
            if sides[0] <= 190 { return .medium }
            return sides[0] <= 410 ? .large : .extraLarge
        }
    }
}

extension StationCore.DeliveryMode {
    fileprivate init(_ mode: StationAPI.DeliveryMode) {
        switch mode {
        case .locker: self = .locker
        case .counter: self = .counter
        case .curbside: self = .curbside
        }
    }
}
