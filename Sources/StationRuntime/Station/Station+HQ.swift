internal import Foundation
internal import HQLink
internal import LockBus
internal import Logging
internal import StationAPI
internal import StationCore
internal import StationStore

/// The station as HQ's link sees it.
struct StationAtHQ: HQLinkStation {
    let station: Station

    func feedCursor() async -> String? { await station.feedCursor() }

    /// Digests and references are made here, off the station's thread.
    func apply(_ page: FeedPage) async throws {
        let configuration = station.configuration
        let items = PreparedItem.prepare(
            page.items,
            key: await station.codeKeys.current,
            station: configuration.plan.station
        )
        try await station.applyFeed(page, prepared: items)
    }

    func outboxHeads(limit: Int) async throws -> [OutboundEvent] {
        try await station.outboxHeads(limit: limit)
    }

    func delivered(_ id: String, hqPending: Bool) async {
        await station.writeOutbox { try $0.delivered(EventID(id), isPendingAtHQ: hqPending) }
    }

    func parked(_ id: String, problem: Problem) async {
        let text = [problem.type, problem.title, problem.detail].compactMap { $0 }.joined(separator: ": ")
        await station.writeOutbox { try $0.park(EventID(id), problem: text) }
    }

    func stateReport() async -> StationReport { await station.report() }

    func linkChanged(_ status: HQLinkStatus) async { station.health.hq(status) }
}

extension Station {
    func feedCursor() -> String? {
        do {
            // What a snapshot named before a restart is not known any more: it is read again.
            let isCutShort = try feed.named == nil && store.read { try $0.isSnapshotUnderWay() }
            return isCutShort ? nil : try store.read { try $0.cursor() }
        } catch {
            logger.error("the feed's cursor could not be read", metadata: ["error": "\(error)"])
            return nil
        }
    }

    func outboxHeads(limit: Int) throws -> [OutboundEvent] {
        do {
            return try store.read { try $0.outboxHeads(limit: limit) }
                .map { try EventEncoding.outbound($0, station: state.plan.station) }
        } catch {
            logger.error("the outbox could not be read", metadata: ["error": "\(error)"])
            throw error
        }
    }

    func writeOutbox(_ body: (StoreTransaction) throws -> Void) {
        do {
            try store.write(body)
        } catch {
            // Nothing is lost: the event is delivered again, and HQ knows its id.
            logger.error("the outbox could not be written", metadata: ["error": "\(error)"])
        }
    }

    /// The whole state of the station for HQ: also the heartbeat.
    func report() -> StationReport {
        let now = Instant.now()
        let time = state.clock.time(at: now)
        let diagnostics = diagnosticsUntil.map { $0 > now } == true ? diagnostics() : nil
        let summary = try? store.read { try $0.outboxSummary() }
        return StationReport(
            station: state.plan.station.rawValue,
            time: WireTime(milliseconds: time.milliseconds),
            serving: StationReport.Serving(customers: state.canServe, reasons: health.reasons(state)),
            versions: StationReport.Versions(software: Version.number),
            configurationHash: configuration.hash,
            doorMapHash: doorMap.hash,
            clock: StationReport.Clock(trusted: state.clock.isTrusted, source: health.clockSource),
            feed: StationReport.Feed(
                cursor: feedCursor(),
                appliedAt: feed.appliedAt.map { WireTime(milliseconds: $0.milliseconds) },
                malformedItems: feed.malformedItems
            ),
            outbox: StationReport.Outbox(
                depth: summary?.waiting ?? 0,
                oldestUnsent: summary?.oldest.map { WireTime(milliseconds: $0.milliseconds) },
                parked: summary?.parked ?? 0,
                hqPending: summary?.pendingAtHQ ?? 0
            ),
            storage: storage(),
            boards: health.boards().map { board in
                StationReport.Board(
                    bus: board.bus.rawValue,
                    board: board.board.rawValue,
                    up: board.isUp,
                    reason: board.reason
                )
            },
            points: state.points.isEmpty ? nil : state.points.map { StationReport.Point($0) },
            compartments: state.compartments.map { compartment(of: $0) },
            orders: loadedOrders(),
            diagnostics: diagnostics
        )
    }

    private func storage() -> StationReport.Storage {
        let use = store.diskUse()
        return StationReport.Storage(databaseBytes: use.databaseBytes, freeBytes: use.freeBytes)
    }

    private func compartment(of compartment: CompartmentState) -> StationReport.Compartment {
        let door = compartment.hasTrustedSensor ? compartment.door : .unknown
        return StationReport.Compartment(
            compartment: compartment.plan.id.rawValue,
            kind: compartment.plan.kind.rawValue,
            door: StationReport.Door(rawValue: door.rawValue) ?? .unknown,
            inService: compartment.canOpen,
            reason: compartment.whyNotServing,
            orderID: compartment.record.contents.order?.rawValue
        )
    }

    /// Per loaded order: collectable, or why not. HQ's reminders go by this.
    private func loadedOrders() -> [StationReport.LoadedOrder] {
        var orders: [OrderID] = []
        for compartment in state.compartments {
            guard let order = compartment.record.contents.occupancy?.order, !orders.contains(order) else {
                continue
            }
            orders.append(order)
        }
        let records = try? store.readMany { transaction in
            try orders.compactMap { try transaction.order($0) }
        }
        return (records ?? []).map { record in
            let refusal = state.refusal(of: record, at: .now())
            return StationReport.LoadedOrder(
                orderID: record.id.rawValue,
                version: record.version,
                collectable: refusal == nil,
                reason: refusal?.word,
                effectiveDeadline: state.deadlineIfServedNow(of: record, at: .now()).map {
                    WireTime(milliseconds: $0.milliseconds)
                }
            )
        }
    }
}

extension CompartmentState {
    /// Why nobody can be given this compartment, in a stable word; nil if somebody can.
    var whyNotServing: String? {
        if plan.kind != .locker { return nil }
        if !isWalked { return "notWalked" }
        if let reason = record.outOfService { return reason.rawValue }
        if let alarm = record.alarm { return alarm.kind.rawValue }
        if !isBoardUp { return "boardDown" }
        if record.outcomeUnknown != nil { return "outcomeUnknown" }
        if record.isSensorSuspect { return "sensorSuspect" }
        return nil
    }
}

extension Refusal {
    /// A stable word for HQ.
    var word: String {
        switch self {
        case .unknownCode: "unknown"
        case .expired: "expired"
        case .wrongStore: "rerouted"
        case .cancelled: "cancelled"
        case .alreadyCollected: "collected"
        case .notReadyYet: "notLoaded"
        case .tooEarly: "tooEarly"
        case .onHold: "onHold"
        case .paymentDue: "paymentDue"
        case .notInLockers: "notInLockers"
        case .doorsUnavailable: "doorsUnavailable"
        case .keypadLockedOut: "keypadLockedOut"
        case .tooManyOpenings: "tooManyOpenings"
        case .powerLost: "powerLost"
        case .needsStaff: "needsStaff"
        case .grantNotValid: "grantNotValid"
        case .grantRevoked: "grantRevoked"
        case .grantClockUnknown: "clockUntrusted"
        }
    }
}

extension StationReport.Point {
    /// What the rules know of a point, for HQ.
    init(_ reading: PointReading) {
        self.init(
            point: reading.id.rawValue,
            kind: reading.kind.rawValue,
            active: reading.isActive,
            value: reading.tenths.map { Double($0) / 10 }
        )
    }
}
