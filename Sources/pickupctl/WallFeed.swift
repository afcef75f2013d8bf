import Foundation
import Glibc
import StationRuntime
import Synchronization

/// The wall as it changes: a thread of its own asks, and whoever waits is woken through a pipe.
final class WallFeed: Sendable {
    private struct State {
        var wall: AdminWall?
        var trouble: String?
        var isStopped = false
    }

    private let state: Mutex<State>
    private let readEnd: Int32
    private let writeEnd: Int32

    init(socket: String, from wall: AdminWall) {
        state = Mutex(State(wall: wall))
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        (readEnd, writeEnd) = (ends[0], ends[1])
        Thread { [self] in
            var seen = wall.revision
            while !state.withLock({ $0.isStopped }) {
                do {
                    let reply = try AdminClient.ask(AdminRequest(.wall, after: seen), socket: socket)
                    guard let wall = reply.wall else { continue }
                    // After a restart of pickupd revisions begin anew.
                    let isNews = wall.revision != seen || trouble != nil
                    seen = wall.revision
                    state.withLock { ($0.wall, $0.trouble) = (wall, nil) }
                    if isNews { wake() }
                } catch {
                    let isNews = trouble == nil
                    state.withLock { $0.trouble = "\(error)" }
                    if isNews { wake() }
                    seen = 0
                    Thread.sleep(forTimeInterval: 0.5)
                }
            }
        }.start()
    }

    /// Has something to read once there is news.
    var wakeUp: Int32 { readEnd }

    /// The newest wall.
    var wall: AdminWall? { state.withLock { $0.wall } }

    /// Why the station does not answer; nil: it does.
    var trouble: String? { state.withLock { $0.trouble } }

    /// Takes the news.
    func drain() {
        var entry = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 64)
        while poll(&entry, 1, 0) > 0, read(readEnd, &bytes, bytes.count) > 0 {}
    }

    func stop() { state.withLock { $0.isStopped = true } }

    private func wake() {
        var byte: UInt8 = 1
        _ = write(writeEnd, &byte, 1)
    }
}
