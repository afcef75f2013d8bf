import ArgumentParser
import Foundation
import Glibc
import StationRuntime

/// A picture of the wall.
struct Doors: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A picture of the wall: every door where it stands, and how it is.",
        discussion: Exit.help
    )

    @OptionGroup var socket: SocketOption

    func run() throws {
        let wall = try socket.wall()
        if socket.json { return try printJSON(wall) }
        let picture = WallPicture(wall: wall, width: Terminal.width, hasColour: Terminal.hasColour)
        print(picture.lines.joined(separator: "\n"))
    }
}

/// The same, live.
struct Monitor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The same, live: changes with the wall until q or Ctrl-C.",
        discussion:
            "Without a terminal it prints a line for each door that changes; with --json the whole wall. "
            + Exit.help
    )

    @OptionGroup var socket: SocketOption

    func run() throws {
        let first = try socket.wall()
        let feed = WallFeed(socket: socket.socket, from: first)
        defer { feed.stop() }
        if socket.json || !Terminal.isOutput { return try follow(feed, from: first) }
        let keyboard = Keyboard()
        Terminal.write("\u{1B}[?1049h\u{1B}[?25l")
        defer {
            Terminal.write("\u{1B}[?25h\u{1B}[?1049l")
            keyboard.release()
        }
        while true {
            draw(feed)
            switch keyboard.next(or: feed.wakeUp) {
            case .quit, .letter("q"): return
            case .enter, .letter, nil: feed.drain()
            }
        }
    }

    private func draw(_ feed: WallFeed) {
        guard let wall = feed.wall else { return }
        var lines = WallPicture(wall: wall, width: Terminal.width, hasColour: Terminal.hasColour).lines
        if feed.trouble != nil {
            lines.append("\npickupd does not answer at the moment; this is what it said last.")
        }
        lines.append("\nq or Ctrl-C ends this.")
        Terminal.write("\u{1B}[H\u{1B}[J" + lines.joined(separator: "\n").replacing("\n", with: "\r\n"))
    }

    /// For pipes and logs. Ctrl-C and SIGTERM are the ordinary end of it.
    private func follow(_ feed: WallFeed, from first: AdminWall) throws {
        for number in [SIGINT, SIGTERM] { signal(number) { _ in _exit(0) } }
        signal(SIGPIPE) { _ in _exit(0) }
        var before = first
        if socket.json { try printJSON(first, isPretty: false) }
        while true {
            var entry = pollfd(fd: feed.wakeUp, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, -1) > 0 else { continue }
            feed.drain()
            guard let wall = feed.wall else { continue }
            if socket.json {
                try printJSON(wall, isPretty: false)
            } else {
                for door in wall.doors {
                    guard let old = before.door(door.compartment), old.look != door.look else { continue }
                    print("\(door.compartment): \(old.look.words) -> \(door.look.words)")
                }
                fflush(nil)
            }
            before = wall
        }
    }
}
