internal import Foundation
internal import LockBus
public import StationCore
internal import StrictYAML

/// When the store is open, in its own time zone: daylight saving is worked out here, the core gets moments.
public struct OpeningHours: Hashable, Sendable {
    /// Minutes after midnight, by the clock on the wall.
    public struct Span: Hashable, Sendable {
        /// It opens.
        public var opens: Int
        /// It closes; 1440: at midnight.
        public var closes: Int
    }

    /// The time zone's name, such as `Europe/Berlin`.
    public var timeZone: String
    /// The spans of each day of the week, Sunday first.
    public var days: [[Span]]
    /// Days on which the store stays closed, as `2026-12-25`.
    public var closedOn: Set<String>

    /// How many days ahead are worked out.
    public static let daysAhead = 120

    /// The spans from a day before this moment on.
    public func calendar(from moment: StationTime, days count: Int = OpeningHours.daysAhead)
        -> OpeningCalendar
    {
        guard let zone = TimeZone(identifier: timeZone) else { return OpeningCalendar(spans: []) }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let now = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1_000)
        var spans: [OpeningCalendar.Span] = []
        for offset in -1..<count {
            guard let day = calendar.date(byAdding: .day, value: offset, to: calendar.startOfDay(for: now))
            else { continue }
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: day)
            guard let weekday = parts.weekday, !closedOn.contains(Self.name(parts)) else { continue }
            for span in days[weekday - 1] {
                guard let opens = Self.moment(span.opens, parts, calendar),
                    let closes = Self.moment(span.closes, parts, calendar)
                else { continue }
                spans.append(OpeningCalendar.Span(opens: opens, closes: closes))
            }
        }
        return OpeningCalendar(spans: spans)
    }

    private static func name(_ parts: DateComponents) -> String {
        func pad(_ number: Int?, _ width: Int) -> String {
            let text = String(number ?? 0)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(pad(parts.year, 4))-\(pad(parts.month, 2))-\(pad(parts.day, 2))"
    }

    /// A time by the clock on the wall; one that daylight saving skips is the next one that there is.
    private static func moment(_ minutes: Int, _ day: DateComponents, _ calendar: Calendar) -> StationTime? {
        var parts = DateComponents()
        parts.year = day.year
        parts.month = day.month
        parts.day = day.day
        parts.hour = minutes / 60
        parts.minute = minutes % 60
        return calendar.date(from: parts).map {
            StationTime(milliseconds: Int64(($0.timeIntervalSince1970 * 1_000).rounded()))
        }
    }
}

/// Reads `openingHours:`.
struct OpeningHoursReader {
    let file: String

    private static let weekdays = [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ]

    func read(_ root: inout StrictMapping) throws -> OpeningHours? {
        guard var section = try root.optionalMapping("openingHours") else { return nil }
        let line = section.line
        let zone = try section.string("timeZone")
        guard TimeZone(identifier: zone) != nil else {
            throw ConfigurationError([
                "\(file):\(line): openingHours.timeZone: no time zone \(zone); give one such as Europe/Berlin"
            ])
        }
        var days: [[OpeningHours.Span]] = []
        for weekday in Self.weekdays {
            days.append(
                try section.strings(weekday).map { try span($0, "\(file):\(line): openingHours.\(weekday)") }
            )
        }
        let closed = try section.strings("closedOn")
        for day in closed where day.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) == nil {
            throw ConfigurationError([
                "\(file):\(line): openingHours.closedOn: \(day) is no day; give one such as 2026-12-25"
            ])
        }
        try section.finish()
        guard days.contains(where: { !$0.isEmpty }) else {
            throw ConfigurationError([
                "\(file):\(line): openingHours: the store is never open; give the hours of a weekday, "
                    + "such as monday: [\"08:00-20:00\"]"
            ])
        }
        return OpeningHours(timeZone: zone, days: days, closedOn: Set(closed))
    }

    private func span(_ text: String, _ place: String) throws -> OpeningHours.Span {
        guard let match = text.wholeMatch(of: /(\d{2}):(\d{2})-(\d{2}):(\d{2})/),
            let hour = Int(match.1), let minute = Int(match.2), let end = Int(match.3),
            let last = Int(match.4),
            hour < 24, minute < 60, last < 60, end < 24 || (end == 24 && last == 0),
            hour * 60 + minute < end * 60 + last
        else {
            throw ConfigurationError([
                "\(place): \(text) is no span of a day; give one such as 08:00-20:00, up to 24:00"
            ])
        }
        return OpeningHours.Span(opens: hour * 60 + minute, closes: end * 60 + last)
    }
}
