/// A decision in the making: facts are applied as they are recorded, so that later rules see earlier facts.
struct Draft {
    var state: StationState
    let moment: Moment
    private(set) var changes: [Change] = []
    private(set) var effects: [Effect] = []
    private var idsMade = 0

    init(state: StationState, moment: Moment) {
        self.state = state
        self.moment = moment
    }

    var now: Instant { moment.instant }
    var time: StationTime { state.clock.time(at: moment.instant) }
    var policy: Policy { state.policy }

    mutating func record(_ change: Change) {
        state.apply(change)
        changes.append(change)
    }

    mutating func perform(_ effect: Effect) {
        if !effects.contains(effect) { effects.append(effect) }
    }

    /// Text that no other event will ever carry: the shell's unique id and a counter.
    mutating func makeID() -> String {
        idsMade += 1
        return "\(moment.uniqueID).\(idsMade)"
    }

    /// Records an event for HQ.
    mutating func report(_ type: ReportType, _ fill: (inout Report) -> Void = { _ in }) {
        var report = Report(
            id: EventID(makeID()),
            type: type,
            at: time,
            isClockTrusted: state.clock.isTrusted
        )
        fill(&report)
        if report.order?.isUnmatched == true {
            // HQ knows no such order. What happens to its parcel is told once somebody has said whose it is.
            switch type {
            case .orderLoaded, .orderLoadFailed, .orderExpired, .orderRecalled, .orderHoldExtended: return
            default: report.order = nil
            }
        }
        record(.reported(report))
        perform(.deliverOutbox)
    }

    mutating func notify(_ kind: KioskNotice.Kind, _ compartment: CompartmentID? = nil) {
        record(
            .notice(
                KioskNotice(kind: kind, compartment: compartment),
                until: now.advanced(byMs: policy.noticeMs)
            )
        )
    }

    mutating func endSession() {
        if state.session != nil { record(.session(nil)) }
    }
}
