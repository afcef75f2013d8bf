import ArgumentParser
import Foundation
import HQCheck
import StationAPI

/// HQ, seen from outside the station.
struct HQ: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hq",
        abstract: "HQ's side of the Station API.",
        subcommands: [HQCheckCommand.self]
    )
}

/// Plays a station against an HQ.
struct HQCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Play a station against an HQ and print what passes. Exit status 0 if nothing fails.",
        discussion: """
            Give the base URL, or one URL per operation (Azure Logic Apps), or both: the single URL wins. What HQ owns is \
            only read. The state of the station that is named is overwritten and some starts of it are reported (their ids \
            begin with hq-check), so name one that serves nobody, or give --read-only.
            """
    )

    @Option(help: "HQ's base URL; its operations are {url}/stations/{station}/orders, …/events, …/state.")
    var url: String?

    @Option(help: "The URL of the feed, sent as it is written.")
    var ordersURL: String?

    @Option(help: "The URL of the events, sent as it is written.")
    var eventsURL: String?

    @Option(help: "The URL of the state, sent as it is written.")
    var stateURL: String?

    @Option(help: "The station to play. It must be one of HQ's, and serve nobody.")
    var station: String

    @Option(help: "A file with the bearer token.")
    var tokenFile: String?

    @Option(help: "A file with the key that events and states are signed with (whsec_… or whsk_…).")
    var signingKeyFile: String?

    @Option(help: "A PEM file with the certificates to trust instead of the system's.")
    var caFile: String?

    @Flag(help: "Ask for the feed by POST only, as Logic Apps want it.")
    var postFeed = false

    @Flag(help: "Send nothing that HQ keeps.")
    var readOnly = false

    @Option(help: "Seconds until an answer must be there.")
    var timeout = 30

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let report = try await HQCheck(target(), options: options()).run()
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(report.table)
        }
        if !report.passes { throw ExitCode.failure }
    }

    private func target() throws -> HQTarget {
        do {
            var target = try HQTarget(
                station: station,
                base: url,
                orders: ordersURL,
                events: eventsURL,
                state: stateURL
            )
            target.isFeedPosted = postFeed
            target.caFile = caFile
            target.token = try tokenFile.map { try text(of: $0) }
            target.signingKey = try signingKeyFile.map { try WebhookSigningKey(text: try text(of: $0)) }
            return target
        } catch let mistake as HQTarget.Mistake {
            throw ValidationError(mistake.description)
        }
    }

    private func text(of path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func options() throws -> HQCheck.Options {
        guard (1...300).contains(timeout) else { throw ValidationError("--timeout: 1 to 300 seconds") }
        var options = HQCheck.Options()
        options.timeout = .seconds(timeout)
        return options
    }
}
