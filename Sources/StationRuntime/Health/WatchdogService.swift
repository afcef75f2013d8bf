internal import Foundation
internal import LockBus
internal import Logging
internal import ServiceLifecycle
internal import StationCore
internal import StationStore
internal import Synchronization
internal import SystemdService

/// Feeds systemd's watchdog only while every worker makes progress: the station decides, and each bus's
/// thread answers.
///
/// A part that hangs starves the watchdog, and systemd starts the program again. A database that cannot be
/// written does the
/// same at once: a station that may not act must not pretend.
struct WatchdogService: Service {
    let station: Station
    let buses: [LockBus]
    let notify: SystemdNotify
    let health: HealthBook
    let logger: Logger

    func run() async throws {
        let interval = notify.watchdogInterval.map { $0 / 3 } ?? .seconds(3)
        try await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                if await isAlive(within: interval) {
                    notify.watchdog()
                    notify.status(await station.oneLine())
                } else {
                    logger.critical("a worker makes no progress; the watchdog is not fed")
                }
                if let trouble = health.databaseTrouble { throw StationStopped(reason: trouble) }
                do { try await Task.sleep(for: interval) } catch { return }
            }
        }
    }

    /// Whether all workers answer in time. Those that do not are left behind, not waited for.
    private func isAlive(within limit: Duration) async -> Bool {
        let answers = Answers()
        let expected = buses.count + 1
        Task {
            await station.answer()
            answers.add()
        }
        for bus in buses {
            Task {
                _ = await bus.reports()
                answers.add()
            }
        }
        let end = ContinuousClock.now + limit
        while answers.count < expected, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
        return answers.count >= expected
    }

    private final class Answers: Sendable {
        private let value = Atomic<Int>(0)
        func add() { value.add(1, ordering: .relaxed) }
        var count: Int { value.load(ordering: .relaxed) }
    }
}

/// The program must end and be started again.
struct StationStopped: Error, CustomStringConvertible {
    var reason: String
    var description: String { "stopped: \(reason)" }
}

extension Station {
    /// Proves that the station's thread gets through its work.
    func answer() {}

    /// How it stands, in a line for `systemctl status`.
    func oneLine() -> String {
        let lockers = state.compartments.filter { $0.plan.kind == .locker }
        let serving = lockers.count { $0.canOpen }
        let waiting = (try? store.read { try $0.outboxSummary().waiting }) ?? 0
        let serves =
            state.canServe
            ? "serving"
            : "cannot serve: \(state.isCommissioned ? "no lock board answers" : "no door has been walked")"
        return "\(serves); \(serving) of \(lockers.count) doors in service; \(waiting) events for HQ"
    }
}
