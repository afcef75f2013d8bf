import Logging

/// Everything that was logged, at every level, as text.
final class LogCapture: Sendable {
    let lines = Watch<[String]>([])

    var logger: Logger {
        Logger(label: "test") { _ in Handler(lines: self.lines) }
    }

    var text: String { lines.value.joined(separator: "\n") }

    private struct Handler: LogHandler {
        let lines: Watch<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = event.metadata ?? [:]
            let all = metadata.merging(more) { $1 }
            lines.update {
                $0.append("\(event.level): \(event.message) \(all) \(event.error.map { "\($0)" } ?? "")")
            }
        }
    }
}
