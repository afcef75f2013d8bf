internal import StationCore

/// The one-time numbers that the kiosk shows, so that only somebody who stands at the wall can use the
/// station's terminal to open a door.
///
/// A number is of 8 random digits, for one request, for a minute, for one use. Three wrong tries end it and
/// close the desk for a quarter of an hour: 288 guesses a day among 10^8 are 0.0003 % a day. It lives in memory
/// only: no event, journal or log carries it. An account that can read the kiosk's page on this machine can read
/// it there, as the screen does; what it keeps out is whoever has no more than the socket.
struct PresenceDesk: Sendable {
    /// What a number is for.
    enum Subject: Hashable, Sendable {
        /// One opening of this door.
        case open(CompartmentID)
        /// To begin to walk the wall.
        case commissioning
    }

    enum Verdict: Hashable, Sendable {
        case right
        case wrong(triesLeft: Int)
        /// It was never shown, was used, or has run out.
        case expired
        case closed(seconds: Int)
    }

    private struct Shown: Sendable {
        var number: String
        var subject: Subject
        var asker: StaffID
        var until: Instant
        var triesLeft: Int
    }

    static let digits = 8
    static let validMs = 60_000
    static let tries = 3
    static let closedMs = 900_000

    private var shown: Shown?
    private var closedUntil: Instant?

    /// Shows a new number, in the place of the one that was shown before; returns the seconds until then if the
    /// desk is closed, and shows nothing.
    mutating func show(
        for subject: Subject,
        to asker: StaffID,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Int? {
        if let seconds = secondsClosed(at: now) { return seconds }
        let number = (0..<Self.digits).map { _ in String(Int.random(in: 0...9, using: &generator)) }.joined()
        // A number that replaces one with fewer tries left gives no new tries.
        let triesLeft = shown.map { $0.triesLeft } ?? Self.tries
        shown = Shown(
            number: number,
            subject: subject,
            asker: asker,
            until: now.advanced(byMs: Self.validMs),
            triesLeft: triesLeft
        )
        return nil
    }

    /// Checks what was typed. A number that was right is used up.
    mutating func take(_ typed: String, for subject: Subject, from asker: StaffID, at now: Instant) -> Verdict
    {
        if let seconds = secondsClosed(at: now) { return .closed(seconds: seconds) }
        guard var open = shown, !open.number.isEmpty, open.until > now, open.subject == subject,
            open.asker == asker
        else { return .expired }
        let digits = typed.filter { !$0.isWhitespace }
        guard ConstantTime.isEqual(digits.utf8, open.number.utf8) else {
            open.triesLeft -= 1
            shown = open
            guard open.triesLeft > 0 else {
                shown = nil
                closedUntil = now.advanced(byMs: Self.closedMs)
                return .closed(seconds: Self.closedMs / 1000)
            }
            return .wrong(triesLeft: open.triesLeft)
        }
        shown = nil
        return .right
    }

    /// What the kiosk shows now.
    func onScreen(at now: Instant) -> ServiceNumber? {
        guard let shown, shown.until > now else { return nil }
        let half = shown.number.index(shown.number.startIndex, offsetBy: Self.digits / 2)
        let compartment: CompartmentID? =
            switch shown.subject {
            case .open(let id): id
            case .commissioning: nil
            }
        return ServiceNumber(
            number: "\(shown.number[..<half]) \(shown.number[half...])",
            compartment: compartment
        )
    }

    private func secondsClosed(at now: Instant) -> Int? {
        guard let closedUntil, closedUntil > now else { return nil }
        return closedUntil.ms(since: now) / 1000 + 1
    }
}
