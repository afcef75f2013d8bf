import StationCore

// Every case of every enum the page has words for. A `switch` without `default` beside each list makes the
// compiler ask for the new case here, and the tests then ask for its words.

extension KioskNotice.Kind {
    static let every: [Self] = [
        .sessionInUse, .alreadyServing, .closeDoorFirst, .labelUnknown, .grantNoted, .parcelAlreadyLoaded,
        .orderCancelled,
        .orderElsewhere, .orderClosed, .notForLockers, .orderOnHold, .pinWrong, .staffLockedOut,
        .badgeUnknown,
        .scanUnreadable, .powerLost, .tooManyOpenings, .tooLate,
    ]

    private func listed() {
        switch self {
        case .sessionInUse, .alreadyServing, .closeDoorFirst, .labelUnknown, .grantNoted,
            .parcelAlreadyLoaded,
            .orderCancelled,
            .orderElsewhere, .orderClosed, .notForLockers, .orderOnHold, .pinWrong, .staffLockedOut,
            .badgeUnknown,
            .scanUnreadable, .powerLost, .tooManyOpenings, .tooLate:
            break
        }
    }
}

extension CannotServe {
    static let every: [Self] = [.noLockBoard, .powerLost, .starting, .stopping, .notCommissioned]

    private func listed() {
        switch self {
        case .noLockBoard, .powerLost, .starting, .stopping, .notCommissioned: break
        }
    }
}

extension StaffMenu.Attention.Reason {
    static let every: [Self] = [
        .forcedOpen, .foundOpen, .doorStuck, .leftOpen, .outcomeUnknown, .sensorSuspect, .coilStuckOn,
        .boardDown,
        .ruleViolated,
    ]

    private func listed() {
        switch self {
        case .forcedOpen, .foundOpen, .doorStuck, .leftOpen, .outcomeUnknown, .sensorSuspect, .coilStuckOn,
            .boardDown, .ruleViolated:
            break
        }
    }
}

extension Refusal {
    static let every: [Self] = [
        .unknownCode(triesLeft: 1), .expired(orderNumber: ""), .wrongStore(orderNumber: "", storeName: nil),
        .cancelled(orderNumber: ""), .alreadyCollected(orderNumber: "", at: nil),
        .notReadyYet(orderNumber: ""),
        .tooEarly(orderNumber: "", from: StationTime(milliseconds: 0)), .onHold(orderNumber: ""),
        .paymentDue(orderNumber: ""), .notInLockers(orderNumber: ""), .doorsUnavailable(orderNumber: ""),
        .keypadLockedOut(seconds: 1), .tooManyOpenings(orderNumber: ""), .needsStaff(orderNumber: ""),
        .powerLost(orderNumber: ""), .grantNotValid, .grantRevoked, .grantClockUnknown,
    ]

    private func listed() {
        switch self {
        case .unknownCode, .expired, .wrongStore, .cancelled, .alreadyCollected, .notReadyYet, .tooEarly,
            .onHold,
            .paymentDue, .notInLockers, .doorsUnavailable, .keypadLockedOut, .tooManyOpenings, .needsStaff,
            .powerLost, .grantNotValid, .grantRevoked, .grantClockUnknown:
            break
        }
    }
}

extension KioskButton {
    static let every: [Self] = [
        .callSupport, .supportYes, .supportNo, .finish, .moreTime, .retry, .reopen, .taken, .doorDidNotOpen,
        .startLoading, .doesNotFit,
        .parcelInside, .parcelNotInside, .recall("A"), .emptied, .notEmptied, .clear("A", reason: .empty),
        .menu,
        .startWalk, .walkOpen, .walkSkip, .walked, .doorIsOpen, .doorIsClosed,
    ]

    private func listed() {
        switch self {
        case .callSupport, .supportYes, .supportNo, .finish, .moreTime, .retry, .reopen, .taken,
            .doorDidNotOpen, .startLoading, .doesNotFit, .parcelInside,
            .parcelNotInside, .recall, .emptied, .notEmptied, .clear, .menu, .startWalk, .walkOpen,
            .walkSkip, .walked, .doorIsOpen, .doorIsClosed:
            break
        }
    }
}

extension WalkStep.Stage {
    static let every: [Self] = [.ready, .opening, .open, .confirm, .crossed, .stayedShut, .done]

    private func listed() {
        switch self {
        case .ready, .opening, .open, .confirm, .crossed, .stayedShut, .done: break
        }
    }
}

extension KioskScreen {
    static let every: [Self] = {
        let door = DoorStep(compartment: "A", number: 1, count: 1, orderNumber: "")
        let load = LoadStep(compartment: "A", orderNumber: "", parcel: "P", largerIsFree: true)
        let recall = RecallStep(compartment: "A", orderNumber: "")
        return [
            .home, .cannotServe(.starting), .opening(door, attempt: 1), .takeParcel(door), .closeDoor(door),
            .doorStuck(door, canRetry: true), .confirmTaken(door),
            .done(DoneStep(orderNumber: "", remaining: 0, stuck: [], reopen: nil)),
            .refused(.unknownCode(triesLeft: nil)), .staffPIN,
            .staffMenu(StaffMenu(toLoad: 0, free: [], toRecall: [], attention: [])),
            .loadScan(lastLoaded: nil, waiting: 0), .loadOpening(load, attempt: 1), .loadPutIn(load),
            .loadConfirm(load), .wallFull(orderNumber: "", size: .small), .recallOpening(recall, attempt: 1),
            .recallTakeOut(recall), .recallConfirm(recall),
            .serviceNumber(ServiceNumber(number: "", compartment: "A")),
            .service(ServiceStep(compartment: "A", isOpen: true)),
            .walk(WalkStep(compartment: "A", stage: .ready, left: 1, other: nil)),
        ]
    }()

    private func listed() {
        switch self {
        case .home, .cannotServe, .opening, .takeParcel, .closeDoor, .doorStuck, .confirmTaken, .done,
            .refused,
            .staffPIN, .staffMenu, .loadScan, .loadOpening, .loadPutIn, .loadConfirm, .wallFull,
            .recallOpening,
            .recallTakeOut, .recallConfirm, .serviceNumber, .service, .walk:
            break
        }
    }
}
