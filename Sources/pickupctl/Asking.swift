import ArgumentParser
import Foundation
import Glibc
import StationRuntime

/// Exit statuses, as `--help` states them (the numbers of sysexits.h).
enum Exit {
    /// The answer is no, or something was found.
    static let no: Int32 = 1
    /// pickupd, a port or a board does not answer.
    static let unavailable: Int32 = 69
    /// Not now: try again a little later.
    static let later: Int32 = 75
    /// This account may not.
    static let notAllowed: Int32 = 77

    static let help = """
        Exit status: 0 done, or yes; 1 no, or something was found; 64 wrong use; 69 pickupd, the port or the board \
        does not answer; 75 not now, try again later; 77 this account may not.
        """
}

/// Says what is wrong and what to do, and ends with this status.
func stop(_ text: String, _ status: Int32) -> ExitCode {
    try? FileHandle.standardError.write(contentsOf: Data("pickupctl: \(text)\n".utf8))
    return ExitCode(status)
}

/// Where the station listens.
struct SocketOption: ParsableArguments {
    @Option(help: "The station's admin socket.")
    var socket = "/run/pickupd/admin.sock"

    @Flag(help: "Print the answer as JSON.")
    var json = false

    /// Asks; what the station refuses is said, and ends the program.
    func ask(_ request: AdminRequest) throws -> AdminReply {
        let reply = try reach(request)
        if let error = reply.error {
            switch reply.trouble {
            case .notAllowed: throw stop(error, Exit.notAllowed)
            case .busy: throw stop(error, Exit.later)
            case .number, .refused, nil: throw stop(error, Exit.no)
            }
        }
        return reply
    }

    /// Asks; what the station refuses is in the reply.
    func reach(_ request: AdminRequest) throws -> AdminReply {
        do {
            return try AdminClient.ask(request, socket: socket)
        } catch {
            throw stop("\(error)", Exit.unavailable)
        }
    }

    func wall() throws -> AdminWall {
        guard let wall = try ask(AdminRequest(.wall)).wall else {
            throw stop(
                "no wall in the answer: pickupctl and pickupd must be of one version",
                Exit.unavailable
            )
        }
        return wall
    }

    /// Asks for something that needs a person at the wall: where the kiosk shows a number, it is typed here.
    func askWithNumber(_ request: AdminRequest, number: String? = nil) throws -> AdminReply {
        var request = request
        request.number = number
        let first = try ask(request)
        guard let seconds = first.numberShownForSeconds else { return first }
        print("The kiosk at the wall shows a number, for \(seconds) seconds.")
        guard isatty(STDIN_FILENO) == 1 else {
            throw stop("type it with --number, from a terminal at the wall", Exit.no)
        }
        while true {
            print("Type it, then ENTER: ", terminator: "")
            fflush(nil)
            guard let typed = readLine(), !typed.isEmpty else {
                throw stop("stopped; nothing was opened", Exit.no)
            }
            request.number = typed
            let reply = try reach(request)
            // A wrong number may be typed again while it is shown.
            if reply.trouble == .number, let error = reply.error, error.contains("tries left") {
                print(error)
                continue
            }
            if let error = reply.error { throw stop(error, Exit.no) }
            return reply
        }
    }
}

/// Prints a value as JSON.
func printJSON(_ value: some Encodable, isPretty: Bool = true) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
    fflush(nil)
}
