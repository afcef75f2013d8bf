internal import FoundationEssentials
internal import Logging

/// What became of something that Commerce was asked to do.
enum DynamicsOutcome: Hashable, Sendable {
    /// It is done.
    case done
    /// It was done before, by an earlier try or by people at a till.
    case duplicate
    /// Again later, not before `after` if somebody asked for that.
    case again(after: Duration?, why: String)
    /// People have to look.
    case exception(String)
}

/// Posts a handover the way the POS does: recall, mode Pickup with quantities, nothing due, checkout, invoiced.
///
/// Never twice, never lost, wherever it is killed: what must be invoiced afterwards is fixed and kept before the first
/// call; a try that may still be under way is voided before the next one begins, so that it cannot be concluded later;
/// and a checkout whose outcome is unknown and whose cart is gone is only looked at, never repeated. That holds for one
/// poster at a time on an order, which ``DynamicsSink`` sees to with a lease: two at once could each post.
struct PickupPoster: Sendable {
    /// Tries at once after someone else changed the cart.
    private static let triesOnConflict = 3

    let server: RetailServer
    let memory: any PostingMemory
    let logger: Logger
    /// Seconds since 1970-01-01T00:00:00Z.
    let now: @Sendable () -> Int64

    /// Posts what an event reports.
    ///
    /// - Parameter handedOver: the lines and quantities; nil: everything that is still open.
    func post(
        _ event: String,
        salesID: String,
        handedOver: [PickupTarget]?
    ) async throws -> DynamicsOutcome {
        do {
            return try await attempt(event, salesID, handedOver)
        } catch let trouble as RetailServerTrouble {
            return Self.outcome(of: trouble)
        }
    }

    private func attempt(
        _ event: String,
        _ salesID: String,
        _ handedOver: [PickupTarget]?
    ) async throws -> DynamicsOutcome {
        let details = try await server.details(of: salesID)
        var posting: PickupPosting
        if let kept = try await memory.posting(event) {
            posting = kept
        } else {
            switch Self.plan(event, details, handedOver) {
            case .planned(let planned): posting = planned
            case .decided(let outcome): return outcome
            }
            try await memory.keep(posting)
        }
        if posting.stage == .posted { return .duplicate }
        for _ in 0..<Self.triesOnConflict {
            if let outcome = try await settle(&posting) { return outcome }
            do {
                return try await carryOut(&posting)
            } catch RetailServerTrouble.refused(let error) where error.name == "InvalidCartVersion" {
                logger.info(
                    "a till changed the cart; reading the order again",
                    metadata: ["event": "\(event)"]
                )
            }
        }
        return .again(after: nil, why: "the cart is being changed by someone else")
    }

    // MARK: What is to be posted

    private enum Plan {
        case planned(PickupPosting)
        case decided(DynamicsOutcome)
    }

    /// Fixes what must be invoiced once this handover is posted.
    private static func plan(
        _ event: String,
        _ details: SalesOrderDetails,
        _ handedOver: [PickupTarget]?
    ) -> Plan {
        guard !details.isCancelled else {
            return .decided(
                .exception("handed over, but cancelled in Commerce: invoice or take back by hand")
            )
        }
        var lines: [PickupPosting.Line] = []
        if let handedOver {
            for part in handedOver {
                guard let line = details.lines.first(where: { $0.number == part.number }) else {
                    return .decided(.exception("line \(part.number) is not in Commerce's order"))
                }
                lines.append(PickupPosting.Line(number: line.number, target: line.invoiced + part.quantity))
            }
            // Somebody at a till was quicker: nothing is left of these lines.
            let isAllInvoiced = handedOver.allSatisfy { part in
                details.lines.contains { $0.number == part.number && $0.invoiced >= $0.wanted }
            }
            if isAllInvoiced { return .decided(.duplicate) }
            let isTooMuch = lines.contains { line in
                details.lines.contains { $0.number == line.number && line.target > $0.wanted }
            }
            if isTooMuch {
                return .decided(.exception("more was handed over than Commerce has left to invoice"))
            }
        } else {
            lines = details.lines.filter { $0.wanted > 0 }.map {
                PickupPosting.Line(number: $0.number, target: $0.wanted)
            }
        }
        let posting = PickupPosting(eventID: event, salesID: details.salesID, lines: lines)
        return posting.isPosted(in: details) ? .decided(.duplicate) : .planned(posting)
    }

    // MARK: What became of an earlier try

    /// Ends an earlier try, so that it can have no effect any more; nil: a new one may begin.
    private func settle(_ posting: inout PickupPosting) async throws -> DynamicsOutcome? {
        guard let transaction = posting.transaction else { return nil }
        if posting.stage != .checkedOut, try await void(transaction) {
            posting.transaction = nil
            posting.stage = .recalled
            try await memory.keep(posting)
            // Only now is the reading final: the voided cart can no longer be checked out.
            return try await finish(&posting)
        }
        if let outcome = try await finish(&posting) { return outcome }
        guard posting.stage != .recalled else { return nil }
        // The cart is gone and a checkout was sent: it was concluded, and its invoice is under way.
        let waited = now() - (posting.checkoutAt ?? now())
        guard waited < server.connection.configuration.invoiceWithinSeconds else {
            return .exception("checked out in Commerce as \(transaction), but not invoiced; look it up there")
        }
        return .again(after: .seconds(60), why: "checked out; the invoice is awaited")
    }

    /// Voids a cart; false if there is no such open cart.
    private func void(_ transaction: String) async throws -> Bool {
        do {
            try await server.void(transaction: transaction)
            return true
        } catch RetailServerTrouble.refused(let error) where error.name == "ObjectNotFound" {
            return false
        }
    }

    /// Looks whether the lines are invoiced; then the posting is done.
    private func finish(_ posting: inout PickupPosting) async throws -> DynamicsOutcome? {
        guard posting.isPosted(in: try await server.details(of: posting.salesID)) else { return nil }
        let isOurs = posting.stage == .checkedOut
        posting.stage = .posted
        try await memory.keep(posting)
        return isOurs ? .done : .duplicate
    }

    // MARK: A try

    private func carryOut(_ posting: inout PickupPosting) async throws -> DynamicsOutcome {
        let transaction = UUID().uuidString
        posting.transaction = transaction
        posting.stage = .recalled
        try await memory.keep(posting)
        let recalled = try await server.recall(posting.salesID, transaction: transaction)
        var quantities: [String: Decimal] = [:]
        for line in posting.lines {
            guard let found = recalled.lines.first(where: { $0.number == line.number }) else {
                return try await giveUp(posting, "line \(line.number) is not in the recalled order")
            }
            let missing = line.target - (found.invoiced ?? 0)
            if missing > 0 { quantities[found.id] = missing }
        }
        do {
            let cart = try await server.setPickup(recalled, quantities: quantities)
            if let due = cart.amountDue, due > 0 {
                return try await giveUp(posting, "\(due) are still to be paid; take the payment at a till")
            }
            posting.stage = .checkoutSent
            posting.checkoutAt = now()
            try await memory.keep(posting)
            try await server.checkout(cart)
        } catch RetailServerTrouble.refused(let error) {
            return try await refused(error, &posting)
        }
        posting.stage = .checkedOut
        try await memory.keep(posting)
        return try await finish(&posting)
            ?? .again(after: .seconds(60), why: "checked out; the invoice is awaited")
    }

    /// Commerce's rules stand against it: perhaps because it has been done.
    private func refused(
        _ error: RetailServerError,
        _ posting: inout PickupPosting
    ) async throws -> DynamicsOutcome {
        if error.name == "InvalidCartVersion" { throw RetailServerTrouble.refused(error) }
        if error.name == "ObjectNotFound" {
            // Another process has ended this try and keeps its own record by now: that one is not written over.
            return .again(after: .seconds(30), why: "the cart was ended by someone else")
        }
        // A checkout that was refused has concluded nothing.
        posting.stage = .recalled
        try await memory.keep(posting)
        if error.name == "UnableToPickupMoreThanQtyRemaining", let outcome = try await finish(&posting) {
            if let transaction = posting.transaction { _ = try? await void(transaction) }
            return outcome
        }
        return try await giveUp(posting, "Commerce refuses the pickup: \(error.name)")
    }

    /// Leaves no cart behind and hands the matter to people.
    private func giveUp(_ posting: PickupPosting, _ why: String) async throws -> DynamicsOutcome {
        if let transaction = posting.transaction {
            do {
                _ = try await void(transaction)
            } catch {
                logger.warning("a cart stays open", metadata: ["transaction": "\(transaction)"])
            }
        }
        return .exception(why)
    }

    /// What trouble means for the event.
    static func outcome(of trouble: RetailServerTrouble) -> DynamicsOutcome {
        switch trouble {
        case .unreachable, .noReply, .headquartersDown: .again(after: nil, why: "\(trouble)")
        case .busy(_, let after): .again(after: after, why: "\(trouble)")
        // A person mends the sign-in; the handover waits for it.
        case .unauthorized, .unreadable: .again(after: .seconds(300), why: "\(trouble)")
        case .forbidden: .again(after: .seconds(300), why: "\(trouble)")
        case .refused(let error) where error.name == "ObjectNotFound":
            .exception("Commerce does not know the order")
        case .refused: .exception("\(trouble)")
        }
    }
}
