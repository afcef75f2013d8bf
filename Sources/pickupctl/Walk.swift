import ArgumentParser
import Foundation
import Glibc
import StationRuntime

/// Walks along the wall and opens every door once.
struct Walk: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Walks along the wall: opens each door, and seals in the door map what belongs together.",
        discussion: """
            pickupd serves no door that was not walked as it is wired now. Stand at the wall: for each door a person \
            says whether it, and no other, opened; its own sensor must have moved. Crossed wires are named. Stopped \
            in the middle, the next walk goes on where this one ended. It needs a terminal, for a person's word \
            cannot be piped in. \(Exit.help)
            """
    )

    @Flag(help: "Walk every door, also those that were walked before.")
    var all = false

    @Option(name: .customLong("only"), parsing: .upToNextOption, help: "Walk these doors only.")
    var only: [String] = []

    @OptionGroup var socket: SocketOption

    func validate() throws {
        if socket.json {
            throw ValidationError("walk asks a person and prints no JSON; see `pickupctl doors --json`")
        }
    }

    func run() throws {
        guard isatty(STDIN_FILENO) == 1 else {
            throw stop(
                "walk needs a terminal: a person says for each door that it was the right one",
                EX_USAGE
            )
        }
        let wall = try socket.wall()
        let doors = try self.doors(of: wall)
        guard !doors.isEmpty else {
            print("Every door was walked as it is wired now. Nothing to do; --all walks them again.")
            return
        }
        _ = try socket.askWithNumber(AdminRequest(.beginService))
        let walker = Walker(socket: socket, wall: try socket.wall(), count: doors.count)
        defer { walker.end() }
        for (index, door) in doors.enumerated() {
            if try walker.walk(door, number: index + 1) == .stop { break }
        }
        walker.end()
        if try !walker.sum(doors) { throw ExitCode(Exit.no) }
    }

    private func doors(of wall: AdminWall) throws -> [String] {
        for name in only where wall.door(name) == nil {
            throw stop("there is no door \(name); `pickupctl doors` shows them", Exit.no)
        }
        // As they stand, so that nobody runs to and fro; what no bank shows comes last.
        let standing = wall.banks.flatMap { $0.columns.joined() }
        let order = standing + wall.doors.map(\.compartment).filter { !standing.contains($0) }
        return order.filter { name in
            guard let door = wall.door(name) else { return false }
            return only.isEmpty ? all || !door.isWalked : only.contains(name)
        }
    }
}
