import Dispatch
import Foundation
import Glibc
import Sandbox
import Synchronization

/// The stations this program has started: none outlives it, for it would keep the scanner of the next run.
enum Children {
    private static let running = Mutex<Set<Int32>>([])

    static func start(_ rig: StationRig) throws -> StationProcess {
        let station = try rig.startStation()
        running.withLock { _ = $0.insert(station.processID) }
        return station
    }

    static func stop(_ station: StationProcess) async {
        await station.stop()
        running.withLock { _ = $0.remove(station.processID) }
    }

    static func kill(_ station: StationProcess) async {
        await station.kill()
        running.withLock { _ = $0.remove(station.processID) }
    }

    /// Kills those that still run.
    static func killAll() {
        running.withLock { pids in
            for pid in pids { _ = Glibc.kill(pid, SIGKILL) }
            pids = []
        }
    }

    /// Ends them with this program when it is interrupted; keep what is returned.
    static func endWithInterrupt() -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                killAll()
                exit(128 + number)
            }
            source.resume()
            return source
        }
    }
}
