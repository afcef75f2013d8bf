import ArgumentParser
import Glibc
import LockBus
import StationRuntime

/// One lock board.
struct Board: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sets up one lock board.",
        subcommands: [SetAddress.self]
    )
}

/// Gives a board another address.
struct SetAddress: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-address",
        abstract: "Gives the one board on a line another address, and reads it back.",
        discussion: """
            Connect this one board only. Every address is asked first: if more than one board answers, nothing is \
            written. pickupd must not use the line meanwhile. \(Exit.help)
            """
    )

    @Argument(help: "The line, such as /dev/serial/by-id/…")
    var path: String

    @Option(help: "The board's model, as `pickupctl bus scan` names it.")
    var profile: String

    @Option(help: "The new address, 1 to 247.")
    var to: UInt8

    @Option(help: "The line's speed.")
    var baud = 9600

    @Option(help: "The line's parity: none, even or odd.")
    var parity = BusParity.none

    @OptionGroup var profiles: ProfileOption

    func run() throws {
        let catalogue = try profiles.catalogue()
        guard let known = catalogue[profile] else {
            throw stop(
                "there is no profile \(profile); there are \(catalogue.names.joined(separator: ", "))",
                Exit.no
            )
        }
        let change = AddressChange(
            path: path,
            settings: LineSettings(baud: baud, parity: parity),
            profile: known,
            profiles: catalogue,
            target: to
        )
        let progress = ProgressLine()
        do {
            let before = try change.run { step in
                switch step {
                case .looking(let scan): progress.show(scan)
                case .found(let unit):
                    progress.clear()
                    print("One board answers, at address \(unit).")
                case .written: print("Written. Reading back …")
                }
            }
            print("The board's address is \(to) now; it was \(before). Write it on the board.")
        } catch {
            progress.clear()
            throw stop("\(error)", Exit.no)
        }
    }
}
