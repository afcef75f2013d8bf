// "I need more time": nobody has to be fast at this wall (WCAG 2.2, success criterion 2.2.1: a limit can be
// extended, again and again, by one simple action).

extension StationState {
    /// Seconds until the session ends by itself, rounded up; nil while it waits for a door or for nobody.
    ///
    /// A session whose door is open, or being opened, has no such end.
    public func secondsLeft(at instant: Instant) -> Int? {
        guard let end = session?.end else { return nil }
        let left = end.ms(since: instant)
        return left / 1000 + (left % 1000 == 0 ? 0 : 1)
    }
}

extension Session {
    /// When the session ends by itself unless somebody asks for more time; nil while a door is waited for.
    var end: Instant? {
        switch self {
        case .refusing(_, let until), .identifying(_, let until): until
        case .collecting(let collecting):
            switch collecting.step {
            case .opening, .resting: nil
            case .stuck(let until), .done(let until): until
            }
        case .staff(let staff):
            switch staff.task {
            case .loading(let loading) where loading.restsUntil != nil: nil
            case .recalling(let recalling) where recalling.restsUntil != nil: nil
            default: staff.opening == nil ? staff.idleAt : nil
            }
        case .service(let service): service.opening == nil ? service.idleAt : nil
        }
    }
}

extension Draft {
    /// How much time one touch gives, from now on.
    static let moreTimeMs = 60_000

    /// Gives whoever stands here more time. Never less than they had, and only where time runs at all.
    mutating func giveMoreTime() {
        guard let session = state.session, let end = session.end else {
            notify(.tooLate)
            return
        }
        let later = max(end, now.advanced(byMs: Self.moreTimeMs))
        switch session {
        case .refusing(let refusal, _):
            record(.session(.refusing(refusal, until: later)))
        case .identifying(let staff, _):
            record(.session(.identifying(staff, until: later)))
        case .collecting(var collecting):
            if case .stuck = collecting.step { collecting.step = .stuck(until: later) }
            if case .done = collecting.step { collecting.step = .done(until: later) }
            record(.session(.collecting(collecting)))
        case .staff(var staff):
            staff.idleAt = later
            record(.session(.staff(staff)))
        case .service(var service):
            service.idleAt = later
            record(.session(.service(service)))
        }
    }
}
