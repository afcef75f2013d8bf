internal import Logging
internal import ServiceLifecycle
internal import StationAPI
internal import StationCore
internal import StationStore

/// HQ's commands: who signed them is checked here; whether, when and how often they are done is the core's.
extension Station {
    func carryOut(_ document: CommandDocument) {
        let kind = CommandKind(rawValue: document.kind)
        let action = Self.action(document, kind)
        let fault = document.fault(station: state.plan.station.rawValue, keys: hqKeys, at: wireTime)
        let most = kind?.maximumAgeSeconds ?? 86_400
        let seconds = min(document.maxAgeSeconds ?? kind?.defaultAgeSeconds ?? most, most)
        var command = HQCommand(
            id: document.commandID,
            action: action,
            issuedAt: StationTime(milliseconds: document.issuedAt?.milliseconds ?? 0),
            maxAgeMs: seconds * 1_000,
            nonce: document.nonce,
            fault: fault?.rawValue
        )
        if fault == nil, kind == .reloadConfiguration, let problem = hands.checkConfiguration() {
            // It would not start with it again: what runs goes on.
            logger.error("the configuration is not read again", metadata: ["problem": "\(problem)"])
            command.fault = "configurationInvalid"
        }
        if let order = document.text("orderId"), WireID.isValid(order) {
            command.order = (try? store.read { try $0.order(OrderID(order)) }) ?? nil
        }
        handle(.commandReceived(command))
    }

    /// What is to be done; nil if its arguments cannot be used.
    private static func action(_ document: CommandDocument, _ kind: CommandKind?) -> HQCommand.Action? {
        func id(_ name: String) -> String? { document.text(name).flatMap { WireID.isValid($0) ? $0 : nil } }
        switch kind {
        case .openDoor:
            return id("compartment").map {
                .openDoor(CompartmentID($0), order: id("orderId").map { OrderID($0) })
            }
        case .doorOutOfService: return id("compartment").map { .takeOutOfService(CompartmentID($0)) }
        case .doorIntoService: return id("compartment").map { .putIntoService(CompartmentID($0)) }
        case .expireOrder: return id("orderId").map { .expire(OrderID($0)) }
        case .extendOrder:
            guard let order = id("orderId"),
                let until = document.text("until").flatMap({ WireTime(text: $0) })
            else { return nil }
            return .extend(OrderID(order), until: StationTime(milliseconds: until.milliseconds))
        case .reloadConfiguration: return .reloadConfiguration
        case .sendDiagnostics: return .sendDiagnostics
        case nil: return .unknown(kind: document.kind)
        }
    }

    // MARK: Diagnostics

    /// For a quarter of an hour the state report carries the counters.
    func sendDiagnostics() {
        diagnosticsUntil = Instant.now().advanced(byMs: 900_000)
        hands.reportState()
    }

    /// Counters of the station; no codes, no persons.
    func diagnostics() -> [String: Int64] {
        var counters: [String: Int64] = [
            "uptimeSeconds": Int64(clamping: Instant.now().nanoseconds / 1_000_000_000),
            "openingsUnderWay": Int64(state.openings.count),
            "grantsUsed": Int64(state.grantsUsed.count),
            "commandsDone": Int64(state.commandsDone.count),
            "compartmentsOccupied": Int64(state.compartments.count { $0.record.contents.occupancy != nil }),
            "compartmentsOutOfService": Int64(state.compartments.count { $0.record.outOfService != nil }),
            "compartmentsInDoubt": Int64(state.compartments.count { $0.record.outcomeUnknown != nil }),
            "sensorsSuspect": Int64(state.compartments.count { $0.record.isSensorSuspect }),
            "alarms": Int64(state.compartments.count { $0.record.alarm != nil }),
            "boardsDown": Int64(health.boards().count { !$0.isUp }),
            "wrongCodesToday": Int64(state.codeBudget.wrong.count),
            "liveTypedCodes": Int64(state.tally.liveTypedCodes),
            "hqKeys": Int64(hqKeys.keys.count),
            "logPages": Int64(store.logPages),
        ]
        if let orders = try? store.read({ try $0.orderCount() }) { counters["orders"] = Int64(orders) }
        if let count = try? store.read({ try $0.quarantineCount() }) { counters["setAside"] = Int64(count) }
        return counters
    }

    // MARK: Reading the configuration again

    /// Ends the program once nobody is at the kiosk and no door is being opened; it is started again with its
    /// configuration as it is then.
    func restartWhenIdle() {
        logger.notice("HQ wants the configuration to be read again: restarting once nobody is served")
        let station = self
        Task { await station.waitAndRestart() }
    }

    private func waitAndRestart() async {
        while state.session != nil || !state.openings.isEmpty {
            do { try await Task.sleep(for: .seconds(1)) } catch { return }
        }
        hands.restart()
    }
}

/// A service that ends when it is asked to: the program then stops in order, and the service manager starts it again.
final class RestartService: Service {
    private let (asked, asking) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    func ask() { asking.yield() }

    func run() async throws {
        for await _ in asked.cancelOnGracefulShutdown() { return }
    }
}
