internal import FoundationEssentials

/// Posts a handover through the customer's extension, which keeps the event's id with its transaction: the same event
/// is never posted twice, however often it is sent.
struct ExtensionPoster: Sendable {
    let server: RetailServer

    /// Posts what an event reports.
    ///
    /// - Parameter handedOver: the lines and quantities; nil: everything that is still open.
    func post(
        _ event: String,
        salesID: String,
        handedOver: [PickupTarget]?
    ) async -> DynamicsOutcome {
        do {
            let answer = try await server.completeStationPickup(
                salesID,
                lines: handedOver ?? [],
                event: event
            )
            switch answer.result {
            case "Posted": return .done
            case "AlreadyPosted", "AlreadyInvoiced": return .duplicate
            case "PaymentDue":
                let due = answer.amountDue.map { "\($0) \(answer.currency ?? "")" } ?? "an amount"
                return .exception("\(due) are still to be paid; take the payment at a till")
            default:
                return .exception("the extension answers \(answer.result), which the bridge does not know")
            }
        } catch {
            return PickupPoster.outcome(of: error)
        }
    }
}
