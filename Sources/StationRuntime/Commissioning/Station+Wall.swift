internal import KioskServer
internal import LockBus
internal import StationCore

// The wall for a technician's terminal, and waiting for it to change.
extension Station {
    /// Everything about the wall that a terminal shows.
    func wall() -> AdminWall {
        let now = Instant.now()
        let wiring = Dictionary(configuration.wiring.map { ($0.compartment, $0) }) { first, _ in first }
        return AdminWall(
            station: state.plan.station.rawValue,
            revision: revision,
            serves: state.canServe && health.databaseTrouble == nil,
            doorMap: doorMapLine(),
            banks: configuration.kiosk.plan.banks.map { bank in
                AdminWall.Bank(
                    title: bank.title,
                    columns: bank.columns.map { $0.map(\.compartment.rawValue) }
                )
            },
            doors: state.compartments.filter { $0.plan.kind == .locker }.map { compartment in
                door(compartment, wiring[compartment.plan.id], at: now)
            },
            boardsDown: health.boards().filter { !$0.isUp }.map { board in
                "\(board.board.rawValue) on bus \(board.bus.rawValue): \(board.reason ?? "down")"
            },
            service: serviceOnWall()
        )
    }

    private func door(
        _ compartment: CompartmentState,
        _ wiring: StationConfiguration.Wiring?,
        at now: Instant
    ) -> AdminWall.Door {
        AdminWall.Door(
            compartment: compartment.plan.id.rawValue,
            look: look(compartment),
            reads: compartment.door.rawValue,
            hasSensor: compartment.plan.hasDoorSensor,
            reason: compartment.whyNotServing,
            isWalked: compartment.isWalked,
            isOccupied: compartment.record.contents != .empty,
            lock: wiring.map { "\($0.door)" } ?? "",
            sensor: wiring?.sensorText,
            restsMs: compartment.coolsUntil.map { $0.ms(since: now) } ?? 0
        )
    }

    private func look(_ compartment: CompartmentState) -> AdminWall.Door.Look {
        let opening = state.opening(at: compartment.plan.id)
        if compartment.door == .open, compartment.record.alarm == nil { return .open }
        if compartment.record.alarm != nil { return .alarm }
        switch opening?.phase {
        case .ordered, .pulsed, .awaitingWord: return .opening
        case .open, .interrupted, nil: break
        }
        if !compartment.isBoardUp { return .unknown }
        if compartment.record.outOfService != nil || compartment.record.outcomeUnknown != nil {
            return .outOfService
        }
        if !compartment.isWalked { return .notWalked }
        if compartment.plan.hasDoorSensor, compartment.door == .unknown { return .unknown }
        return compartment.record.contents == .empty ? .empty : .occupied
    }

    private func serviceOnWall() -> AdminWall.Service? {
        guard case .service(let service) = state.session else { return nil }
        let stage: AdminWall.Service.Stage =
            switch service.opening.flatMap({ state.opening($0) })?.phase {
            case .ordered: .ordered
            case .pulsed, .interrupted: .pulsed
            case .open: .open
            case .awaitingWord: .awaitingWord
            case nil: .over
            }
        return AdminWall.Service(
            technician: service.technician.rawValue,
            compartment: service.compartment?.rawValue,
            stage: stage,
            outcome: service.outcome?.reason,
            moved: service.moved.map(\.rawValue)
        )
    }

    /// Returns once the wall is newer than what the asker has seen, or when the time is over.
    func waitForChange(after seen: UInt64, atMostMs limit: Int) async {
        guard revision <= seen, takesCodes else { return }
        let id = watchers.nextID()
        let timer = Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(limit))
            await self?.releaseWatcher(id)
        }
        await withCheckedContinuation { watchers.add(id, $0) }
        timer.cancel()
    }

    private func releaseWatcher(_ id: UInt64) { watchers.release(id) }

    /// Lets everybody who waits for a change go.
    func releaseWatchers() { watchers.releaseAll() }
}

/// Who waits for the wall to change.
struct WallWatchers {
    private var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    private var last: UInt64 = 0

    mutating func nextID() -> UInt64 {
        last += 1
        return last
    }

    mutating func add(_ id: UInt64, _ continuation: CheckedContinuation<Void, Never>) {
        waiting[id] = continuation
    }

    mutating func release(_ id: UInt64) {
        waiting.removeValue(forKey: id)?.resume()
    }

    mutating func releaseAll() {
        let all = waiting
        waiting = [:]
        for continuation in all.values { continuation.resume() }
    }
}
