internal import Foundation
internal import HQLink
internal import LockBus
internal import StationCore
internal import StationStore
internal import Synchronization

/// What the parts of the program say of themselves, in one place for `status`, HQ's state report and the
/// watchdog.
final class HealthBook: Sendable {
    struct Board: Hashable, Sendable {
        var bus: BusName
        var board: BoardName
        var isUp: Bool
        var reason: String?
    }

    private struct State {
        var boards: [Board] = []
        var findings: [Finding] = []
        var hq: HQLinkStatus?
        var scanner: String? = "not opened yet"
        var database: String?
        var clockSource = "none"
    }

    private let state = Mutex(State())

    func board(_ report: BoardReport) {
        let reason: String?
        if case .down(let text, _) = report.state { reason = text } else { reason = nil }
        let board = Board(bus: report.bus, board: report.board, isUp: reason == nil, reason: reason)
        state.withLock { state in
            state.boards.removeAll { $0.bus == board.bus && $0.board == board.board }
            state.boards.append(board)
            state.boards.sort { ($0.bus, $0.board) < ($1.bus, $1.board) }
        }
    }

    func boards() -> [Board] { state.withLock { $0.boards } }

    func findings(_ findings: [Finding]) { state.withLock { $0.findings = findings } }
    /// What the bus doctor found, one line each.
    var findings: [Finding] { state.withLock { $0.findings } }

    func hq(_ status: HQLinkStatus) { state.withLock { $0.hq = status } }
    var hq: HQLinkStatus? { state.withLock { $0.hq } }

    func scannerConnected() { state.withLock { $0.scanner = nil } }
    func scannerLost(_ reason: String) { state.withLock { $0.scanner = reason } }
    /// Why codes cannot be scanned; nil if they can.
    var scannerTrouble: String? { state.withLock { $0.scanner } }

    func databaseFailed(_ reason: String) { state.withLock { $0.database = reason } }
    var databaseTrouble: String? { state.withLock { $0.database } }

    func clock(_ source: String) { state.withLock { $0.clockSource = source } }
    var clockSource: String { state.withLock { $0.clockSource } }

    /// Why customers cannot be served, or not everywhere.
    func reasons(_ station: StationState) -> [String] {
        var reasons: [String] = []
        if let trouble = databaseTrouble { reasons.append("database: \(trouble)") }
        for board in boards() where !board.isUp {
            reasons.append(
                "board \(board.board.rawValue) on bus \(board.bus.rawValue): \(board.reason ?? "down")"
            )
        }
        for compartment in station.compartments {
            guard let reason = compartment.whyNotServing, reason != "boardDown", reason != "notWalked"
            else { continue }
            reasons.append("compartment \(compartment.plan.id): \(reason)")
        }
        let unwalked = station.compartments.filter { $0.plan.kind == .locker && !$0.isWalked }
        if let first = unwalked.first {
            let names =
                unwalked.count == 1 ? "\(first.plan.id)" : "\(first.plan.id) and \(unwalked.count - 1) more"
            reasons.append("not walked as they are wired now: \(names); see `pickupctl walk`")
        }
        return reasons
    }
}

/// This program's version.
public enum Version {
    /// As HQ and `--version` see it.
    public static let number = "0.1.0"
}
