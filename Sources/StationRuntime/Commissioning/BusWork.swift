internal import DeviceIO
internal import LockBus
internal import Logging
internal import StationCore
internal import Synchronization

/// Carries out what a technician orders on a bus at the kiosk, one order at a time, on a thread of its own: the
/// functions are those of `pickupctl bus scan` and `pickupctl board set-address`. The bus is lent for it, and
/// taken back whatever happens.
final class BusWork: Sendable {
    private struct State {
        var order: String?
        var isStopped = false
        var shownAt: BootTime?
    }

    /// Progress is shown so often at most.
    private static let showEveryMs: UInt64 = 250

    private let configuration: StationConfiguration
    private let buses: [BusName: LockBus]
    private let station: Station
    private let logger: Logger
    private let state = Mutex(State())

    init(station: Station, locks: LockService, configuration: StationConfiguration, logger: Logger) {
        self.station = station
        self.configuration = configuration
        self.logger = logger
        buses = locks.buses
    }

    /// Takes an order; its answer comes back as an event.
    func take(_ order: BusOrder) {
        if case .stop = order.kind {
            state.withLock { if $0.order == order.id { $0.isStopped = true } }
            return
        }
        let isFree = state.withLock { state in
            guard state.order == nil else { return false }
            state = State(order: order.id)
            return true
        }
        guard isFree else { return station.busAnswered(order.id, .failed(.busy)) }
        Task {
            let answer = await self.run(order)
            self.state.withLock { $0 = State() }
            self.station.busAnswered(order.id, answer)
        }
    }

    private func run(_ order: BusOrder) async -> BusAnswer {
        let name = BusName(rawValue: order.bus.rawValue)
        guard let bus = buses[name], let line = configuration.buses.first(where: { $0.name == name }),
            await bus.lend()
        else { return .failed(.busy) }
        logger.notice("a technician works on a bus", metadata: ["bus": "\(name.rawValue)"])
        let thread = DeviceThread(name: "bus-work")
        let answer = await withCheckedContinuation { (continuation: CheckedContinuation<BusAnswer, Never>) in
            thread.perform(urgent: false) { continuation.resume(returning: self.work(order, on: line)) }
        }
        thread.stop()
        await bus.takeBack()
        return answer
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func work(_ order: BusOrder, on line: BusConfiguration) -> BusAnswer {
        switch order.kind {
        case .scan(let everySpeed): scan(line, everySpeed: everySpeed)
        case .look(let model): look(line, model)
        case .setAddress(let model, let from, let to): setAddress(line, model, from: from, to: to)
        case .stop: .failed(.stopped)
        }
    }

    private func scan(_ line: BusConfiguration, everySpeed: Bool) -> BusAnswer {
        guard let target = line.scanTarget else { return .failed(.portUnusable) }
        let own = line.lineSettings
        let others = everySpeed ? LineSettings.usual.filter { $0 != own } : []
        do throws(ScanFailure) {
            let result = try BusScan(
                plan: ScanPlan(target: target, settings: [own] + others),
                profiles: configuration.profiles
            ).run(isStopped: { isStopped }, onProgress: { show($0) })
            return .scanned(result.findings.map(BusFinding.init), isCutShort: result.isCutShort)
        } catch {
            logger.warning("the scan ended", metadata: ["reason": "\(error)"])
            return .failed(.portUnusable)
        }
    }

    private func look(_ line: BusConfiguration, _ model: String) -> BusAnswer {
        guard let change = change(line, model, to: 0, units: ScanPlan.allUnits) else {
            return .failed(.wrongModel)
        }
        do throws(AddressChange.Failure) {
            return .oneBoard(unit: Int(try change.look(isStopped: { isStopped }, onStep: { show($0) })))
        } catch {
            return failed(error)
        }
    }

    /// Whether it is still alone on its address, and nobody has the new one, is looked at once more.
    private func setAddress(_ line: BusConfiguration, _ model: String, from: Int, to: Int) -> BusAnswer {
        let units = [from, to].compactMap { UInt8(exactly: $0) }
        guard units.count == 2, let change = change(line, model, to: units[1], units: units) else {
            return .failed(.wrongModel)
        }
        do throws(AddressChange.Failure) {
            _ = try change.run(onStep: { show($0) })
            logger.notice(
                "a board has a new address",
                metadata: ["bus": "\(line.name.rawValue)", "from": "\(from)", "to": "\(to)"]
            )
            return .addressSet(to: to)
        } catch {
            return failed(error)
        }
    }

    private func change(
        _ line: BusConfiguration,
        _ model: String,
        to target: UInt8,
        units: [UInt8]
    ) -> AddressChange? {
        guard case .rtu(let path, _, _, _) = line.transport, let profile = configuration.profiles[model]
        else { return nil }
        return AddressChange(
            path: path,
            settings: line.lineSettings,
            profile: profile,
            profiles: configuration.profiles,
            target: target,
            units: units
        )
    }

    private func failed(_ failure: AddressChange.Failure) -> BusAnswer {
        logger.warning("the address was not set", metadata: ["reason": "\(failure)"])
        return .failed(BusTrouble(failure.cause))
    }

    private func show(_ step: AddressChange.Step) {
        if case .looking(let progress) = step { show(progress) }
    }

    private func show(_ progress: ScanProgress) {
        let now = BootTime.now()
        let isDue = state.withLock { state in
            if let last = state.shownAt, now.milliseconds(since: last) < Self.showEveryMs { return false }
            state.shownAt = now
            return true
        }
        guard isDue else { return }
        station.busProgressed(
            BusToolStep.Progress(
                done: progress.done,
                total: progress.total,
                unit: Int(progress.unit),
                line: progress.settings?.description ?? "",
                found: progress.found,
                secondsLeft: progress.remainingSeconds
            )
        )
    }
}

extension Station {
    /// How far the work on a bus is: shown, and not journalled, for nothing is decided by it.
    nonisolated func busProgressed(_ progress: BusToolStep.Progress) {
        thread.perform(urgent: false) {
            self.assumeIsolated { station in
                station.busProgress = progress
                station.showKiosk()
            }
        }
    }

    nonisolated func busAnswered(_ order: String, _ answer: BusAnswer) {
        thread.perform(urgent: true) {
            self.assumeIsolated { station in
                station.busProgress = nil
                station.handle(.busAnswered(order, answer))
            }
        }
    }
}

extension BusFinding {
    init(_ finding: ScanFinding) {
        let (models, isEvery): ([String], Bool) =
            switch finding.kind {
            case .board(let profiles): (profiles, false)
            case .everyAddress(let profiles): (profiles, true)
            case .collision: ([], false)
            }
        self.init(
            unit: Int(finding.unit),
            line: finding.settings?.description,
            models: models,
            isCollision: finding.isTrouble,
            isEveryAddress: isEvery
        )
    }
}

extension BusTrouble {
    init(_ cause: AddressChange.Failure.Cause) {
        switch cause {
        case .port: self = .portUnusable
        case .stopped: self = .stopped
        case .nothingAnswers: self = .nothingAnswers
        case .severalAnswer: self = .severalAnswer
        case .wrongModel, .notOverTheLine: self = .wrongModel
        case .refused, .badAddress: self = .refused
        case .stillOld: self = .stillOld
        case .bothAnswer: self = .bothAnswer
        case .silentAfterwards: self = .silentAfterwards
        }
    }
}
