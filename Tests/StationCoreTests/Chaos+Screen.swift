import StationCore
import Testing

/// People who do what the screen says, more or less.
extension Chaos {
    mutating func followScreen() {
        switch world.screen {
        case .home, .cannotServe: comeToTheKiosk()
        case .opening(let step, _) where step.mayBeOpen && roll(4) == 0: world.press(.doorIsOpen)
        case .loadOpening(let step, _) where step.mayDoubtSensor && roll(4) == 0: world.press(.doorIsOpen)
        case .recallOpening(let step, _) where step.mayDoubtSensor && roll(4) == 0: world.press(.doorIsOpen)
        case .loadPutIn(let step) where step.mayDoubtSensor && roll(4) == 0: world.press(.doorIsClosed)
        case .recallTakeOut(let step) where step.mayDoubtSensor && roll(4) == 0: world.press(.doorIsClosed)
        case .opening, .loadOpening, .recallOpening:
            if world.pulses.isEmpty { world.advance(500 + roll(3000)) } else { answerPulse() }
        case .takeParcel(let step), .closeDoor(let step): closeAfterAWhile(step.compartment)
        case .recallTakeOut(let step): closeAfterAWhile(step.compartment)
        case .loadPutIn(let step):
            if roll(8) == 0 { world.press(.doesNotFit) } else { closeAfterAWhile(step.compartment) }
        case .confirmTaken: world.press(roll(3) == 0 ? .doorDidNotOpen : .taken)
        case .loadConfirm: world.press(roll(3) == 0 ? .parcelNotInside : .parcelInside)
        case .recallConfirm: world.press(roll(3) == 0 ? .notEmptied : .emptied)
        case .doorStuck(let step, _) where step.mayBeOpen && roll(2) == 0: world.press(.doorIsOpen)
        case .doorStuck: world.press(roll(2) == 0 ? .retry : .finish)
        case .done: afterwards()
        case .refused: world.advance(1 + roll(15_000))
        case .staffPIN: world.send(.pinTyped("S1", isRight: roll(6) != 0))
        case .staffMenu(let menu): work(menu)
        case .loadScan: scanNextLabel()
        case .wallFull: world.press(.menu)
        case .serviceNumber, .service: world.press(.finish)
        case .walk(let step): walk(step)
        }
        for door in openDoors where world.state.opening(at: door) == nil && roll(4) == 0 {
            openDoors.removeAll { $0 == door }
            read(door)
        }
    }

    /// A technician walks, more or less.
    private mutating func walk(_ step: WalkStep) {
        switch step.stage {
        case .opening: if world.pulses.isEmpty { world.advance(500 + roll(3000)) } else { answerPulse() }
        case .open: if let door = step.compartment { closeAfterAWhile(door) }
        case .ready, .stayedShut, .crossed: world.press([.walkOpen, .walkSkip, .finish, .walkOpen][roll(4)])
        case .confirm:
            if roll(3) > 0, let door = step.compartment {
                world.send(.compartmentWalked(door, World.staff.id))
            } else {
                world.press(.walkSkip)
            }
        case .done: world.press(.finish)
        }
    }

    private mutating func comeToTheKiosk() {
        let waiting = world.orders.filter { order in order.parcels.contains { $0.place.compartment != nil } }
        switch roll(10) {
        case 0: passTime()
        case 1: hqChanges()
        case 2: showCode()
        case 3..<7:
            if let order = pick(waiting) { world.scan(order.id) } else { world.showBadge() }
        default: world.showBadge()
        }
    }

    private mutating func closeAfterAWhile(_ door: CompartmentID) {
        world.advance(roll(12) == 0 ? roll(300_000) : roll(9000))
        openDoors.removeAll { $0 == door }
        read(door)
    }

    private mutating func afterwards() {
        switch roll(4) {
        case 0: world.press(.reopen)
        case 1: world.press(.finish)
        case 2: showCode()
        default: world.advance(roll(20_000))
        }
    }

    private mutating func work(_ menu: StaffMenu) {
        switch roll(6) {
        case 0: world.press(.finish)
        case 1, 2:
            world.press(pick(menu.toRecall).map { .recall($0.compartment) } ?? .startLoading)
        case 3, 4:
            let reason = pick(ClearReason.allCases) ?? .empty
            world.press(pick(menu.attention).map { .clear($0.compartment, reason: reason) } ?? .startLoading)
        default: world.press(.startLoading)
        }
    }

    private mutating func scanNextLabel() {
        let waiting = world.orders.flatMap { order in
            order.parcels.filter { $0.place == .awaited && order.standing == .live }.map(\.id)
        }
        if let parcel = pick(waiting), roll(8) != 0 { world.scanLabel(parcel) } else { world.press(.menu) }
    }
}
