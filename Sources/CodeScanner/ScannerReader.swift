internal import DeviceIO
internal import Logging
internal import Synchronization

/// The reader thread's loop: open, read, frame, hand on; and open again when the scanner was unplugged.
///
/// From the read that brings a code's end to `onEvent` there is no other thread, no lock that anyone holds
/// for
/// long, and no copy but the text itself.
struct ScannerReader: Sendable {
    let configuration: ScannerConfiguration
    let logger: Logger
    let onEvent: @Sendable (ScannerEvent) -> Void
    let shared: Shared

    /// What the reader and its owner share.
    final class Shared: Sendable {
        let counters = Mutex(ScannerCounters())
        let stopping = Atomic<Bool>(false)
        let wake: WakeSignal

        init() throws(SerialPortError) {
            wake = try WakeSignal()
        }
    }

    /// How often a missing port is looked for besides the watch on its directory.
    private static let retryNanoseconds: Int64 = 1_000_000_000
    private static let settleNanoseconds: Int64 = 20_000_000
    /// One read: more than a scanner's longest code.
    private static let readSize = 4096

    /// Runs until the owner stops it.
    func run() {
        var gate = ScanGate(
            duplicateWindowMs: configuration.duplicateWindowMs,
            maxPerSecond: configuration.maxPerSecond
        )
        var told: SerialPortError?
        while !isStopping {
            // Watch before trying, else a port that appears in between is seen only at the retry.
            let watch = DirectoryWatch(directory: directory)
            do throws(SerialPortError) {
                let port = try SerialPort(path: configuration.path, baud: configuration.baud)
                told = nil
                shared.counters.withLock { $0.connects += 1 }
                logger.info("scanner connected", metadata: ["path": "\(configuration.path)"])
                onEvent(.connected)
                read(from: port, gate: &gate)
                if isStopping { return }
                shared.counters.withLock { $0.disconnects += 1 }
                report(.gone(path: configuration.path), told: &told)
                // A port that opens and dies at once must not make this loop spin either.
                pause(nanoseconds: Self.settleNanoseconds)
            } catch {
                report(error, told: &told)
                if let watch {
                    watch.wait(wake: shared.wake, nanoseconds: Self.retryNanoseconds)
                    // A busy directory must not make this loop spin, and udev needs a moment after the node.
                    pause(nanoseconds: Self.settleNanoseconds)
                } else {
                    pause(nanoseconds: Self.retryNanoseconds)
                }
            }
        }
    }

    private var isStopping: Bool {
        shared.stopping.load(ordering: .acquiring)
    }

    private var directory: String {
        guard let slash = configuration.path.lastIndex(of: "/") else { return "." }
        return slash == configuration.path.startIndex ? "/" : String(configuration.path[..<slash])
    }

    /// Says why there is no port: once per reason, not once per try.
    private func report(_ error: SerialPortError, told: inout SerialPortError?) {
        guard told != error else { return }
        told = error
        logger.warning(
            "scanner not connected",
            metadata: ["path": "\(configuration.path)", "reason": "\(error)"]
        )
        onEvent(.disconnected(reason: "\(error)"))
    }

    private func pause(nanoseconds: Int64) {
        shared.wake.wait(nanoseconds: nanoseconds)
    }

    /// Reads until the port is gone or the owner stops; closes the port on return.
    private func read(from port: consuming SerialPort, gate: inout ScanGate) {
        var framer = ScanFramer(
            maxLength: configuration.maxLength,
            prefixes: configuration.prefixes,
            acceptedSymbologies: configuration.acceptedSymbologies
        )
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.readSize, alignment: 1)
        defer { buffer.deallocate() }
        let silence = Int64(max(1, configuration.silenceMs)) * 1_000_000
        while true {
            let waited = port.wait(wake: shared.wake, nanoseconds: framer.isPending ? silence : -1)
            switch waited {
            case .woken:
                // Raised by stopping only, and never taken down.
                return
            case .timedOut:
                guard framer.isPending, let outcome = framer.silence() else { continue }
                hand(on: outcome, gate: &gate, at: .now())
            case .ready:
                switch port.read(into: buffer) {
                case .nothing: continue
                case .gone: return
                case .bytes(let count):
                    let now = BootTime.now()
                    shared.counters.withLock { $0.bytes += UInt64(count) }
                    for byte in buffer[..<count] {
                        guard let outcome = framer.take(byte) else { continue }
                        hand(on: outcome, gate: &gate, at: now)
                    }
                }
            }
        }
    }

    private func hand(on outcome: ScanFramer.Outcome, gate: inout ScanGate, at now: BootTime) {
        let rejection: ScanRejection
        switch outcome {
        case .code(let text, let symbology):
            guard let refusal = gate.refusal(of: text, at: now) else {
                shared.counters.withLock { $0.scans += 1 }
                onEvent(.scanned(Scan(text: text, symbology: symbology, at: now)))
                return
            }
            rejection = refusal
        case .rejected(let reason):
            rejection = reason
        }
        shared.counters.withLock { $0.count(rejection) }
        if gate.tells(rejection, at: now) { onEvent(.rejected(rejection)) }
    }
}
