internal import StationCore

/// Who stands in front of the kiosk.
struct SimVisitor {
    enum Kind {
        case customer(Int)
        case staff
        case vandal
        case guesser
    }

    var kind: Kind
    /// How often they still do something before they go.
    var patience: Int
    /// The parcel that staff have in their hands.
    var inHand: ParcelID?
    /// The kiosk has answered them.
    var isCounted = false
}

extension Simulation {
    func visitorActs() throws {
        try hardwareFails()
        if visitor == nil {
            arrive()
        } else {
            visitor?.patience -= 1
            try act()
        }
        if let present = visitor, present.patience <= 0, mayLeave() { leave() }
        let pause: Int
        if visitor != nil {
            pause = random.within(300...4_000)
        } else {
            pause = isHealed ? 20_000 : random.within(5_000...1_800_000)
        }
        schedule(afterMs: pause, .visitorActs)
    }

    private func arrive() {
        guard !isHealed else { return }
        counts.visits += 1
        var patience = random.within(5...30)
        let kind: SimVisitor.Kind
        if faces(.vandals) {
            let isGuesser = random.chance(options[.guessers])
            kind = isGuesser ? .guesser : .vandal
            if isGuesser { patience = random.within(20...70) }
        } else if hq.orders.isEmpty || random.chance(450) {
            kind = .staff
        } else {
            kind = .customer(drawCustomer())
        }
        visitor = SimVisitor(kind: kind, patience: patience)
        note("somebody comes: \(kind)")
    }

    /// Most customers come when they have been told that their order is there.
    private func drawCustomer() -> Int {
        let inside = truth.doors.flatMap(\.items)
        let ready = hq.orders.indices.suffix(40).filter { index in
            hq.orders[index].record.parcels.contains { inside.contains($0.id) }
        }
        if random.chance(800), let told = random.pick(ready) { return told }
        return max(0, hq.orders.count - 1 - random.below(14))
    }

    /// Hardly anybody walks away from an open door with their goods behind it.
    private func mayLeave() -> Bool {
        let hasGoodsOpen = truth.doors.contains { $0.isOpen && !$0.items.isEmpty }
        return !hasGoodsOpen || random.chance(60)
    }

    private func leave() {
        note("they leave")
        // Who walks away in the middle of loading, the parcel still in their hands, leaves the station to
        // guess.
        if case .staff(let session) = state.session, case .loading(let loading) = session.task,
            !truth.doors[index(of: loading.compartment)].items.contains(loading.parcel)
        {
            doubtful.append(loading.parcel)
            overlooked.formUnion(truth.doors[index(of: loading.compartment)].items)
        }
        // Who leaves goods behind an open door is taken to have collected them, by the policy of that door.
        for door in truth.doors where door.isOpen {
            if door.isOpenedForCustomer { doubtful += door.items }
        }
        visitor = nil
        // Most people close the door behind them, at the latest when they go.
        for door in truth.doors.indices where truth.doors[door].isOpen {
            let staysOpen = !isHealed && options[.leftOpen] > 0 && random.chance(400)
            if !staysOpen { close(door) }
        }
    }

    func act() throws {
        guard let visitor else { return }
        let screen = state.kioskView(revision: 0, at: now).screen
        switch visitor.kind {
        case .customer(let order): try customerActs(order, screen)
        case .staff: try staffActs(screen)
        case .vandal: try vandalActs()
        case .guesser: try show("\(10_000_000 + random.below(89_999_999))", .typed)
        }
    }

    func show(_ text: String, _ form: ShownCode.Form) throws {
        var code = try store.match(text, form: form)
        try lookForUnmatched(text, &code)
        try checkMatch(text, code)
        let before = state
        let wasLocked = isKeypadLocked()
        let crashesBefore = counts.crashes
        try decide(.codeShown(code))
        guard counts.crashes == crashesBefore else { return }
        try checkAnswer(code, before: before, wasLocked: wasLocked)
    }

    // MARK: A customer

    private func customerActs(_ number: Int, _ screen: KioskScreen) throws {
        let order = hq.orders[number]
        if try isHelpedBySupport(order, screen) { return }
        if faces(.secondCustomer), let other = random.pick(hq.orders) {
            return try show(other.code, other.isTyped ? .typed : .scanned(bits: 120))
        }
        switch screen {
        case .opening(let step, _) where sees(step.mayBeOpen, step.compartment, isOpen: true),
            .doorStuck(let step, _) where sees(step.mayBeOpen, step.compartment, isOpen: true):
            try decide(.buttonPressed(.doorIsOpen))
        case .opening, .cannotServe, .loadOpening, .recallOpening:
            break
        case .takeParcel(let step), .closeDoor(let step):
            takeOut(index(of: step.compartment), order.record.id)
        case .confirmTaken(let step):
            try confirm(index(of: step.compartment), order.record.id)
        case .doorStuck(_, let canRetry):
            try decide(.buttonPressed(canRetry && random.chance(600) ? .retry : .finish))
        case .done:
            if !isHealed, random.chance(150) || faces(.abuse) {
                try decide(.buttonPressed(.reopen))
            } else {
                try decide(.buttonPressed(.finish))
                visitor?.patience = 0
            }
        case .refused where isHealed:
            try decide(.buttonPressed(.finish))
        default:
            try showOwn(order)
        }
    }

    /// Whether the screen lets them speak against the sensor, and the door is as they would say.
    func sees(_ isAsked: Bool, _ compartment: CompartmentID, isOpen: Bool) -> Bool {
        isAsked && truth.doors[index(of: compartment)].isOpen == isOpen
    }

    private func showOwn(_ order: SimOrder) throws {
        if faces(.folly, scale: 4) {
            // Mistyped, or the code of an older message.
            let wrong = "\(10_000_000 + random.below(89_999_999))"
            return try show(random.chance(700) ? hq.formerCode(of: order) ?? wrong : wrong, .typed)
        }
        if !isHealed, random.chance(options[.grants]) { return try showGrant(of: order) }
        let form: ShownCode.Form = order.isTyped ? .typed : .scanned(bits: 120)
        let crashesBefore = counts.crashes
        try show(order.code, form)
        if faces(.doubleScan), counts.crashes == crashesBefore { try show(order.code, form) }
    }

    /// No sensor can tell: did they take it?
    private func confirm(_ door: Int, _ order: OrderID) throws {
        guard truth.doors[door].isOpen else { return try decide(.buttonPressed(.doorDidNotOpen)) }
        takeOut(door, order)
        guard truth.doors[door].items.isEmpty else { return }
        try decide(.buttonPressed(.taken))
    }

    /// Takes everything out of an open door, and mostly closes it.
    func takeOut(_ door: Int, _ order: OrderID) {
        // Nobody opens a door, takes a parcel and closes it in less than two seconds.
        guard truth.doors[door].isOpen, now.ms(since: truth.doors[door].openedAt) >= 2_000 else { return }
        if faces(.emptyHanded), !truth.doors[door].items.isEmpty {
            // It is reported as collected, by the policy of that door; staff find it when they load next.
            doubtful += truth.doors[door].items
            close(door)
            return
        }
        for item in truth.doors[door].items { take(item, from: door, order) }
        truth.doors[door].items = []
        if !faces(.leftOpen) { close(door) }
    }

    private func take(_ item: ParcelID, from door: Int, _ order: OrderID) {
        guard hq.owns(order, item), truth.doors[door].isOpenedForCustomer else {
            truth.taken.append((item, nil))
            doubtful.append(item)
            return
        }
        truth.taken.append((item, order))
        counts.collected += 1
        // The station has given the door up and sees a forced one, or sees nothing: staff must sort it out.
        if state.compartments[door].record.alarm != nil || truth.doors[door].cutReads != nil {
            doubtful.append(item)
        }
    }

    // MARK: A vandal

    private func vandalActs() throws {
        let door = random.below(truth.doors.count)
        let id = state.compartments[door].plan.id
        switch random.below(7) {
        case 0 where !truth.doors[door].isOpen:
            swingOpen(door, nil, nil)
        case 1 where truth.doors[door].isOpen:
            truth.taken += truth.doors[door].items.map { ($0, nil) }
            doubtful += truth.doors[door].items
            truth.doors[door].items = []
        case 2:
            close(door)
        case 3:
            // A code out of somebody's bin.
            let found = random.pick(hq.orders).flatMap { hq.formerCode(of: $0) }
            try show(found ?? "\(10_000_000 + random.below(89_999_999))", .typed)
        case 4:
            let buttons: [KioskButton] = [
                .finish, .moreTime, .retry, .reopen, .startLoading, .doesNotFit, .menu, .recall(id),
                .clear(id, reason: .empty),
            ]
            guard let button = random.pick(buttons) else { return }
            if case .staff = state.session { return }
            try decide(.buttonPressed(button))
        case 5:
            try decide(.scanUnreadable)
        default:
            let crashesBefore = counts.crashes
            try show("STAFF", .scanned(bits: 25))
            if case .identifying(let badge, _) = state.session, counts.crashes == crashesBefore {
                try decide(.pinTyped(badge.id, isRight: false))
            }
        }
    }
}
