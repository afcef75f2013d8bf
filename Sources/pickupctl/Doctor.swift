import ArgumentParser
import StationRuntime

/// What happened on the wires.
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "What went wrong on the lines of the lock boards, what it is consistent with, what to check.",
        discussion: """
            Counts are since pickupd started; what they are consistent with goes by the last ten minutes. Exit status \
            1 if a board does not answer or something was found. \(Exit.help)
            """
    )

    @OptionGroup var socket: SocketOption

    /// In the order in which they are read: what was asked, then what came wrong.
    private static let columns = [
        ("requests", "asked"), ("answers", "good"), ("timeouts", "silent"), ("crcErrors", "bad sum"),
        ("shortFrames", "cut short"),
        ("wrongSlave", "wrong unit"), ("wrongEchoes", "wrong echo"), ("lateReplies", "late"),
        ("exceptions", "refused"), ("reconnects", "came back"),
        ("leadingGarbage", "stray bytes"), ("headsLost", "first byte lost"), ("ownEchoes", "own echo"),
        ("secondReplies", "second answer"), ("wrongMode", "another protocol"),
    ]

    func run() throws {
        let reply = try socket.ask(AdminRequest(.boards))
        let (boards, findings) = (reply.boards ?? [], reply.findings ?? [])
        if socket.json {
            try printJSON(reply)
        } else {
            show(boards)
            for finding in findings { print("! \(finding)") }
            if findings.isEmpty { print("Nothing that the counts point to.") }
        }
        if !findings.isEmpty || boards.contains(where: { !$0.isUp }) { throw ExitCode(Exit.no) }
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
