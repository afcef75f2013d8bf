internal import Foundation
public import Logging
internal import Synchronization

/// Writes log lines for journald: a priority in angle brackets, the message, the metadata (sd-daemon(3)). On
/// a terminal the
/// priority is left out.
public struct JournalLog: LogHandler {
    /// Values every line carries.
    public var metadata: Logger.Metadata = [:]
    /// The least level that is written.
    public var logLevel: Logger.Level = .info
    private let label: String
    private let isJournal: Bool

    private static let lock = Mutex<Void>(())

    /// A log of one part of the program.
    public init(label: String, isJournal: Bool) {
        self.label = label
        self.isJournal = isJournal
    }

    /// A value every line carries.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one line.
    public func log(event: LogEvent) {
        var line = isJournal ? "<\(event.level.priority)>" : "\(event.level.rawValue) "
        line += "\(label): \(event.message)"
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in all.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
        // One record, one line: whatever came in from a wire must not be able to start another.
        let clean = line.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? " " : Character($0) }
        let bytes = Array((String(clean) + "\n").utf8)
        Self.lock.withLock { _ in
            try? FileHandle.standardError.write(contentsOf: bytes)
        }
    }
}

extension Logger.Level {
    /// syslog(3)'s number.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
