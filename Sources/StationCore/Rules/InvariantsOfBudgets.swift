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
        if !isAtTheWall(opening, draft.state.session) {
            add(.governorBudget, "\(opening.authority) without a session of theirs")
        }
        return found
    }

    /// Staff and technicians open doors while they stand at the wall, in a session of their own.
    private static func isAtTheWall(_ opening: Opening, _ session: Session?) -> Bool {
        switch (opening.authority, session) {
        case (.pickupCode, _), (.hq, _): true
        case (.staff(let id), .staff(let staff)): staff.staff == id
        case (.staff(let id), .service(let service)):
            // A manager's, and only for all doors one after the other.
            if case .openAll(let all) = service.tool {
                service.technician == id && all.authority == opening.authority && opening.purpose == .service
            } else {
                false
            }
        case (.technician(let id), .service(let service)): service.technician == id
        case (.staff, _), (.technician, _): false
        }
    }
}
