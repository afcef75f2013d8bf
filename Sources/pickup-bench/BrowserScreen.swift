import Foundation
import Synchronization

/// The kiosk's page in a real Chromium, whose screen changes are told by a script of the browser's tests.
final class BrowserScreen: Sendable {
    /// A change of the screen; times are milliseconds since 1970 by this machine's clock.
    struct Change: Decodable, Sendable {
        var screen: String
        var changedAt: Double
        var drawnAt: Double
    }

    private let process: Process
    private let changes: Mutex<[Change]> = Mutex([])

    /// Starts the browser on the kiosk of this port. `root` is the checkout, whose `.venv` drives it.
    init(root: String, kiosk port: Int) throws {
        process = Process()
        process.executableURL = URL(fileURLWithPath: root + "/.venv/bin/python")
        process.arguments = [root + "/Tests/Browser/screen_times.py", "http://127.0.0.1:\(port)/"]
        process.standardInput = Pipe()
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let handle = output.fileHandleForReading
        Thread.detachNewThread { [self] in
            var rest = Data()
            while case let data = handle.availableData, !data.isEmpty {
                rest += data
                while let end = rest.firstIndex(of: 0x0A) {
                    if let change = try? JSONDecoder().decode(Change.self, from: rest[..<end]) {
                        changes.withLock { $0.append(change) }
                    }
                    rest = Data(rest[rest.index(after: end)...])
                }
            }
        }
    }

    /// The first change to one of these screens that was not waited for before, and all before it are forgotten.
    @discardableResult
    func waitFor(_ names: String..., withinMs limit: Int = 20_000) async throws -> Change {
        let end = ContinuousClock.now + .milliseconds(limit)
        while ContinuousClock.now < end {
            let found: Change? = changes.withLock { all in
                guard let index = all.firstIndex(where: { names.contains($0.screen) }) else { return nil }
                defer { all.removeFirst(index + 1) }
                return all[index]
            }
            if let found { return found }
            guard process.isRunning else { break }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Failed("the browser does not show \(names.joined(separator: " or ")): hardware/setup --tests?")
    }

    /// Ends the browser.
    func close() {
        process.terminate()
        process.waitUntilExit()
    }
}
