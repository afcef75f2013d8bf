extension Draft {
    /// A touch on the screen. One that does not fit what is shown any more changes nothing.
    mutating func press(_ button: KioskButton) {
        switch button {
        case .callSupport:
            callSupport()
            return
        case .supportYes, .supportNo:
            answerSupport(button == .supportYes)
            return
        case .moreTime: return giveMoreTime()
        default: break
        }
        switch state.session {
        case .collecting(let collecting): press(button, collecting)
        case .staff(let staff): press(button, staff)
        case .service(let service):
            press(button, service)
        case .refusing, .identifying:
            if button == .finish { endSession() } else { notify(.tooLate) }
        case nil:
            if button != .finish { notify(.tooLate) }
        }
    }

    private mutating func press(_ button: KioskButton, _ collecting: Collecting) {
        switch (button, collecting.step) {
        case (.finish, .done), (.finish, .stuck):
            finish(collecting)
            endSession()
        case (.retry, .stuck) where collecting.canRetry(policy):
            retry(collecting)
        case (.doorIsOpen, .opening), (.doorIsOpen, .stuck):
            customerSaysOpen(collecting)
        case (.reopen, .done):
            guard let compartment = reopenable(collecting.order) else {
                notify(.tooLate)
                return
            }
            reopen(collecting.order, compartment, isTyped: collecting.isTyped)
        case (.taken, .opening(let id)):
            guard let opening = state.opening(id), case .awaitingWord = opening.phase else {
                notify(.tooLate)
                return
            }
            record(.openingEnded(id, opening.outcomeByWord))
            collected(opening, .customerConfirmed)
        case (.doorDidNotOpen, .opening(let id)):
            guard let opening = state.opening(id), case .awaitingWord = opening.phase else {
                notify(.tooLate)
                return
            }
            record(.openingEnded(id, .failed(.doorStayedShut)))
            collectAttemptFailed(collecting, opening, .failed(.doorStayedShut))
        default:
            notify(.tooLate)
        }
    }

    /// One more try at a door that was given up: it is out of service for others, not for whose parcel is in
    /// it.
    private mutating func retry(_ collecting: Collecting) {
        guard let door = collecting.door else { return }
        var next = collecting
        next.stuck.removeAll { $0 == door }
        next.waits = 0
        if state.compartment(door)?.record.outOfService == .doorStuck { record(.service(door, nil)) }
        tryDoor(next, attempt: collecting.attempts + 1)
    }

    private mutating func press(_ button: KioskButton, _ staff: StaffSession) {
        switch staff.task {
        case .loading(let loading): press(button, loading, staff)
        case .recalling(let recalling): press(button, recalling, staff)
        case .menu, .scanning, .wallFull:
            switch button {
            case .finish: endSession()
            case .menu: toTask(.menu, of: staff)
            case .startLoading: toTask(.scanning(lastLoaded: nil), of: staff)
            case .recall(let compartment): recall(compartment, by: staff)
            case .startWalk where staff.roles.contains(.technician): startWalk(staff)
            case .clear(let compartment, let reason): clear(compartment, reason, by: staff)
            default: notify(.tooLate)
            }
        }
    }

    private mutating func press(
        _ button: KioskButton,
        _ loading: StaffSession.Loading,
        _ staff: StaffSession
    ) {
        let opening = loading.opening.flatMap { state.opening($0) }
        switch button {
        case .doorIsOpen: staffSay(.staysClosed, of: opening, by: staff)
        case .doorIsClosed: staffSay(.staysOpen, of: opening, by: staff)
        case .doesNotFit where loading.asks || opening?.isDoorOpen == true || opening?.isAwaitingWord == true:
            if let opening, opening.isAwaitingWord { record(.openingEnded(opening.id, .actuatedUnconfirmed)) }
            doesNotFit(loading, by: staff)
        case .parcelInside where loading.asks || opening?.isAwaitingWord == true:
            if let opening { record(.openingEnded(opening.id, .actuatedUnconfirmed)) }
            finishLoading(loading, opening: opening, evidence: .staffConfirmed, by: staff)
        case .parcelNotInside where loading.asks || opening?.isAwaitingWord == true:
            if let opening { record(.openingEnded(opening.id, .actuatedUnconfirmed)) }
            notLoaded(loading, by: staff)
        case .finish, .menu:
            notify(.closeDoorFirst, loading.compartment)
        default:
            notify(.tooLate)
        }
    }

    private mutating func press(
        _ button: KioskButton,
        _ recalling: StaffSession.Recalling,
        _ staff: StaffSession
    ) {
        let opening = recalling.opening.flatMap { state.opening($0) }
        switch button {
        case .doorIsOpen: staffSay(.staysClosed, of: opening, by: staff)
        case .doorIsClosed: staffSay(.staysOpen, of: opening, by: staff)
        case .emptied where recalling.asks || opening?.isAwaitingWord == true:
            if let opening { record(.openingEnded(opening.id, .actuatedUnconfirmed)) }
            recalled(recalling, by: staff)
        case .notEmptied where recalling.asks || opening?.isAwaitingWord == true:
            if let opening { record(.openingEnded(opening.id, .actuatedUnconfirmed)) }
            toTask(.menu, of: staff)
        case .finish, .menu:
            notify(.closeDoorFirst, recalling.compartment)
        default:
            notify(.tooLate)
        }
    }
}

extension Collecting {
    /// How many more attempts the customer may ask for than the station makes by itself.
    static let retriesMax = 2

    /// Whether the customer may try the stuck door once more.
    func canRetry(_ policy: Policy) -> Bool {
        attempts < policy.openAttemptsMax + Self.retriesMax
    }

    /// Whether this door was pulsed for this customer, stayed shut, and may still give way to their pull.
    func awaitsLateDoor(_ id: CompartmentID) -> Bool {
        guard isPulsed, door == id else { return false }
        switch step {
        case .resting, .stuck: return true
        case .opening, .done: return false
        }
    }
}

extension Opening {
    /// Its door was seen open and not closed yet.
    var isDoorOpen: Bool {
        if case .open = phase { true } else { false }
    }

    /// A person's word is waited for.
    var isAwaitingWord: Bool {
        if case .awaitingWord = phase { true } else { false }
    }
}
