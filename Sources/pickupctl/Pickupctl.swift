import ArgumentParser
import Foundation
import StationRuntime

/// Looks after a station.
@main
struct Pickupctl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickupctl",
        abstract: "Looks after a pickup station: how it is, its wall, its buses, its commissioning.",
        discussion: Exit.help,
        version: Version.number,
        subcommands: [
            Status.self, Outbox.self, Doors.self, Monitor.self, Walk.self, Open.self,
            Bus.self, Board.self, Enrol.self, HQ.self,
        ]
    )
}

/// Can it serve customers, and if not, why.
struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Can it serve customers, and if not, why. Exit status 0 if it can."
    )

    @OptionGroup var socket: SocketOption

    func run() throws {
        let reply = try socket.ask(AdminRequest(.status))
        guard let status = reply.status else { throw ExitCode.failure }
        if socket.json { try printJSON(reply) } else { show(status) }
        if !status.serves { throw ExitCode.failure }
    }

    private func show(_ status: AdminReply.Status) {
        print("\(status.station): \(status.serves ? "serves customers" : "CANNOT SERVE CUSTOMERS")")
        print(
            "  doors    \(status.doorsInService) of \(status.doors) in service, \(status.ordersInside) orders inside"
        )
        for reason in status.reasons { print("           \(reason)") }
        for finding in status.findings { print("  doctor   \(finding)") }
        print("  door map \(status.doorMap)")
        print("  scanner  \(status.scannerTrouble ?? "ok")")
        print("  orders   \(status.orders) known")
        for line in status.hq { print("  hq       \(line)") }
        print("  outbox   \(status.outboxWaiting) waiting")
        print("  disk     \(disk(status))")
        print("  clock    \(status.clock)")
        print("  version  \(status.version)")
    }

    private func disk(_ status: AdminReply.Status) -> String {
        let free = status.freeBytes.map { ", \(megabytes($0)) free" } ?? ""
        return "database \(megabytes(status.databaseBytes))\(free)"
    }

    private func megabytes(_ bytes: Int64) -> String { "\(bytes / 1_000_000) MB" }
}

/// What HQ has not acknowledged.
struct Outbox: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "What HQ has not acknowledged yet.")

    @OptionGroup var socket: SocketOption

    @Flag(help: "Put parked events back into the queue.")
    var retry = false

    func run() throws {
        let reply = try socket.ask(AdminRequest(retry ? .retryParked : .outbox))
        guard let outbox = reply.outbox else { throw ExitCode.failure }
        if socket.json { return try printJSON(reply) }
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
