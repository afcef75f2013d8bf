internal import FoundationEssentials
internal import StationAPI

/// Posts the packing slip of an order whose staff pack when they load (`MarkFulfillmentLinesAsPacked`).
///
/// Repeatable: only what Commerce says is not packed yet is packed, read anew before each try.
struct LinePacker: Sendable {
    let server: RetailServer

    func pack(_ salesID: String) async -> DynamicsOutcome {
        do {
            let open = try await server.fulfillmentLines(["SalesId": .string(salesID)]).filter { line in
                (line.notPacked ?? line.ordered - line.packed) > 0
            }
            if open.isEmpty { return .done }
            try await server.markAsPacked(open)
            return .done
        } catch {
            return PickupPoster.outcome(of: error)
        }
    }
}
