import ArgumentParser
import Foundation
import StationRuntime

/// Asks a running station.
@main
struct Pickupctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickupctl",
        abstract: "Looks after a running pickup station.",
        version: Version.number,
        subcommands: [Status.self, Outbox.self]
    )
}

/// Where the station listens.
struct SocketOption: ParsableArguments {
    @Option(help: "The station's admin socket.")
    var socket = "/run/pickupd/admin.sock"

    @Flag(help: "Print the answer as JSON.")
    var json = false

    func ask(_ command: AdminRequest.Command) throws -> AdminReply {
        let reply = try AdminClient.ask(AdminRequest(command), socket: socket)
        if let error = reply.error { throw ValidationError(error) }
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(reply), as: UTF8.self))
        }
        return reply
    }
}

/// Can it serve customers, and if not, why.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Can it serve customers, and if not, why. Exit status 0 if it can."
    )

    @OptionGroup var socket: SocketOption

    func run() throws {
        guard let status = try socket.ask(.status).status else { throw ExitCode.failure }
        if !socket.json { show(status) }
        if !status.serves { throw ExitCode.failure }
    }

    private func show(_ status: AdminReply.Status) {
        print("\(status.station): \(status.serves ? "serves customers" : "CANNOT SERVE CUSTOMERS")")
        print(
            "  doors    \(status.doorsInService) of \(status.doors) in service, \(status.ordersInside) orders inside"
        )
        for reason in status.reasons { print("           \(reason)") }
        for finding in status.findings { print("  doctor   \(finding)") }
        print("  scanner  \(status.scannerTrouble ?? "ok")")
        print("  orders   \(status.orders) known")
        for line in status.hq { print("  hq       \(line)") }
        print("  outbox   \(status.outboxWaiting) waiting")
        print("  clock    \(status.clock)")
        print("  version  \(status.version)")
    }
}

/// What HQ has not acknowledged.
struct Outbox: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What HQ has not acknowledged yet.")

    @OptionGroup var socket: SocketOption

    @Flag(help: "Put parked events back into the queue.")
    var retry = false

    func run() throws {
        guard let outbox = try socket.ask(retry ? .retryParked : .outbox).outbox else {
            throw ExitCode.failure
        }
        guard !socket.json else { return }
        print(
            "\(outbox.waiting) waiting, \(outbox.pendingAtHQ) delivered and not applied yet, \(outbox.parked) parked"
        )
        for item in outbox.items {
            let order = item.order.map { "order \($0)" } ?? "station"
            print("  \(item.sequence)  \(item.type)  \(order)\(item.problem.map { "  PARKED: \($0)" } ?? "")")
        }
        if outbox.parked > 0, !retry {
            print("HQ refused parked events; put right what it says, then: pickupctl outbox --retry")
        }
    }
}
