internal import StationCore

extension Event {
    /// The event in a few words, for the trace.
    var brief: String {
        switch self {
        case .started(let lostMemory): return "started\(lostMemory ? ", memory lost" : "")"
        case .clockRead(let time, let source): return "clock \(time.milliseconds) from \(source.rawValue)"
        case .timeCame: return "time came"
        case .codeShown(let code): return "code shown: \(code.brief)"
        case .scanUnreadable: return "scan unreadable"
        case .pinTyped(let staff, let isRight): return "\(isRight ? "right" : "wrong") PIN of \(staff)"
        case .buttonPressed(let button): return "button \(button.brief)"
        case .scannerChanged(let isConnected): return "scanner \(isConnected ? "there" : "gone")"
        case .pulseAnswered(let opening, let answer): return "pulse \(opening) \(answer.brief)"
        case .doorRead(let door, let reading): return "\(door) reads \(reading.rawValue)"
        case .boardChanged(let board, let isUp): return "\(board) \(isUp ? "up" : "down")"
        case .coilStuck(let door): return "coil of \(door) stuck on"
        case .pointChanged(let reading):
            let word = reading.isActive.map { $0 ? "active" : "inactive" } ?? "unknown"
            return "\(reading.id.rawValue) \(word)"
        case .orderReceived(let update):
            let order = update.incoming
            let parcels = order.parcels.map(\.id.rawValue).joined(separator: " ")
            return "order \(order.id) v\(order.version) \(order.standing.brief): \(parcels)"
        case .itemQuarantined(let order, _): return "item set aside of \(order?.rawValue ?? "nothing")"
        case .commandReceived(let command):
            return "command \(command.id) \(command.action.map { "\($0)" } ?? "-") \(command.fault ?? "")"
        case .grantShown(.refused(let refusal)): return "grant \(refusal.rawValue)"
        case .grantShown(.signed(let grant)): return "grant \(grant.id) of \(grant.order.id)"
        case .calendarRead(let calendar): return "calendar of \(calendar.spans.count) spans"
        case .doorMapRead(let unwalked): return "door map: \(unwalked.count) not walked"
        case .serviceBegan(let technician): return "technician \(technician) begins"
        case .serviceEnded: return "technician done"
        case .serviceOpening(let door, let technician, _): return "technician \(technician) opens \(door)"
        case .compartmentWalked(let door, let technician): return "\(door) walked by \(technician)"
        case .tallied(let tally): return "tally \(tally.liveTypedCodes) \(tally.parcelsToLoad)"
        case .policyReceived: return "policy"
        }
    }
}

extension ShownCode {
    var brief: String {
        let how: String
        switch form {
        case .typed: how = "typed"
        case .scanned(let bits): how = "scanned \(bits)"
        }
        if let badge { return "\(how), badge of \(badge.id)" }
        if let pickup { return "\(how), pickup of \(pickup.id) v\(pickup.version)" }
        if let parcel { return "\(how), label of \(parcel.parcel) in \(parcel.order.id)" }
        return "\(how), unknown"
    }
}

extension OrderStanding {
    var brief: String {
        switch self {
        case .live: "live"
        case .onHold: "on hold"
        case .cancelled: "cancelled"
        case .elsewhere: "elsewhere"
        case .completed: "completed"
        }
    }
}

extension PulseAnswer {
    var brief: String {
        switch self {
        case .actuated: "actuated"
        case .unknown: "unknown"
        case .notActuated(.boardDown): "not actuated: board down"
        case .notActuated(.stale): "not actuated: stale"
        case .notActuated(.coilBudget(let retryAfterMs)): "not actuated: coil rests \(retryAfterMs) ms"
        case .notActuated(.boardRefused(let code)): "not actuated: refused \(code)"
        case .notActuated(.notAvailable): "not actuated: not available"
        }
    }
}

extension KioskButton {
    var brief: String {
        switch self {
        case .recall(let door): "recall \(door)"
        case .clear(let door, let reason): "clear \(door) \(reason.rawValue)"
        case .finish: "finish"
        case .moreTime: "more time"
        case .retry: "retry"
        case .callSupport: "callSupport"
        case .supportYes: "supportYes"
        case .supportNo: "supportNo"
        case .reopen: "reopen"
        case .taken: "taken"
        case .doorDidNotOpen: "doorDidNotOpen"
        case .doorIsOpen: "doorIsOpen"
        case .doorIsClosed: "doorIsClosed"
        case .startLoading: "startLoading"
        case .doesNotFit: "doesNotFit"
        case .parcelInside: "parcelInside"
        case .parcelNotInside: "parcelNotInside"
        case .emptied: "emptied"
        case .notEmptied: "notEmptied"
        case .menu: "menu"
        case .startWalk: "walk"
        case .walkOpen: "walk: open"
        case .walkSkip: "walk: leave out"
        case .walked: "walk: it was this one"
        }
    }
}

extension Session {
    var brief: String {
        switch self {
        case .collecting(let collecting):
            let step =
                switch collecting.step {
                case .opening(let id): "opening \(id)"
                case .resting(let attempt, _): "resting before \(attempt)"
                case .stuck: "stuck"
                case .done: "done"
                }
            return "\(collecting.order.id) at \(collecting.door?.rawValue ?? "no door"), \(step)"
        case .refusing: return "refused"
        case .identifying: return "PIN awaited"
        case .service(let service): return "technician at \(service.compartment?.rawValue ?? "no door")"
        case .staff(let staff):
            switch staff.task {
            case .menu: return "staff: menu"
            case .scanning: return "staff: scanning"
            case .loading(let loading): return "staff: \(loading.parcel) into \(loading.compartment)"
            case .wallFull: return "staff: wall full"
            case .recalling(let recalling): return "staff: recall \(recalling.compartment)"
            }
        }
    }
}
