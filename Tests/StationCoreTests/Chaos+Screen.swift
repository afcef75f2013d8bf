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
        case .busTool(let step): workOnBus(step)
        case .wallDoors(let step):
            world.press(pick(step.mayTakeOut).map { roll(3) == 0 ? .takeOutOfService($0) : .menu } ?? .menu)
        case .openAll(let step): openAll(step)
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

    /// A technician looks for boards, and the shell answers when it does.
    private mutating func workOnBus(_ step: BusToolStep) {
        if let order = step.tool.order {
            switch roll(5) {
            case 0: world.press(.stop)
            case 1: world.press(.menu)
            case 2: world.send(.busAnswered("another", .oneBoard(unit: 9)))
            default:
                let answers: [BusAnswer] = [
                    .scanned([], isCutShort: roll(2) == 0), .oneBoard(unit: 1 + roll(4)), .addressSet(to: 3),
                    .failed(pick(BusTrouble.allCases) ?? .busy),
                ]
                world.send(.busAnswered(order, answers[roll(answers.count)]))
            }
            return
        }
        let buttons: [KioskButton] = [
            .chooseBus("bank"), .scanLine(everySpeed: false), .go, .chooseModel("model"),
            .chooseAddress(1 + roll(5)), .menu, .finish,
        ]
        world.press(buttons[roll(buttons.count)])
    }

    /// Somebody opens all doors, more or less.
    private mutating func openAll(_ step: OpenAllStep) {
        switch step.stage {
        case .toConfirm, .paused: world.press([.go, .go, .menu, .finish][roll(4)])
        case .opening: if world.pulses.isEmpty { world.advance(500 + roll(3000)) } else { answerPulse() }
        case .open: if let door = step.compartment { closeAfterAWhile(door) }
        case .word: world.press(.next)
        case .resting: if roll(8) == 0 { world.press(.stop) } else { world.advance(roll(3000)) }
        case .done: world.press(.menu)
        }
        if roll(20) == 0 { showCode() }
    }

    private mutating func comeToTheKiosk() {
        let waiting = world.orders.filter { order in order.parcels.contains { $0.place.compartment != nil } }
        switch roll(10) {
        case 0: passTime()
        case 1: hqChanges()
        case 2: showCode()
        case 3..<7:
            if let order = pick(waiting) { world.scan(order.id) } else { world.showBadge(Self.badge) }
        default: world.showBadge(Self.badge)
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
        switch roll(8) {
        case 0: world.press(.finish)
        case 6:
            world.press([.startOpenAll, .startScan, .startSetAddress, .seeDoors][roll(4)])
        case 7:
            // Somebody has worked on the wires.
            if roll(3) == 0, let door = pick(world.state.compartments.filter { $0.plan.kind == .locker }) {
                world.send(.doorMapRead(unwalked: [door.plan.id]))
            }
            world.press(.startWalk)
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
