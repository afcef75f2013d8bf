internal import StationCore

/// Somebody in front of the kiosk.
struct SimVisitor {
    enum Kind {
        case customer(Int)
        case staff
        case vandal
    }

    var kind: Kind
    /// How often they still do something before they go.
    var patience: Int
    /// The parcel that staff have in their hands.
    var inHand: ParcelID?
}

extension Simulation {
    func visitorActs() throws {
        if !isHealed, random.chance(options.boardLoss) { try loseBoard() }
        if visitor == nil {
            arrive()
        } else {
            visitor?.patience -= 1
            try act()
        }
        if let present = visitor, present.patience <= 0 { leave() }
        let pause = visitor == nil ? random.within(5_000...1_800_000) : random.within(300...4_000)
        schedule(afterMs: pause, .visitorActs)
    }

    private func arrive() {
        sessions += 1
        let kind: SimVisitor.Kind
        if random.chance(options.vandals) {
            kind = .vandal
        } else if hq.orders.isEmpty || random.chance(450) {
            kind = .staff
        } else {
            kind = .customer(max(0, hq.orders.count - 1 - random.below(14)))
        }
        visitor = SimVisitor(kind: kind, patience: random.within(4...22))
        note("somebody comes: \(kind)")
    }

    private func leave() {
        note("they leave")
        // Who walks away in the middle of loading leaves the station to guess.
        if case .staff(let session) = state.session, case .loading(let loading) = session.task {
            doubtful.append(loading.parcel)
        }
        // Who leaves goods behind an open door is taken to have collected them, by the policy of that door.
        for door in truth.doors where door.isOpen { doubtful += door.items }
        visitor = nil
        // Most people close the door behind them.
        for door in truth.doors.indices where truth.doors[door].isOpen && !random.chance(options.leftOpen * 3)
        {
            close(door)
        }
    }

    func act() throws {
        guard let visitor else { return }
        let screen = state.kioskView(revision: 0, at: now).screen
        switch visitor.kind {
        case .customer(let order): try customerActs(order, screen)
        case .staff: try staffActs(screen)
        case .vandal: try vandalActs()
        }
    }

    func show(_ text: String, _ form: ShownCode.Form) throws {
        try decide(.codeShown(try store.match(text, form: form)))
    }

    // MARK: A customer

    private func customerActs(_ number: Int, _ screen: KioskScreen) throws {
        let order = hq.orders[number]
        switch screen {
        case .opening, .cannotServe, .loadOpening, .recallOpening:
            break
        case .takeParcel(let step), .closeDoor(let step):
            takeOut(index(of: step.compartment), order.record.id)
        case .confirmTaken(let step):
            let door = index(of: step.compartment)
            if truth.doors[door].isOpen {
                takeOut(door, order.record.id)
                guard truth.doors[door].items.isEmpty else { return }
                try decide(.buttonPressed(.taken))
            } else {
                try decide(.buttonPressed(.doorDidNotOpen))
            }
        case .doorStuck(_, let canRetry):
            try decide(.buttonPressed(canRetry && random.chance(600) ? .retry : .finish))
        case .done:
            if random.chance(150) {
                try decide(.buttonPressed(.reopen))
            } else {
                try decide(.buttonPressed(.finish))
                visitor?.patience = 0
            }
        default:
            if random.chance(options.folly) {
                try show("\(10_000_000 + random.below(89_999_999))", .typed)
            } else {
                try show(order.code, order.isTyped ? .typed : .scanned(bits: 120))
            }
        }
    }

    /// Takes everything out of an open door, and mostly closes it.
    private func takeOut(_ door: Int, _ order: OrderID) {
        // Nobody opens a door, takes a parcel and closes it in less than two seconds.
        guard truth.doors[door].isOpen, now.ms(since: truth.doors[door].openedAt) >= 2_000 else { return }
        for item in truth.doors[door].items {
            if hq.owns(order, item), case .pickupCode = truth.doors[door].openedBy {
                truth.taken.append((item, order))
                // The station has given the door up and sees a forced one: staff will have to sort it out.
                if state.compartments[door].record.alarm != nil { doubtful.append(item) }
            } else {
                truth.taken.append((item, nil))
                doubtful.append(item)
            }
        }
        truth.doors[door].items = []
        if !random.chance(options.leftOpen) { close(door) }
    }

    // MARK: A vandal

    private func vandalActs() throws {
        let door = random.below(truth.doors.count)
        switch random.below(7) {
        case 0 where !truth.doors[door].isOpen:
            swingOpen(door, nil)
        case 1 where truth.doors[door].isOpen:
            truth.taken += truth.doors[door].items.map { ($0, nil) }
            doubtful += truth.doors[door].items
            truth.doors[door].items = []
        case 2:
            close(door)
        case 3:
            try show("\(10_000_000 + random.below(89_999_999))", .typed)
        case 4:
            let buttons: [KioskButton] = [
                .finish, .retry, .reopen, .startLoading, .doesNotFit, .menu,
                .recall(state.compartments[door].plan.id),
                .clear(state.compartments[door].plan.id, reason: .empty),
            ]
            guard let button = random.pick(buttons) else { return }
            if case .staff = state.session { return }
            try decide(.buttonPressed(button))
        case 5:
            try decide(.scanUnreadable)
        default:
            try show("STAFF", .scanned(bits: 25))
            if case .identifying(let badge, _) = state.session {
                try decide(.pinTyped(badge.id, isRight: false))
            }
        }
    }
}
