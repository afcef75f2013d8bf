/// What a client asks of the guard: one packet, answered by one packet with the same number.
///
/// Packets are short lines of text over a `SOCK_SEQPACKET` socket: `7 pulse A/1 500 81234567890`.
public enum GuardRequest: Hashable, Sendable {
    /// Whether the guard's table has exactly these outputs (and perhaps more).
    case check([GuardedOutput])
    /// Switch an output on, for so long, but not after the moment.
    case pulse(OutputName, milliseconds: Int, notAfter: GuardTime)
    /// Switch outputs off.
    case off([OutputName])
    /// Read the level of outputs.
    case read([OutputName])
}

/// What the guard answers.
public enum GuardAnswer: Hashable, Sendable {
    /// Done; or, to `check`, yes.
    case ok
    /// The guard's table has another line for an output, or none.
    case differs(OutputName, mine: String)
    /// The output has been on since then.
    case on(since: GuardTime)
    /// Which outputs are on, in the order of the request.
    case levels([Bool])
    /// It was not done.
    case refused(GuardRefusal)
}

/// Why the guard did not do what it was asked. Every one is certain: the output was not switched on.
public enum GuardRefusal: Hashable, Sendable {
    /// The client's user may not use the guard.
    case notAllowed
    /// The request cannot be read; the guard hangs up.
    case malformed
    /// No such output in the table.
    case unknownOutput
    /// Longer than the table allows.
    case tooLong(maximumMs: Int)
    /// It is after the request's `notAfter`.
    case stale
    /// Another output of the supply is on, or the supply rests.
    case busy(retryAfterMs: Int)
    /// The coil must cool down.
    case resting(retryAfterMs: Int)
    /// The line cannot be used: a code of `station_gpio.h`.
    case line(code: Int32)
    /// The guard is ending.
    case ending
}

extension GuardRequest {
    /// The packet.
    public func text(number: UInt64) -> String {
        switch self {
        case .check(let outputs):
            ([String(number) + " check"] + outputs.map(\.description)).joined(separator: "\n")
        case .pulse(let name, let milliseconds, let notAfter):
            "\(number) pulse \(name) \(milliseconds) \(notAfter.nanoseconds)"
        case .off(let names):
            ([String(number), "off"] + names.map(\.rawValue)).joined(separator: " ")
        case .read(let names):
            ([String(number), "read"] + names.map(\.rawValue)).joined(separator: " ")
        }
    }

    /// Reads a packet; nil when it is none.
    public static func parse(_ text: String) -> (number: UInt64, request: GuardRequest)? {
        let (head, rest) = firstLine(text)
        let words = head.split(separator: " ").map(String.init)
        guard words.count >= 2, let number = UInt64(words[0]) else { return nil }
        let names = words.dropFirst(2).map { OutputName(rawValue: $0) }
        switch words[1] {
        case "check" where names.isEmpty:
            guard let table = try? GuardTable(text: rest) else { return nil }
            return (number, .check(table.outputs))
        case "pulse" where words.count == 5:
            guard let milliseconds = Int(words[3]), let notAfter = UInt64(words[4]) else { return nil }
            let limit = GuardTime(nanoseconds: notAfter)
            return (number, .pulse(names[0], milliseconds: milliseconds, notAfter: limit))
        case "off" where !names.isEmpty: return (number, .off(names))
        case "read" where !names.isEmpty: return (number, .read(names))
        default: return nil
        }
    }

    private static func firstLine(_ text: String) -> (head: Substring, rest: String) {
        guard let end = text.firstIndex(of: "\n") else { return (text[...], "") }
        return (text[..<end], String(text[text.index(after: end)...]))
    }
}

extension GuardAnswer {
    /// The packet.
    public func text(number: UInt64) -> String {
        switch self {
        case .ok: "\(number) ok"
        case .differs(let name, let mine): "\(number) differs \(name) \(mine)"
        case .on(let since): "\(number) on \(since.nanoseconds)"
        case .levels(let levels):
            ([String(number), "levels"] + levels.map { $0 ? "1" : "0" }).joined(separator: " ")
        case .refused(let refusal): "\(number) refused \(refusal.text)"
        }
    }

    /// Reads a packet; nil when it is none.
    public static func parse(_ text: String) -> (number: UInt64, answer: GuardAnswer)? {
        let words = text.split(separator: " ").map(String.init)
        guard words.count >= 2, let number = UInt64(words[0]) else { return nil }
        switch words[1] {
        case "ok" where words.count == 2: return (number, .ok)
        case "differs" where words.count >= 4:
            let mine = words.dropFirst(3).joined(separator: " ")
            return (number, .differs(OutputName(rawValue: words[2]), mine: mine))
        case "on" where words.count == 3:
            return UInt64(words[2]).map { (number, .on(since: GuardTime(nanoseconds: $0))) }
        case "levels":
            let levels = words.dropFirst(2)
            guard levels.allSatisfy({ $0 == "0" || $0 == "1" }) else { return nil }
            return (number, .levels(levels.map { $0 == "1" }))
        case "refused":
            return GuardRefusal.parse(words.dropFirst(2)).map { (number, .refused($0)) }
        default: return nil
        }
    }
}

extension GuardRefusal {
    var text: String {
        switch self {
        case .notAllowed: "not-allowed"
        case .malformed: "malformed"
        case .unknownOutput: "unknown-output"
        case .tooLong(let maximumMs): "too-long \(maximumMs)"
        case .stale: "stale"
        case .busy(let retryAfterMs): "busy \(retryAfterMs)"
        case .resting(let retryAfterMs): "resting \(retryAfterMs)"
        case .line(let code): "line \(code)"
        case .ending: "ending"
        }
    }

    static func parse(_ words: ArraySlice<String>) -> GuardRefusal? {
        let number = words.dropFirst().first.flatMap { Int($0) }
        return switch (words.first, number) {
        case ("not-allowed", nil): .notAllowed
        case ("malformed", nil): .malformed
        case ("unknown-output", nil): .unknownOutput
        case ("too-long", let number?): .tooLong(maximumMs: number)
        case ("stale", nil): .stale
        case ("busy", let number?): .busy(retryAfterMs: number)
        case ("resting", let number?): .resting(retryAfterMs: number)
        case ("line", let number?): Int32(exactly: number).map { .line(code: $0) }
        case ("ending", nil): .ending
        default: nil
        }
    }
}
