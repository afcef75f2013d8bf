// S6 and S8: coils and the governor.
extension Invariants {
    /// A coil is not asked for more than it is built for, and rests first; an opening is within its budget
    /// and is counted; and one decision opens one door: nothing opens many at once.
    static func checkBudgets(
        _ pulse: Effect.Pulse,
        _ opening: Opening,
        before: StationState,
        draft: Draft
    ) -> [Violation] {
        var found: [Violation] = []
        func add(_ rule: Rule, _ detail: String) {
            found.append(
                Violation(rule: rule, compartment: pulse.compartment, order: opening.order, detail: detail)
            )
        }
        if let compartment = before.compartment(pulse.compartment) {
            if !(1...max(1, compartment.plan.pulseMs)).contains(pulse.durationMs) {
                add(.coilBudget, "a pulse of \(pulse.durationMs) ms")
            }
            if let cool = compartment.coolsUntil, cool > draft.now { add(.coilBudget, "the coil is hot") }
        }
        if case .refused(let key, _) = before.governorVerdict(
            for: opening.authority,
            opening.purpose,
            of: opening.compartment,
            at: draft.now
        ) {
            add(.governorBudget, "\(key.word) is used up")
        }
        if draft.state.governor == before.governor { add(.governorBudget, "it was not counted") }
        let doors = draft.effects.count { effect in if case .pulse = effect { true } else { false } }
        if doors > 1 { add(.governorBudget, "\(doors) doors at once") }
        if case .staff(let id) = opening.authority {
            guard case .staff(let session) = draft.state.session, session.staff == id else {
                add(.governorBudget, "\(id) is not at the kiosk")
                return found
            }
        }
        return found
    }
}
