// S4, S10 and S13: openings by a grant or a command of HQ.
extension Invariants {
    static func checkFromHQ(
        _ opening: Opening,
        before: StationState,
        draft: Draft,
        event: Event
    ) -> [Violation] {
        var found: [Violation] = []
        func add(_ rule: Rule, _ detail: String) {
            found.append(
                Violation(rule: rule, compartment: opening.compartment, order: opening.order, detail: detail)
            )
        }
        if let grant = opening.grant {
            let hold = draft.state.collecting?.grant
            if hold?.id != grant { add(.codeOpensItsOwn, "nobody at the kiosk has this grant") }
            if let hold, !opening.parcels.allSatisfy(hold.parcels.contains) {
                add(.codeOpensItsOwn, "the grant is for other parcels")
            }
            if let hold, hold.notAfter < draft.time { add(.codeOpensItsOwn, "the grant is over") }
            if !draft.state.grantsUsed.contains(where: { $0.id == grant }) {
                add(.codeOpensItsOwn, "the grant is not in the books")
            }
            if !draft.state.clock.isTrusted { add(.trustedExpiry, "a grant by an untrusted clock") }
        }
        guard case .hq(let command) = opening.authority else { return found }
        let request = before.support?.request
        if event != .buttonPressed(.supportYes) { add(.freshPulse, "the customer has not said yes") }
        if request?.command.id != command || request?.compartment != opening.compartment {
            add(.freshPulse, "HQ did not ask for this door")
        }
        if let request, let since = before.support?.since,
            draft.now.ms(since: since) > request.command.maxAgeMs
        {
            add(.freshPulse, "the command is too old")
        }
        if before.commandsDone.contains(where: { $0.id == command }) { add(.freshPulse, "done before") }
        if !draft.state.commandsDone.contains(where: { $0.id == command }) {
            add(.freshPulse, "it is not in the books")
        }
        if let order = opening.order, order != request?.order {
            add(.codeOpensItsOwn, "HQ meant another order")
        }
        return found
    }
}
