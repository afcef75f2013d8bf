internal import Foundation
internal import Synchronization

/// Waits for the mains to come back, and asks for the machine to be shut down when they do not.
///
/// The asking is a file in the runtime folder: systemd's `pickupd-poweroff.path` sees it and powers the machine off,
/// which stops this program in order (openings finished, coils off, everything stored). Without that unit nothing
/// happens, and the station goes on reporting until its UPS is empty.
final class MainsWatch: Sendable {
    private let afterMs: Int?
    private let ask: @Sendable () -> Void
    private let waiting = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - afterMs: how long without the mains; nil: never.
    ///   - ask: called once for each loss of the mains that lasts.
    init(afterMs: Int?, ask: @escaping @Sendable () -> Void) {
        self.afterMs = afterMs
        self.ask = ask
    }

    /// The file that asks for it.
    static func markPath(in runtimeFolder: String) -> String {
        runtimeFolder + "/power-off"
    }

    /// Takes what the mains' input says; nothing known changes nothing.
    func mains(isLost: Bool) {
        guard let afterMs else { return }
        waiting.withLock { waiting in
            guard isLost else {
                waiting?.cancel()
                waiting = nil
                return
            }
            guard waiting == nil else { return }
            waiting = Task { [ask] in
                do { try await Task.sleep(for: .milliseconds(afterMs)) } catch { return }
                ask()
            }
        }
    }
}
