/// A rule of the station: checked on every decision, in production too.
public enum Rule: String, Hashable, Sendable, Codable, CaseIterable {
    /// No door is pulsed without an intent in the same decision.
    case intentBeforePulse = "S1"
    /// A locker holds parcels of at most one order; a parcel is in at most one compartment.
    case oneOrderPerCompartment = "S2"
    /// A code opens only doors of its own order, inside its window, not after completion bar the grace
    /// period.
    case codeOpensItsOwn = "S4"
    /// Pickups reported are at most openings observed, or confirmed by a person.
    case pickupNeedsOpening = "S5"
    /// No coil is on for longer than it is built for, or while it must rest.
    case coilBudget = "S6"
    /// An open edge without an intent is an alarm.
    case openEdgeNeedsIntent = "S7"
    /// Every opening is within the governor's budget and is counted; doors open one after the other.
    case governorBudget = "S8"
    /// A locked-out keypad opens nothing for a short code.
    case wrongCodeBudget = "S9"
    /// A pulse has a short age limit and belongs to this very moment.
    case freshPulse = "S10"
    /// Nothing expires by untrusted time.
    case trustedExpiry = "S13"
    /// One reading never frees a compartment.
    case freeingNeedsProof = "S14"
}

/// A rule that a decision would have broken.
public struct Violation: Hashable, Sendable, Codable {
    /// The rule.
    public var rule: Rule
    /// The compartment it concerns.
    public var compartment: CompartmentID?
    /// The order it concerns.
    public var order: OrderID?
    /// What exactly.
    public var detail: String
}

/// Checks a finished draft against the rules, independently of the code that made it.
enum Invariants {
    static func violations(before: StationState, draft: Draft, event: Event) -> [Violation] {
        var found: [Violation] = []
        let after = draft.state
        for effect in draft.effects {
            guard case .pulse(let pulse) = effect else { continue }
            found += checkPulse(pulse, before: before, draft: draft, event: event)
        }
        for change in draft.changes {
            switch change {
            case .contents(let id, let contents):
                found += checkFreed(id, contents, before: before, draft: draft, event: event)
                found += checkHeldOnce(id, after)
            case .reported(let report):
                found += checkPickup(report, before: before, draft: draft, event: event)
            case .orderExpired(let order, true) where !after.clock.isTrusted:
                found.append(Violation(rule: .trustedExpiry, order: order, detail: "clock is not trusted"))
            default:
                break
            }
        }
        if case .doorRead(let id, .open) = event { found += checkOpenEdge(id, before: before, after: after) }
        return found
    }

    private static func checkPulse(
        _ pulse: Effect.Pulse,
        before: StationState,
        draft: Draft,
        event: Event
    ) -> [Violation] {
        let intents: [Opening] = draft.changes.compactMap { change in
            if case .openingIntended(let opening) = change, opening.id == pulse.opening {
                opening
            } else {
                nil
            }
        }
        guard intents.count == 1, let opening = intents.first, opening.compartment == pulse.compartment else {
            return [
                Violation(
                    rule: .intentBeforePulse,
                    compartment: pulse.compartment,
                    detail: "no intent for \(pulse.opening)"
                )
            ]
        }
        var found: [Violation] = []
        func add(_ rule: Rule, _ detail: String) {
            found.append(
                Violation(rule: rule, compartment: pulse.compartment, order: opening.order, detail: detail)
            )
        }
        if draft.state.openings.count(where: { $0.compartment == pulse.compartment }) > 1 {
            add(.intentBeforePulse, "two openings of one door")
        }
        if pulse.notAfter > draft.now.advanced(byMs: draft.policy.pulseMaxAgeMs) || pulse.notAfter < draft.now
        {
            add(.freshPulse, "age limit out of range")
        }
        found += checkBudgets(pulse, opening, before: before, draft: draft)
        found += checkFromHQ(opening, before: before, draft: draft, event: event)
        guard case .pickupCode(let order, _) = opening.authority else { return found }
        let compartment = before.compartment(pulse.compartment)
        let isOwn = compartment?.holdsForCustomer(of: order) ?? false
        let isInGrace = compartment?.isInGrace(of: order, at: draft.now) ?? false
        if compartment?.record.alarm != nil { add(.codeOpensItsOwn, "what is inside is suspect") }
        if !isOwn, !isInGrace { add(.codeOpensItsOwn, "holds nothing of \(order)") }
        if isOwn, let collecting = draft.state.collecting, draft.standing(of: collecting.order) != nil {
            add(.codeOpensItsOwn, "outside its window")
        }
        if isShortCode(event),
            before.codeBudget.remaining(at: draft.time, allowance: before.wrongCodeAllowance) == 0
        {
            add(.wrongCodeBudget, "keypad is locked out")
        }
        return found
    }

    private static func isShortCode(_ event: Event) -> Bool {
        guard case .codeShown(let code) = event else { return false }
        switch code.form {
        case .typed: return true
        case .scanned(let bits): return bits < CodeBudget.longCodeBits
        }
    }

    /// A compartment is freed by an opening that was seen (or a person's word), never by a reading alone; and
    /// what is in it is not overwritten.
    private static func checkFreed(
        _ id: CompartmentID,
        _ contents: Contents,
        before: StationState,
        draft: Draft,
        event: Event
    ) -> [Violation] {
        guard case .occupied(let old) = before.compartment(id)?.record.contents else { return [] }
        func violation(_ rule: Rule, _ detail: String) -> [Violation] {
            [Violation(rule: rule, compartment: id, order: old.order, detail: detail)]
        }
        switch contents {
        case .occupied(let new) where new.parcels == old.parcels: return []
        case .occupied, .loading: return violation(.oneOrderPerCompartment, "something else is inside")
        case .empty: break
        }
        if case .buttonPressed = event { return [] }
        if before.openings.contains(where: { $0.compartment == id && $0.openedAt != nil }) { return [] }
        return violation(.freeingNeedsProof, "freed without an opening seen")
    }

    private static func checkPickup(
        _ report: Report,
        before: StationState,
        draft: Draft,
        event: Event
    ) -> [Violation] {
        guard report.type == .pickupCompleted || report.type == .pickupPartial else { return [] }
        func violation(_ detail: String) -> [Violation] {
            [
                Violation(
                    rule: .pickupNeedsOpening,
                    compartment: report.compartment,
                    order: report.order,
                    detail: detail
                )
            ]
        }
        guard let evidence = report.evidence else { return violation("no evidence") }
        let inside = report.compartment.flatMap { before.compartment($0)?.record.contents.occupancy }
        guard let inside, inside.order == report.order, report.parcels.allSatisfy(inside.parcels.contains)
        else {
            return violation("these parcels were not inside")
        }
        switch evidence.kind {
        case .customerConfirmed, .staffConfirmed:
            if case .buttonPressed = event { return [] }
            return violation("confirmed by nobody")
        case .doorOpened, .doorOpenedAndClosed:
            guard let opening = before.openings.first(where: { $0.id == report.opening }) else {
                return violation("no such opening")
            }
            guard opening.openedAt != nil else { return violation("door was not seen open") }
            guard !opening.isReported else { return violation("reported twice") }
            return []
        }
    }

    /// What is put into one compartment is in no other. Only the change is judged, so that an old fault
    /// elsewhere does not stop the whole station.
    private static func checkHeldOnce(_ id: CompartmentID, _ after: StationState) -> [Violation] {
        guard let contents = after.compartment(id)?.record.contents, contents != .empty else { return [] }
        let parcels = contents.parcels
        let isElsewhere = after.compartments.contains { other in
            other.plan.id != id && other.record.contents.parcels.contains(where: parcels.contains)
        }
        guard isElsewhere || Set(parcels).count != parcels.count else { return [] }
        return [
            Violation(
                rule: .oneOrderPerCompartment,
                compartment: id,
                order: contents.order,
                detail: "a parcel is in two compartments"
            )
        ]
    }

    private static func checkOpenEdge(
        _ id: CompartmentID,
        before: StationState,
        after: StationState
    ) -> [Violation] {
        guard let compartment = before.compartment(id), compartment.hasTrustedSensor else { return [] }
        guard compartment.door != .open, before.opening(at: id) == nil else { return [] }
        guard after.compartment(id)?.record.alarm == nil else { return [] }
        // A door that was pulsed for the customer before it, and gives way late.
        if before.collecting?.awaitsLateDoor(id) == true,
            after.opening(at: id)?.order == before.collecting?.order.id
        {
            return []
        }
        return [Violation(rule: .openEdgeNeedsIntent, compartment: id, detail: "open edge without alarm")]
    }
}

extension StationState {
    /// The customer at the kiosk, if there is one.
    var collecting: Collecting? {
        if case .collecting(let collecting) = session { collecting } else { nil }
    }
}
