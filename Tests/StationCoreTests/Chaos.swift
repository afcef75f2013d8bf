import StationCore
import Testing

/// A random number generator that gives the same numbers for the same seed on every machine.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Random people, doors, boards, clocks, power cuts and an HQ that changes its mind, in one world.
struct Chaos {
    var world: World
    var random: SplitMix64
    /// Doors as they really are; a reading may be late or lost.
    var openDoors: [CompartmentID] = []
    var deadBoards: [BoardID] = []
    var ordersMade = 0

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        world = World()
    }

    mutating func roll(_ sides: Int) -> Int { Int.random(in: 0..<sides, using: &random) }
    mutating func pick<T>(_ items: [T]) -> T? { items.randomElement(using: &random) }

    var doors: [CompartmentID] { world.state.plan.compartments.filter { $0.kind == .locker }.map(\.id) }

    /// Mostly somebody does what the screen says; now and then anything happens.
    mutating func step() {
        guard roll(8) == 0 else {
            followScreen()
            return
        }
        switch roll(100) {
        case 0..<14: showCode()
        case 14..<22: staffAct()
        case 22..<34: pressSomething()
        case 34..<48: answerPulse()
        case 48..<64: moveDoor()
        case 64..<76: passTime()
        case 76..<92: hqChanges()
        case 92..<94: boardChanges()
        case 94..<97: absurd()
        default: powerCut()
        }
    }

    // MARK: People

    mutating func showCode() {
        let id = pick(world.orders)?.id ?? "none"
        switch roll(8) {
        case 0: world.typeWrong()
        case 1: world.type(id)
        case 2: world.scan(id, bits: 60)
        case 3: world.send(.scanUnreadable)
        case 4: world.scanLabel(pick(world.order(id)?.parcels ?? [])?.id ?? "none")
        default: world.scan(id)
        }
    }

    private mutating func staffAct() {
        switch roll(12) {
        case 0: world.showBadge()
        case 1: world.send(.pinTyped("S1", isRight: false))
        case 2, 3:
            world.showBadge()
            world.send(.pinTyped("S1", isRight: true))
        case 4: world.press(.startLoading)
        default:
            let parcels = world.orders.flatMap { $0.parcels.filter { $0.place == .awaited }.map(\.id) }
            world.scanLabel(pick(parcels) ?? "none")
        }
    }

    private mutating func pressSomething() {
        let door = pick(doors) ?? "A-01"
        let buttons: [KioskButton] = [
            .finish, .retry, .reopen, .taken, .doorDidNotOpen, .startLoading, .doesNotFit, .parcelInside,
            .parcelNotInside, .recall(door), .emptied, .notEmptied, .menu,
            .doorIsOpen, .doorIsClosed,
            .clear(door, reason: pick(ClearReason.allCases) ?? .empty),
        ]
        world.press(pick(buttons) ?? .finish)
    }

    // MARK: Doors

    mutating func answerPulse() {
        guard let pulse = world.pulses.first else { return }
        let compartment = world.state.compartment(pulse.compartment)
        let isDead = compartment?.plan.board.map(deadBoards.contains) ?? true
        switch isDead ? 10 + roll(2) : roll(12) {
        case 0..<8:
            world.answer()
            if roll(9) != 0 { openReally(pulse.compartment) }
        case 8:
            openReally(pulse.compartment)
            world.answer(.unknown)
        case 9: world.answer(.notActuated(.coilBudget(retryAfterMs: roll(3) == 0 ? .max : roll(4000))))
        case 10:
            world.answer(
                .notActuated(pick([.boardDown, .stale, .boardRefused(code: 4), .notAvailable]) ?? .stale)
            )
        default: world.pulses.removeFirst()
        }
    }

    private mutating func openReally(_ id: CompartmentID) {
        if !openDoors.contains(id) { openDoors.append(id) }
        read(id)
    }

    /// What the sensor says of the door as it is.
    mutating func read(_ id: CompartmentID) {
        guard let plan = world.state.compartment(id)?.plan, plan.hasDoorSensor else { return }
        guard !(plan.board.map(deadBoards.contains) ?? true) else { return }
        world.send(.doorRead(id, openDoors.contains(id) ? .open : .closed))
    }

    private mutating func moveDoor() {
        if roll(6) == 0, let forced = pick(doors) {
            openReally(forced)
        } else if let door = pick(openDoors) {
            if roll(4) != 0 { world.advance(roll(6000)) }
            openDoors.removeAll { $0 == door }
            read(door)
        }
    }

    private mutating func boardChanges() {
        let board: BoardID = roll(2) == 0 ? "a" : "b"
        let isDown = deadBoards.contains(board)
        deadBoards.removeAll { $0 == board }
        if !isDown { deadBoards.append(board) }
        world.send(.boardChanged(board, isUp: isDown))
        for plan in world.state.plan.compartments where plan.board == board && plan.hasDoorSensor {
            if isDown { read(plan.id) } else { world.send(.doorRead(plan.id, .unknown)) }
        }
    }

    mutating func passTime() {
        world.advance(pick([1, 90, 700, 3000, 8000, 25_000, 70_000, 200_000]) ?? 1)
        guard roll(10) == 0 else { return }
        let reading = world.state.clock.time(at: world.now).advanced(byMs: Int64(roll(20_000)) - 10_000)
        world.send(.clockRead(reading, pick([.hq, .systemSynchronised, .systemUnsynchronised]) ?? .hq))
    }

    // MARK: Trouble

    private mutating func absurd() {
        let door = pick(doors) ?? "A-01"
        let opening = world.state.openings.first?.id ?? "none"
        let events: [Event] = [
            .doorRead("Z-99", .open), .doorRead(door, .unknown), .pulseAnswered("none", .actuated),
            .pulseAnswered(opening, .unknown), .boardChanged("none", isUp: false), .timeCame,
            .coilStuck(door),
            .clockRead(StationTime(milliseconds: .min), .hq),
            .clockRead(StationTime(milliseconds: .max), .hq),
            .pinTyped("S9", isRight: true), .scannerChanged(isConnected: roll(2) == 0),
            .tallied(Tally(liveTypedCodes: roll(5000), parcelsToLoad: roll(9))),
            .itemQuarantined(order: nil, reason: "x"), command(at: door),
            .buttonPressed(.callSupport), .buttonPressed(.supportYes), .buttonPressed(.supportNo),
            .grantShown(.refused(.notValid)),
        ]
        if let event = pick(events) { world.send(event) }
    }

    private mutating func command(at door: CompartmentID) -> Event {
        let action = pick([
            HQCommand.Action.openDoor(door, order: nil), .takeOutOfService(door), .putIntoService(door),
            .sendDiagnostics, .unknown(kind: "x"),
        ])
        let nonce = roll(2) == 0 ? world.state.support?.nonce : nil
        return .commandReceived(
            HQCommand.test("c\(roll(40))", action, issuedAt: world.time, nonce: nonce)
        )
    }

    private mutating func powerCut() {
        deadBoards = []
        if roll(2) == 0, let door = pick(openDoors) { openDoors.removeAll { $0 == door } }
        world.restart(
            sameBoot: roll(2) == 0,
            afterMs: pick([200, 1500, 9000, 600_000]) ?? 200,
            open: openDoors
        )
    }
}
