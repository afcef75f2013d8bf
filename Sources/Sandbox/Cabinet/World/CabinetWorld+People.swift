internal import DeviceIO

/// What people do to doors and boards.
extension CabinetWorld {
    func index(of door: SandboxDoorName) -> Int? {
        doors.firstIndex { $0.wiring.name == door }
    }

    func index(of board: SandboxBoardName) -> Int? {
        boards.firstIndex { $0.name == board }
    }

    /// Pulls the handle; whether the door is open now.
    mutating func pull(_ door: Int) -> Bool {
        if doors[door].latch == .unlocked { doors[door].position = .open }
        return doors[door].position == .open
    }

    /// Pushes the door shut; whether it stays. While the coil is on, the bolt cannot catch.
    mutating func close(_ door: Int) -> Bool {
        let holdsBack = isCoilOn(of: door) && !doors[door].isStuck
        if holdsBack, doors[door].wiring.spring == .pops { return false }
        doors[door].position = .closed
        doors[door].latch = holdsBack ? .unlocked : .locked
        return true
    }

    /// Opens the door by force, past the bolt.
    mutating func force(_ door: Int) {
        doors[door].position = .open
    }

    mutating func crossSensors(_ one: Int, _ other: Int) {
        (doors[one].wiring.sensor, doors[other].wiring.sensor) =
            (doors[other].wiring.sensor, doors[one].wiring.sensor)
        (doors[one].sensorBoard, doors[other].sensorBoard) = (
            doors[other].sensorBoard, doors[one].sensorBoard
        )
        revision += 1
    }

    mutating func crossLocks(_ one: Int, _ other: Int) {
        let (first, second) = (doors[one], doors[other])
        boards[first.board].coils[first.wiring.channel - 1].door = other
        boards[second.board].coils[second.wiring.channel - 1].door = one
        (doors[one].board, doors[one].wiring.channel) = (second.board, second.wiring.channel)
        (doors[other].board, doors[other].wiring.channel) = (first.board, first.wiring.channel)
        revision += 1
    }

    /// A board without power has no output on, and forgets its watchdog's time.
    mutating func setDead(_ isDead: Bool, board: Int, at now: BootTime) {
        boards[board].isDead = isDead
        guard isDead else { return }
        switchAllOff(board, at: now, by: .power)
        boards[board].watchdogMs = 0
    }
}
