import Foundation
import Logging
import Sandbox
import StationRuntime
import Testing

/// The real program on a rig of real wires, in a folder of its own, for one test.
struct RealStation {
    let rig: StationRig
    let folder: URL
    private(set) var process: StationProcess

    init(
        mustBeWalked: Bool = false,
        staffRoles: [String]? = nil,
        _ prepare: (StationRig) async throws -> Void = { _ in }
    ) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("station-\(UUID())")
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var settings = StationRig.Settings(
            folder: folder,
            program: StationProcess.sibling("pickupd"),
            profiles: root.appendingPathComponent("hardware/boards").path
        )
        settings.policy = ["doneMs": 2_000, "refusalMs": 2_000]
        settings.duplicateWindowMs = 200
        settings.mustBeWalked = mustBeWalked
        settings.staffRoles = staffRoles
        rig = try await StationRig(settings, logger: Logger(label: "rig") { _ in SwiftLogNoOpLogHandler() })
        try await prepare(rig)
        process = try rig.startStation()
        // Before it is walked a wall serves nobody, and says so.
        if mustBeWalked {
            try await rig.kiosk.wait(for: "cannotServe")
        } else {
            try await rig.waitUntilServing(process)
        }
    }

    mutating func restart() async throws {
        process = try rig.startStation()
        try await rig.waitUntilServing(process)
    }

    /// Starts it again without waiting for it to serve.
    mutating func start() throws {
        process = try rig.startStation()
    }

    func end() async {
        await process.stop()
        await rig.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    var story: Story { Story(on: rig) { _ in } }

    func status() throws -> AdminReply.Status {
        let reply = try AdminClient.ask(AdminRequest(.status), socket: rig.layout.adminSocket)
        return try #require(reply.status)
    }

    /// Waits until the station says so.
    func wait(
        _ what: String,
        withinMs limit: Int = 10_000,
        until condition: (AdminReply.Status) throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + .milliseconds(limit)
        while ContinuousClock.now < end {
            if let status = try? status(), try condition(status) { return }
            try await Task.sleep(for: .milliseconds(30))
        }
        Issue.record("\(what) did not come true: \(String(describing: try? status()))\n\(rig.logTail())")
    }

    func scan(_ text: String) {
        rig.scanner.scan(text, terminator: .carriageReturn)
    }
}
