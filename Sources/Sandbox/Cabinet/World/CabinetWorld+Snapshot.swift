internal import DeviceIO

extension CabinetWorld {
    /// Boards and doors as they are at `now`; call ``pass(until:)`` first.
    func snapshot(at now: BootTime, banks: [SandboxCabinetSnapshot.Bank]) -> SandboxCabinetSnapshot {
        SandboxCabinetSnapshot(
            at: now.nanoseconds,
            banks: banks,
            boards: boards.map(snapshot),
            doors: doors.indices.map { snapshot(ofDoor: $0, at: now) },
            pulses: pulseCount
        )
    }

    private func snapshot(_ board: Board) -> SandboxCabinetSnapshot.Board {
        SandboxCabinetSnapshot.Board(
            name: board.name,
            bank: board.bank,
            unit: board.unit,
            model: board.model,
            isDead: board.isDead,
            fault: board.fault,
            requests: board.requests,
            spoiledReplies: board.spoiledReplies,
            watchdogMs: Int(board.watchdogMs),
            watchdogDrops: board.watchdogDrops,
            coilsOn: board.coils.indices.filter { board.coils[$0].isOn }.map { $0 + 1 }
        )
    }

    private func snapshot(ofDoor index: Int, at now: BootTime) -> SandboxCabinetSnapshot.Door {
        let door = doors[index]
        let coil = boards[door.board].coils[door.wiring.channel - 1]
        let onNow = coil.onSince.map { now.nanoseconds - min(now.nanoseconds, $0.nanoseconds) } ?? 0
        return SandboxCabinetSnapshot.Door(
            name: door.wiring.name,
            board: boards[door.board].name,
            channel: door.wiring.channel,
            latch: door.latch,
            isStuck: door.isStuck,
            position: door.position,
            sensor: door.wiring.sensor.map { _ in door.sensorMode },
            sensorReads: sensorReads(index),
            spring: door.wiring.spring,
            isCoilOn: coil.isOn,
            longestOnMs: Double(max(coil.longestOn, onNow)) / 1_000_000,
            pulses: coil.pulses
        )
    }
}
