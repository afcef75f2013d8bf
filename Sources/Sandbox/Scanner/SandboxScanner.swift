internal import CStationShims
public import DeviceIO
internal import Glibc
internal import Synchronization

/// What a scanner sends after a code.
public enum ScanTerminator: String, Hashable, Sendable, Codable, CaseIterable {
    /// CR: the factory setting of most scanners.
    case carriageReturn
    /// LF.
    case lineFeed
    /// CR LF: Datalogic's factory setting.
    case both
    /// Nothing: the station must notice the silence.
    case none

    /// The bytes on the wire.
    public var bytes: [UInt8] {
        switch self {
        case .carriageReturn: [0x0D]
        case .lineFeed: [0x0A]
        case .both: [0x0D, 0x0A]
        case .none: []
        }
    }
}

/// A barcode scanner: a pty that codes are typed into.
///
/// The station opens ``path``. Any thread may scan, unplug and plug in again.
public final class SandboxScanner: Sendable {
    private let port: PtyPort
    private let stopping: StopFlag
    private let thread: NamedThread

    private final class StopFlag: Sendable {
        let isSet = Atomic<Bool>(false)
    }

    /// Makes the pty.
    /// - Parameter link: the path the station opens; folders on the way are made.
    /// - Throws: ``PtyError``.
    public init(link: String) throws(PtyError) {
        let port = try PtyPort(link: link)
        let stopping = StopFlag()
        do throws(SerialPortError) {
            thread = try NamedThread(name: "sandbox-scanner") { Self.serve(port, until: stopping) }
        } catch {
            throw .system(path: link, operation: "start a thread", code: EAGAIN)
        }
        self.port = port
        self.stopping = stopping
    }

    deinit {
        stopping.isSet.store(true, ordering: .releasing)
        port.changed.raise()
        thread.waitUntilEnded()
        port.unplug()
    }

    /// The station's side.
    public var path: String { port.path }

    /// Whether it is plugged in.
    public var isPlugged: Bool { port.isPlugged }

    /// Reads a code: sends `text` and the terminator in one go.
    /// - Parameters:
    ///   - text: sent as UTF-8, so whatever a code can hold.
    ///   - terminator: as the scanner is set up.
    /// - Returns: the moment just before the last byte went to the kernel; nil when unplugged, or not
    ///   read within 5 s.
    @discardableResult
    public func scan(_ text: String, terminator: ScanTerminator = .carriageReturn) -> BootTime? {
        port.write(Array(text.utf8) + terminator.bytes)
    }

    /// Sends any bytes: part of a code, noise.
    /// - Returns: as ``scan(_:terminator:)``. Holds the calling thread while the station does not read.
    @discardableResult
    public func send(_ bytes: [UInt8]) -> BootTime? {
        port.write(bytes)
    }

    /// Pulls the plug: the path disappears and the station's descriptor hangs up.
    public func unplug() {
        port.unplug()
    }

    /// Plugs it in again under the same path.
    /// - Throws: ``PtyError``.
    public func replug() throws(PtyError) {
        try port.replug()
    }

    /// A scanner ignores what it is sent here; it must only not fill up, and notice that the station left.
    private static func serve(_ port: PtyPort, until stopping: StopFlag) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            var entries = port.pollEntries()
            _ = station_poll(&entries, entries.count, -1)
            port.takeChange()
            if stopping.isSet.load(ordering: .acquiring) { return }
            port.service()
            _ = port.read(into: buffer)
        }
    }
}
