import ArgumentParser
import Foundation
import HQBridge
import StationAPI

/// `station …`
struct StationCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "station",
        abstract: "Stations and how they sign in.",
        subcommands: [
            Add.self, EnrolCode.self, Revoke.self, RotateKey.self, List.self, OpenDoor.self, Command.self,
            Results.self,
        ]
    )

    /// `station add ID`
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a station and prints its token once; without --token it waits for an enrolment."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station's id.") var id: BridgeStationID
        @Flag(help: "Make a bearer token and print it: it is kept as a hash only.") var token = false
        @Option(help: "The key that checks its events' signatures (whpk_… or whsec_…).") var eventKey: String?
        @Option(help: "SHA-256 of its client certificate, in hexadecimal.") var certificate: String?

        func run() async throws {
            if let eventKey, (try? WebhookVerificationKey(text: eventKey)) == nil {
                throw ValidationError("--event-key is neither a whpk_ nor a whsec_ key")
            }
            let digits = certificate?.lowercased().filter(\.isHexDigit)
            guard digits.map({ $0.count == 64 }) ?? true else {
                throw ValidationError("--certificate must have 64 hexadecimal digits")
            }
            let secret = token ? BridgeStore.makeToken() : nil
            try await options.withStore { store, configuration in
                let signIn = BridgeStore.SignIn(
                    token: secret,
                    certificateFingerprint: digits,
                    eventKey: eventKey
                )
                let isExpected = secret == nil && digits == nil
                try await store.add(id, signIn: isExpected ? nil : signIn)
                for document in configuration.keys.documents {
                    try await store.publish(key: document, at: id)
                }
                if let secret { print(secret) }
            }
        }
    }

    /// `station enrol-code ID`
    struct EnrolCode: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enrol-code",
            abstract:
                "Makes a one-time code with which a new box becomes this station; the old box is then replaced."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station's id.") var id: BridgeStationID
        @Option(help: "How long it is good, in hours.") var hours = 24

        func run() async throws {
            guard (1...720).contains(hours) else { throw ValidationError("--hours must be 1 to 720") }
            try await options.withStore { store, _ in
                print(try await store.makeEnrolmentCode(for: id, validSeconds: hours * 3600).display)
            }
        }
    }

    /// `station revoke ID`
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ends a station's access; its orders and events stay."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station's id.") var id: BridgeStationID

        func run() async throws {
            try await options.withStore { store, _ in try await store.revoke(id) }
        }
    }

    /// `station rotate-key ID`
    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-key",
            abstract: "Gives a station a new key for its pickup codes, by the feed."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station's id.") var id: BridgeStationID

        func run() async throws {
            try await options.withStore { store, _ in
                print(try await store.rotateStationKey(of: id).keyID)
            }
        }
    }

    /// `station list`
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the stations.")

        @OptionGroup var options: BridgeOptions

        func run() async throws {
            try await options.withStore { store, _ in
                for station in try await store.stations() {
                    let seen = try await store.state(of: station.id)?.receivedAt.text ?? "never seen"
                    let signed = station.eventKey == nil ? "unsigned" : "signed"
                    print(
                        [station.id.rawValue, station.status.rawValue, signed, seen].joined(separator: "\t")
                    )
                }
            }
        }
    }

    /// `station results ID`
    struct Results: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what became of the commands to a station, the newest first."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station's id.") var id: BridgeStationID

        func run() async throws {
            try await options.withStore { store, _ in
                for event in try await store.commandResults(of: id) {
                    let command = event.data?["commandId"]?.text ?? "-"
                    let reason = event.data?["reason"]?.text ?? ""
                    print([event.time.text, event.type, command, reason].joined(separator: "\t"))
                }
            }
        }
    }

    /// `station open-door ID COMPARTMENT NONCE`
    struct OpenDoor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "open-door",
            abstract:
                "Opens a door for the customer on the phone, who reads the number at the kiosk out and confirms there."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station's id.") var id: BridgeStationID
        @Argument(help: "The compartment.") var compartment: String
        @Argument(help: "The number that the kiosk shows.") var nonce: String

        func run() async throws {
            let command = CommandDocument(
                commandID: UUID().uuidString.lowercased(),
                kind: CommandKind.openDoor.rawValue,
                nonce: nonce,
                arguments: ["compartment": .text(compartment)]
            )
            try await send(command, to: id, options)
        }
    }

    /// `station command ID KIND [name=value …]`
    struct Command: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Sends a signed command; its result comes back as an event (command.executed, command.refused)."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station's id.") var id: BridgeStationID
        @Argument(
            help:
                "doorOutOfService, doorIntoService, expireOrder, extendOrder, reloadConfiguration or sendDiagnostics."
        )
        var kind: String
        @Argument(help: "Arguments as name=value.") var arguments: [String] = []

        func run() async throws {
            guard let kind = CommandKind(rawValue: kind), kind != .openDoor else {
                throw ValidationError("\(kind) is none of the commands; open-door opens a door")
            }
            var values: [String: PolicyValue] = [:]
            for argument in arguments {
                let parts = argument.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { throw ValidationError("\(argument) is not name=value") }
                values[String(parts[0])] = .text(String(parts[1]))
            }
            let command = CommandDocument(
                commandID: UUID().uuidString.lowercased(),
                kind: kind.rawValue,
                arguments: values
            )
            try await send(command, to: id, options)
        }
    }
}

/// Signs a command with the configured key and sends it.
private func send(_ command: CommandDocument, to id: BridgeStationID, _ options: BridgeOptions) async throws {
    try await options.withStore { store, configuration in
        guard let key = configuration.keys.signer(for: .command) else {
            throw ValidationError("no key of use `command` is configured; add one under keys")
        }
        try await store.send(command, signedBy: key, to: id)
        print(command.commandID)
    }
}
