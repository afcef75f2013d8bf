internal import DeviceIO

/// People at the wall, and what they break.
///
/// Each function returns false, and does nothing, for a name that the cabinet does not have.
extension SandboxCabinet {
    /// Pulls a door's handle; whether the door is open now.
    @discardableResult
    public func pull(_ door: SandboxDoorName) -> Bool {
        with(door) { world, index in world.pull(index) }
    }

    /// Pushes a door shut; whether it stays shut. It locks, unless the coil holds the bolt back.
    @discardableResult
    public func close(_ door: SandboxDoorName) -> Bool {
        with(door) { world, index in world.close(index) }
    }

    /// Opens a door by force.
    @discardableResult
    public func force(_ door: SandboxDoorName) -> Bool {
        with(door) { world, index in
            world.force(index)
            return true
        }
    }

    /// Jams a latch, so that pulses do nothing, or frees it.
    @discardableResult
    public func setStuck(_ isStuck: Bool, door: SandboxDoorName) -> Bool {
        with(door) { world, index in
            world.doors[index].isStuck = isStuck
            return true
        }
    }

    /// Cuts a door's sensor, or mends it; false for a door without one.
    @discardableResult
    public func setSensor(_ mode: SandboxSensorMode, door: SandboxDoorName) -> Bool {
        with(door) { world, index in
            guard world.doors[index].wiring.sensor != nil else { return false }
            world.doors[index].sensorMode = mode
            return true
        }
    }

    /// Swaps the sensor wires of two doors, as happens when a wall is wired.
    @discardableResult
    public func crossSensors(_ one: SandboxDoorName, _ other: SandboxDoorName) -> Bool {
        cross(one, other) { $0.crossSensors($1, $2) }
    }

    /// Swaps the lock wires of two doors.
    @discardableResult
    public func crossLocks(_ one: SandboxDoorName, _ other: SandboxDoorName) -> Bool {
        cross(one, other) { $0.crossLocks($1, $2) }
    }

    private func cross(
        _ one: SandboxDoorName,
        _ other: SandboxDoorName,
        _ body: (inout CabinetWorld, Int, Int) -> Void
    ) -> Bool {
        state.change { world in
            guard let first = world.index(of: one), let second = world.index(of: other) else { return false }
            body(&world, first, second)
            return true
        }
    }

    /// Changes what a door does when its latch lets go.
    @discardableResult
    public func setSpring(_ spring: SandboxDoor.Spring, door: SandboxDoorName) -> Bool {
        with(door) { world, index in
            world.doors[index].wiring.spring = spring
            return true
        }
    }

    /// Takes a board's power away, or gives it back: it is silent, its coils are off, and it has forgotten
    /// the
    /// watchdog's time.
    @discardableResult
    public func setDead(_ isDead: Bool, board: SandboxBoardName) -> Bool {
        with(board) { world, index in world.setDead(isDead, board: index, at: .now()) }
    }

    /// Makes a board answer wrongly, or well again (nil).
    @discardableResult
    public func setFault(_ fault: SandboxReplyFault?, board: SandboxBoardName) -> Bool {
        with(board) { world, index in
            let isOver = fault?.times.map { $0 <= 0 } ?? false
            world.boards[index].fault = isOver ? nil : fault
        }
    }

    private func with(_ door: SandboxDoorName, _ body: (inout CabinetWorld, Int) -> Bool) -> Bool {
        state.change { world in
            guard let index = world.index(of: door) else { return false }
            return body(&world, index)
        }
    }

    private func with(_ board: SandboxBoardName, _ body: (inout CabinetWorld, Int) -> Void) -> Bool {
        state.change { world in
            guard let index = world.index(of: board) else { return false }
            body(&world, index)
            return true
        }
    }
}
