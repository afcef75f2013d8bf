import Foundation
import Glibc
import StationRuntime

/// One walk along the wall, door after door. Single keys, for hands in gloves.
final class Walker {
    enum Next { case door, again, stop }

    private let socket: SocketOption
    private let feed: WallFeed
    private let count: Int
    private var keyboard = Keyboard()
    private var findings = WalkFindings()
    private var isEnded = false
    /// What the station said last: older walls of the feed are waited out.
    private var floor: UInt64 = 0

    init(socket: SocketOption, wall: AdminWall, count: Int) {
        self.socket = socket
        self.count = count
        feed = WallFeed(socket: socket.socket, from: wall)
    }

    /// Gives the wall and the terminal back.
    func end() {
        guard !isEnded else { return }
        isEnded = true
        feed.stop()
        keyboard.release()
        _ = try? socket.reach(AdminRequest(.endService))
    }

    /// Says how the walk went; true if every one of these doors is walked now.
    func sum(_ doors: [String]) throws -> Bool {
        let wall = try socket.wall()
        let left = doors.filter { wall.door($0)?.isWalked != true }
        say("")
        say("\(doors.count - left.count) of \(doors.count) doors walked. Door map: \(wall.doorMap)")
        for line in findings.lines { say("  ! \(line)") }
        if !left.isEmpty { say("Not walked, so not served: \(left.joined(separator: " "))") }
        return left.isEmpty && findings.lines.isEmpty
    }

    // MARK: One door

    func walk(_ door: String, number: Int) throws -> Next {
        while true {
            switch try once(door, number: number) {
            case .again: continue
            case .door: return .door
            case .stop: return .stop
            }
        }
    }

    private func once(_ door: String, number: Int) throws -> Next {
        let known = try wall().door(door)
        say("")
        say(
            bold("  DOOR \(door)") + "   \(number) of \(count)   lock \(known?.lock ?? "?"), "
                + (known?.sensor.map { "sensor \($0)" } ?? "no sensor")
        )
        if known?.isOccupied == true {
            say("  An order is inside. Staff look at it at the kiosk afterwards.")
        }
        if known?.hasSensor == true, try wall().door(door)?.reads == "open" {
            say(
                "  Its sensor says OPEN. Close it. Is it closed? Then its sensor is cut, crossed, or `openIs` is wrong."
            )
            say("  Waiting for it to close.   s skips it   q stops")
            if let next = try wait(until: { $0.door(door)?.reads == "closed" }) { return next }
        }
        say("  ENTER opens it   s skips it   q stops")
        switch key([.enter, .letter("s")]) {
        case .letter("s"): return .door
        case .quit: return .stop
        default: break
        }
        guard try open(door) else { return afterTrouble() }
        return try follow(door)
    }

    /// Orders the opening; false if the station would not.
    private func open(_ door: String) throws -> Bool {
        while true {
            let reply = try socket.reach(AdminRequest(.open, compartment: door))
            guard let error = reply.error else {
                floor = reply.wall?.revision ?? floor
                return true
            }
            let rests = try wall().door(door)?.restsMs ?? 0
            guard reply.trouble == .busy, rests > 0 else {
                say("  \(error)")
                return false
            }
            Thread.sleep(forTimeInterval: Double(min(rests, 5_000) + 20) / 1000)
        }
    }

    /// Waits for a sensor, or for the time to be over, and asks the person.
    private func follow(_ door: String) throws -> Next {
        while true {
            guard let service = try wall().service, service.compartment == door else {
                say("  The session at the wall has ended: run walk again, it goes on here.")
                return .stop
            }
            let others = service.moved.filter { $0 != door }
            if !others.isEmpty { return try askWhich(door, service.moved) }
            switch service.stage {
            case .open: return try askMoved(door)
            case .awaitingWord: return try askUnsensed(door)
            case .over: return service.moved == [door] ? try askMoved(door) : try ended(door, service.outcome)
            case .ordered, .pulsed: _ = waitForNews()
            }
        }
    }

    private func askMoved(_ door: String) throws -> Next {
        say("  Its sensor moved. Did door \(bold(door)) open, and no other?   y yes   n no")
        switch key([.letter("y"), .letter("n")]) {
        case .letter("y"): break
        case .quit: return .stop
        default:
            let opened = askLabel()
            findings.note(WalkFindings.Seen(commanded: door, moved: [door], opened: opened))
            return try afterFinding(door)
        }
        if try wall().service?.stage != .over {
            say("  Close it.   q stops")
            if let next = try wait(until: { $0.service?.stage == .over }) { return next }
        }
        return try seal(door)
    }

    private func askUnsensed(_ door: String) throws -> Next {
        say("  It was pulsed, and has no sensor. Did door \(bold(door)) open, and no other?   y yes   n no")
        switch key([.letter("y"), .letter("n")]) {
        case .letter("y"): return try seal(door)
        case .quit: return .stop
        default:
            findings.note(WalkFindings.Seen(commanded: door, moved: [], opened: askLabel()))
            return try afterFinding(door)
        }
    }

    /// Another sensor moved than the one that should have.
    private func askWhich(_ door: String, _ moved: [String]) throws -> Next {
        let others = moved.filter { $0 != door }
        say("  CROSSED: \(door) was pulsed, and the sensor of \(others.joined(separator: ", ")) moved.")
        let choices = [door] + others
        let list = choices.enumerated().map { "\($0.offset + 1) \($0.element)" }.joined(separator: "   ")
        say("  Which door do you see open?   \(list)   n none of them")
        let keys = choices.indices.prefix(9).map { Keyboard.Key.letter(Character("\($0 + 1)")) }
        let pressed = key(keys + [.letter("n")])
        if pressed == .quit { return .stop }
        let opened = zip(keys, choices).first { $0.0 == pressed }?.1
        findings.note(WalkFindings.Seen(commanded: door, moved: moved, opened: opened))
        return try afterFinding(door)
    }

    /// No sensor moved.
    private func ended(_ door: String, _ outcome: String?) throws -> Next {
        guard outcome == "doorStayedShut" || outcome == "pulseUnproven" else {
            say("  \(door): \(Open.words(outcome))")
            return afterTrouble()
        }
        say("  \(door) was pulsed, and no sensor moved. Did a door open?")
        say("  1 yes, \(door)   2 yes, another   n none")
        switch key([.letter("1"), .letter("2"), .letter("n")]) {
        case .letter("1"): findings.note(WalkFindings.Seen(commanded: door, moved: [], opened: door))
        case .letter("2"): findings.note(WalkFindings.Seen(commanded: door, moved: [], opened: askLabel()))
        case .quit: return .stop
        default: findings.note(WalkFindings.Seen(commanded: door, moved: [], opened: nil))
        }
        return try afterFinding(door)
    }

    private func seal(_ door: String) throws -> Next {
        let reply = try socket.reach(AdminRequest(.walked, compartment: door))
        if let error = reply.error {
            say("  Not sealed: \(error).")
            return afterTrouble()
        }
        floor = reply.wall?.revision ?? floor
        findings.clear(door)
        say("  \(door) is walked and sealed.")
        return .door
    }

    // MARK: After trouble

    private func afterFinding(_ door: String) throws -> Next {
        if let line = findings.lines.first(where: { $0.contains(door) }) { say("  ! \(line)") }
        let isOver: (AdminWall) -> Bool = { wall in
            let moved = wall.service?.moved ?? []
            return wall.service?.stage == .over && moved.allSatisfy { wall.door($0)?.reads == "closed" }
        }
        if try !isOver(wall()) {
            say("  Close every door.   s goes on without   q stops")
            if let next = try wait(until: isOver), next == .stop { return .stop }
        }
        return afterTrouble()
    }

    private func afterTrouble() -> Next {
        say("  ENTER goes on to the next door   r tries this one again   q stops")
        switch key([.enter, .letter("r")]) {
        case .letter("r"): return .again
        case .quit: return .stop
        default: return .door
        }
    }

    /// The label of the door that opened, if the person can read it.
    private func askLabel() -> String? {
        keyboard.release()
        defer { keyboard = Keyboard() }
        Terminal.write("  Which one did? Type its label, then ENTER (nothing: none, or unknown): ")
        guard let typed = readLine()?.trimmingCharacters(in: .whitespaces).uppercased(), !typed.isEmpty
        else { return nil }
        return feed.wall?.doors.first { $0.compartment.uppercased() == typed }?.compartment
    }

    // MARK: Waiting

    /// The newest wall.
    private func wall() throws -> AdminWall {
        for _ in 0..<100 {
            if let trouble = feed.trouble {
                throw pickupctl.stop(trouble + ". Run walk again: it goes on here", Exit.unavailable)
            }
            if let wall = feed.wall, wall.revision >= floor { return wall }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw pickupctl.stop("pickupd does not say how the wall is. Run walk again", Exit.unavailable)
    }

    /// Waits for news of the wall; what is pressed meanwhile is passed on.
    private func waitForNews() -> Keyboard.Key? {
        let pressed = keyboard.next(or: feed.wakeUp, withinMs: 5_000)
        feed.drain()
        return pressed
    }

    /// Waits until the wall is so; else what the person wants instead.
    private func wait(until isSo: (AdminWall) -> Bool) throws -> Next? {
        while try !isSo(wall()) {
            switch waitForNews() {
            case .letter("s"): return .door
            case .letter("q"), .quit: return .stop
            case .enter, .letter, nil: continue
            }
        }
        return nil
    }

    /// One of these keys, or q.
    private func key(_ keys: [Keyboard.Key]) -> Keyboard.Key {
        while true {
            guard let pressed = keyboard.next() else { continue }
            if pressed == .quit || pressed == .letter("q") { return .quit }
            if keys.contains(pressed) { return pressed }
        }
    }

    private func say(_ text: String) { Terminal.write(text + "\n") }

    private func bold(_ text: String) -> String { WallPicture.paint(text, 1, Terminal.hasColour) }
}
