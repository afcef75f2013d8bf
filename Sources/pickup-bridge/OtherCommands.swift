import ArgumentParser
import Foundation
import HQBridge
import StationAPI

/// `key …`
struct KeyCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "HQ's signing keys.",
        subcommands: [Make.self]
    )

    /// `key make FILE`
    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes 32 random bytes in base64url into a new file, readable by its owner only."
        )

        @Argument(help: "The file.") var file: String

        func run() async throws {
            let seed = (0..<32).map { _ in UInt8.random(in: 0...255) }
            let text = Data((Base64URL.encode(seed) + "\n").utf8)
            guard !FileManager.default.fileExists(atPath: file) else {
                throw ValidationError("\(file) is there already; a key is never overwritten")
            }
            let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
            guard FileManager.default.createFile(atPath: file, contents: text, attributes: attributes) else {
                throw ValidationError("\(file) cannot be written; check the folder")
            }
        }
    }
}

/// `work …`
struct WorkCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "What the sinks have not done: Dynamics, Logic Apps, shops.",
        subcommands: [List.self, Resume.self]
    )

    /// `work list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists what is not done and why; what waits for a person comes first."
        )

        @OptionGroup var options: BridgeOptions

        func run() async throws {
            try await options.withStore { store, _ in
                for trouble in try await store.troubles() {
                    print(
                        [
                            trouble.isException ? "waits for you" : "tried again", trouble.sink,
                            "\(trouble.station)", trouble.orderID ?? "-", trouble.type, "\(trouble.attempts)",
                            trouble.reason,
                        ].joined(separator: "\t")
                    )
                }
            }
        }
    }

    /// `work resume SINK STATION [ORDER]`
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets an order's events go on after a person has looked."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The sink.") var sink: String
        @Argument(help: "The station.") var station: BridgeStationID
        @Argument(help: "The order; left out: the station's own events.") var order: String?
        @Flag(help: "Leave out the event that was refused, because a person has done it.") var passOver =
            false

        func run() async throws {
            try await options.withStore { store, _ in
                let found = try await store.resume(
                    sink: sink,
                    station: station,
                    orderID: order,
                    passingOver: passOver
                )
                if !found {
                    say("nothing of this order waits for a person at this sink; see pickup-bridge work list")
                    throw ExitCode.failure
                }
            }
        }
    }
}

/// `status`
struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says how many stations, and what is left to do."
    )

    @OptionGroup var options: BridgeOptions

    func run() async throws {
        try await options.withStore { store, _ in
            let stations = try await store.stations()
            let enrolled = stations.count { $0.status == .enrolled }
            print("stations\t\(stations.count)\tenrolled\t\(enrolled)")
            for (sink, count) in try await store.backlog().sorted(by: { $0.key < $1.key }) {
                print("sink \(sink)\t\(count) events to do")
            }
            let waiting = try await store.troubles().count(where: \.isException)
            if waiting > 0 { print("\(waiting) orders wait for a person: pickup-bridge work list") }
        }
    }
}

/// `expire-cursors`
struct ExpireCursors: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire-cursors",
        abstract: "Lets every station read a snapshot next: after a restore from a backup, before serving."
    )

    @OptionGroup var options: BridgeOptions

    func run() async throws {
        try await options.withStore { store, _ in try await store.expireCursors() }
    }
}
