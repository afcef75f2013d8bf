import CodeScanner
import DeviceIO
import Foundation
import Logging
import Sandbox

/// A scanner on a real pty and the station's reader on its other end, in a folder of their own.
final class ScannerBench: Sendable {
    let device: SandboxScanner
    let scanner: CodeScanner
    let folder: URL
    private let events: AsyncStream<ScannerEvent>

    init(configure: (inout ScannerConfiguration) -> Void = { _ in }) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "scanner-\(UUID())")
        device = try SandboxScanner(link: folder.appending(path: "scanner").path)
        var configuration = ScannerConfiguration(path: device.path, baud: 9600)
        configure(&configuration)
        let (events, continuation) = AsyncStream.makeStream(of: ScannerEvent.self)
        self.events = events
        scanner = CodeScanner(configuration: configuration, logger: .silent) { continuation.yield($0) }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Starts the reader and waits until the port is open.
    func connect() async {
        scanner.start()
        _ = await next { $0 == .connected }
    }

    /// The next event that `wanted` picks; those before it are gone.
    func next(where wanted: @Sendable (ScannerEvent) -> Bool = { _ in true }) async -> ScannerEvent? {
        await events.first(where: wanted)
    }

    /// The text of the next event, or what the event is instead of a scan.
    func nextText() async -> String {
        switch await next() {
        case .scanned(let scan): scan.text
        case .some(let other): "\(other)"
        case nil: "the end"
        }
    }
}

extension Logger {
    /// A logger for tests that look at events, not at logs.
    static var silent: Logger {
        Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    }
}
