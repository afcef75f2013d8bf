internal import DeviceIO
public import Logging
internal import Synchronization

/// A barcode scanner on a serial port, read on a thread of its own.
///
/// It opens the port when it is there, hands on each code the moment its terminator arrives, and survives
/// unplugging, noise and floods. Zebra's SSI and other protocols with acknowledgement are not spoken: set the
/// scanner to plain serial ("Standard RS-232" or "USB CDC").
public final class CodeScanner: Sendable {
    private enum Phase {
        case ready
        case running(NamedThread)
        case stopped
    }

    private let reader: ScannerReader?
    private let onEvent: @Sendable (ScannerEvent) -> Void
    private let phase = Mutex(Phase.ready)

    /// Makes a scanner that does nothing before ``start()``.
    /// - Parameters:
    ///   - configuration: what to open and what to accept.
    ///   - logger: gets connections and losses; never a code.
    ///   - onEvent: called on the reader thread, one event at a time. It must not block: codes wait behind
    ///     it.
    public init(
        configuration: ScannerConfiguration,
        logger: Logger,
        onEvent: @escaping @Sendable (ScannerEvent) -> Void
    ) {
        self.onEvent = onEvent
        reader = (try? ScannerReader.Shared()).map { shared in
            ScannerReader(configuration: configuration, logger: logger, onEvent: onEvent, shared: shared)
        }
    }

    deinit {
        reader?.stop()
    }

    /// What was read and dropped so far.
    public var counters: ScannerCounters {
        reader?.shared.counters.withLock { $0 } ?? ScannerCounters()
    }

    /// Starts the reader thread; a second call does nothing. Never fails: a port that cannot be opened is an
    /// event, and is tried again.
    public func start() {
        let failure = phase.withLock { phase -> String? in
            guard case .ready = phase else { return nil }
            guard let reader else { return "no descriptor is left for the scanner; raise LimitNOFILE" }
            do throws(SerialPortError) {
                phase = .running(try NamedThread(name: "scanner") { reader.run() })
                return nil
            } catch {
                return "\(error)"
            }
        }
        if let failure { onEvent(.disconnected(reason: failure)) }
    }

    /// Ends the thread and closes the port. After it returns, `onEvent` is not called again.
    public func stop() async {
        let thread = phase.withLock { phase -> NamedThread? in
            guard case .running(let thread) = phase else {
                phase = .stopped
                return nil
            }
            return thread
        }
        reader?.stop()
        await thread?.untilEnded()
        phase.withLock { $0 = .stopped }
    }
}

extension ScannerReader {
    /// Tells the loop to end; returns at once.
    func stop() {
        shared.stopping.store(true, ordering: .releasing)
        shared.wake.raise()
    }
}
