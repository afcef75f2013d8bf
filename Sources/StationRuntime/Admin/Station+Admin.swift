internal import HQLink
internal import StationCore
internal import StationStore

extension Station {
    /// Answers `pickupctl`.
    func answer(_ request: AdminRequest, from technician: StaffID) -> AdminReply {
        if request.command.opensDoors { return serve(request, technician) }
        var reply = AdminReply()
        do {
            switch request.command {
            case .wall:
                reply.wall = wall()
            case .boards, .beginService, .endService, .open, .openOnce, .walked:
                reply.error = "not answered here"
            case .status:
                reply.status = try status()
            case .outbox:
                reply.outbox = try outbox()
            case .retryParked:
                try store.write { try $0.retryParked() }
                handle(.timeCame)
                wakeDelivery()
                reply.outbox = try outbox()
            }
        } catch {
            reply.error = "\(error)"
        }
        return reply
    }

    private func status() throws -> AdminReply.Status {
        let lockers = state.compartments.filter { $0.plan.kind == .locker }
        let (orders, summary) = try store.read { (try $0.orderCount(), try $0.outboxSummary()) }
        let disk = store.diskUse()
        let inside = state.compartments.compactMap { $0.record.contents.occupancy?.order }
        return AdminReply.Status(
            station: state.plan.station.rawValue,
            version: Version.number,
            serves: state.canServe && health.databaseTrouble == nil,
            reasons: health.reasons(state),
            doorsInService: lockers.count { $0.canOpen },
            doors: lockers.count,
            ordersInside: inside.enumerated().count { !inside.prefix($0.offset).contains($0.element) },
            orders: orders,
            scannerTrouble: configuration.scanner == nil ? nil : health.scannerTrouble,
            findings: health.findings.map { "\($0)" },
            hq: hqLines(),
            outboxWaiting: summary.waiting,
            databaseBytes: disk.databaseBytes,
            freeBytes: disk.freeBytes,
            doorMap: doorMapLine(),
            clock: state.clock.isTrusted ? "trusted (\(health.clockSource))" : "not trusted: nothing expires"
        )
    }

    private func hqLines() -> [String] {
        guard let hq = health.hq else {
            return [configuration.hq == nil ? "not configured" : "not asked yet"]
        }
        return HQLinkStatus.Operation.allCases.map { operation in
            switch hq[operation] {
            case .untried: "\(operation.rawValue): not tried yet"
            case .ok: "\(operation.rawValue): ok"
            case .failing(let reason, _, _): "\(operation.rawValue): \(reason)"
            case .paused(let reason, _, _): "\(operation.rawValue) (paused): \(reason)"
            }
        }
    }

    private func outbox() throws -> AdminReply.Outbox {
        try store.read { transaction in
            let summary = try transaction.outboxSummary()
            let heads = try transaction.outboxHeads(limit: 50).map { entry in
                AdminReply.Outbox.Item(
                    sequence: entry.sequence,
                    id: entry.report.id.rawValue,
                    type: entry.report.type.rawValue,
                    order: entry.report.order?.rawValue,
                    problem: nil
                )
            }
            let parked = try transaction.parkedEvents(limit: 50).map { entry in
                AdminReply.Outbox.Item(
                    sequence: entry.sequence,
                    id: entry.report.id.rawValue,
                    type: entry.report.type.rawValue,
                    order: entry.report.order?.rawValue,
                    problem: entry.problem
                )
            }
            return AdminReply.Outbox(
                waiting: summary.waiting,
                pendingAtHQ: summary.pendingAtHQ,
                parked: summary.parked,
                items: heads + parked
            )
        }
    }
}
