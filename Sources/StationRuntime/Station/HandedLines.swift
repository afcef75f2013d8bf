internal import Foundation
internal import StationAPI
internal import StationCore

/// Which of an order's lines an event is about: HQ's words of the order, as they were kept for its events.
struct HandedLines: Decodable {
    private struct Parcel: Decodable {
        var parcelId: String
        var lines: [Share]?
    }

    private struct Share: Decodable {
        var lineId: String
        var quantity: Int64
    }

    private var lines: [EventData.Line]?
    private var parcels: [Parcel]?

    init(document: Data) throws {
        self = try JSONDecoder().decode(HandedLines.self, from: document)
    }

    /// The lines and quantities in these parcels; nil if that cannot be said.
    func lines(in ids: [ParcelID]) -> [EventData.Line]? {
        guard let lines, !lines.isEmpty, let parcels, !ids.isEmpty else { return nil }
        let present = parcels.filter { parcel in ids.contains { $0.rawValue == parcel.parcelId } }
        // A parcel that HQ took out of the order since: what was in it is not known here any more.
        guard present.count == ids.count else { return nil }
        let shares = present.compactMap(\.lines)
        guard shares.count == present.count else {
            // Nobody said what is in which parcel: all of them are the whole order.
            return present.count == parcels.count ? lines : nil
        }
        var quantities: [String: Int64] = [:]
        for share in shares.joined() { quantities[share.lineId, default: 0] += share.quantity }
        return lines.compactMap { line in
            quantities[line.lineID].map { EventData.Line(lineID: line.lineID, sku: line.sku, quantity: $0) }
        }
    }
}
