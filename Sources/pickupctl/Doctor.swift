import ArgumentParser
import StationRuntime

/// What happened on the wires.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What went wrong on the wires of each lock board since pickupd started.",
        discussion: "Exit status 1 if a board does not answer. \(Exit.help)"
    )

    @OptionGroup var socket: SocketOption

    /// In the order in which they are read: what was asked, then what came wrong.
    private static let columns = [
        ("requests", "asked"), ("timeouts", "silent"), ("crcErrors", "bad sum"), ("shortFrames", "cut short"),
        ("wrongSlave", "wrong unit"), ("wrongEchoes", "wrong echo"), ("lateReplies", "late"),
        ("exceptions", "refused"), ("reconnects", "came back"),
    ]

    func run() throws {
        let boards = try socket.ask(AdminRequest(.boards)).boards ?? []
        if socket.json { try printJSON(boards) } else { show(boards) }
        if boards.contains(where: { !$0.isUp }) { throw ExitCode(Exit.no) }
    }

    private func show(_ boards: [AdminBoard]) {
        for board in boards {
            print(
                "\(board.bus)/\(board.board): \(board.isUp ? "answers" : "DOWN: \(board.reason ?? "no answer")")"
            )
            let counts = Self.columns.compactMap { name, words -> String? in
                guard let count = board.counters[name], count > 0 else { return nil }
                return "\(words) \(count)"
            }
            print("  \(counts.isEmpty ? "nothing asked yet" : counts.joined(separator: ", "))")
        }
    }
}
