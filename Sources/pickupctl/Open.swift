import ArgumentParser
import Foundation
import Glibc
import StationRuntime

/// Opens one door.
struct Open: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Opens one door, for a technician who stands in front of it.",
        discussion: """
            Once the station serves, the kiosk shows a number, for a minute and for this one door; type it here. \
            Before that (nothing walked, nothing inside) --bench opens without one. Every opening is journalled. \
            \(Exit.help)
            """
    )

    @Argument(help: "The label on the door, such as A-03.")
    var compartment: String

    @Flag(help: "Before the station serves: without a number.")
    var bench = false

    @Option(help: "The number that the kiosk shows, where there is no terminal to type it on.")
    var number: String?

    @OptionGroup var socket: SocketOption

    func run() throws {
        if bench {
            _ = try socket.ask(AdminRequest(.beginService, isBench: true))
            defer { _ = try? socket.reach(AdminRequest(.endService)) }
            try follow(socket.ask(AdminRequest(.open, compartment: compartment)))
        } else {
            let request = AdminRequest(.openOnce, compartment: compartment)
            try follow(socket.askWithNumber(request, number: number))
        }
    }

    /// Says what becomes of it, until the door has opened or surely will not.
    private func follow(_ reply: AdminReply) throws {
        guard var wall = reply.wall else { throw stop("no answer to the opening", Exit.unavailable) }
        let end = Date(timeIntervalSinceNow: 60)
        while Date() < end {
            guard let service = wall.service, service.compartment == compartment else { break }
            switch service.stage {
            case .open:
                return try say("\(compartment) is open. Close it when you are done.", wall)
            case .awaitingWord:
                return try say("\(compartment) was pulsed. It has no sensor: look whether it opened.", wall)
            case .over:
                if service.outcome == "openedAndClosed" {
                    return try say("\(compartment) was opened and closed.", wall)
                }
                throw stop("\(compartment): \(Self.words(service.outcome))", Exit.no)
            case .ordered, .pulsed:
                let request = AdminRequest(.wall, after: wall.revision)
                if let next = try socket.ask(request).wall { wall = next }
            }
        }
        throw stop("\(compartment): nobody saw what became of it; see `pickupctl doors`", Exit.no)
    }

    private func say(_ text: String, _ wall: AdminWall) throws {
        if socket.json { try printJSON(wall) } else { print(text) }
    }

    static func words(_ outcome: String?) -> String {
        switch outcome {
        case "doorStayedShut": "it was pulsed and stayed shut: look at the latch and the lock's wire"
        case "pulseUnproven":
            "the board gave no proof of the pulse, and it stayed shut: see `pickupctl bus doctor`"
        case "boardDown": "its lock board does not answer: see `pickupctl bus doctor`"
        case "coilBudget": "its coil must rest: try again in a few seconds"
        case let other?: "it was not opened (\(other))"
        case nil: "nothing is known of it"
        }
    }
}
