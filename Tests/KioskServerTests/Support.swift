import Foundation
import Logging
import ServiceLifecycle
import StationCore
import Synchronization

@testable import KioskServer

/// A station that shows what it is told and remembers its inputs.
final class FakeStation: KioskStation {
    private struct State {
        var view: KioskView
        var inputs: [KioskInput] = []
        var hangs = false
    }

    private let state: Mutex<State>

    init(view: KioskView = .showing(.home)) {
        state = Mutex(State(view: view))
    }

    var inputs: [KioskInput] { state.withLock { $0.inputs } }
    func show(_ view: KioskView) { state.withLock { $0.view = view } }
    /// From now on, no question is answered.
    func hang() { state.withLock { $0.hangs = true } }

    func kioskInput(_ input: KioskInput) async {
        state.withLock { $0.inputs.append(input) }
    }

    func currentView() async -> KioskView {
        if state.withLock({ $0.hangs }) {
            await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        }
        return state.withLock { $0.view }
    }
}

extension KioskView {
    static func showing(_ screen: KioskScreen, revision: UInt64 = 1, doors: Int = 2) -> KioskView {
        KioskView(
            revision: revision,
            screen: screen,
            notice: nil,
            keypad: .available(digits: 8),
            scannerConnected: true,
            doors: (1...doors).map { KioskDoor(compartment: CompartmentID("A-\($0)"), look: .closed) }
        )
    }
}

extension KioskConfiguration {
    static func test(host: String = "127.0.0.1", preview: Bool = false, origins: [String] = []) -> Self {
        let cells = [
            WallPlan.Cell(compartment: "A-1", size: .small), .init(compartment: "A-2", size: .large),
        ]
        return KioskConfiguration(
            host: host,
            port: 0,
            stationName: "Riverside",
            phone: "+44 20 7946 0812",
            defaultLanguage: "en",
            plan: WallPlan(banks: [.init(id: "a", title: "Bank A", columns: [cells])]),
            preview: preview,
            allowedFrameOrigins: origins
        )
    }
}

/// Runs `body` against a server that listens on a port of its own, and stops it in order afterwards.
func withServer(
    _ configuration: KioskConfiguration = .test(),
    station: FakeStation = FakeStation(),
    timing: KioskTiming = KioskTiming(),
    logger: Logger = .silent,
    _ body: @Sendable (KioskServer, Int) async throws -> Void
) async throws {
    let server = try KioskServer(
        configuration: configuration,
        station: station,
        timing: timing,
        logger: logger
    )
    let group = ServiceGroup(
        configuration: .init(services: [.init(service: server)], logger: .silent)
    )
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await group.run() }
        let port = try await server.port
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await body(server, port))
        } catch {
            outcome = .failure(error)
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
        try outcome.get()
    }
}

extension Logger {
    static let silent = Logger(label: "silent") { _ in SwiftLogNoOpLogHandler() }
}

/// Keeps every log line, metadata included.
struct RecordingLog: LogHandler {
    final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message) \(event.metadata ?? [:]) \(metadata)")
    }
}
