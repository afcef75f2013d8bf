/// A point in time on the wire, in milliseconds since 1970-01-01T00:00:00Z; its text form is RFC 3339.
///
/// Only the wire's form: whether the station trusts a time is decided elsewhere.
public struct WireTime: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
    public var milliseconds: Int64

    /// Wraps a count of milliseconds since 1970-01-01T00:00:00Z.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Reads RFC 3339 text, for example `2026-05-06T07:08:09.250+02:00`; nil if it is anything else.
    ///
    /// Digits after the third of a fraction are dropped. A leap second counts as the second after it.
    public init?(text: some StringProtocol) {
        self.init(bytes: Array(text.utf8)[...])
    }

    init?(bytes: ArraySlice<UInt8>) {
        var scan = TimeScanner(bytes: bytes)
        guard let year = scan.number(4), scan.take("-"),
            let month = scan.number(2), (1...12).contains(month), scan.take("-"),
            let day = scan.number(2), day >= 1, day <= Self.days(in: month, of: year),
            scan.take("T") || scan.take("t") || scan.take(" "),
            let hour = scan.number(2), hour <= 23, scan.take(":"),
            let minute = scan.number(2), minute <= 59, scan.take(":"),
            let second = scan.number(2), second <= 60,
            let fraction = scan.fraction(),
            let offsetMinutes = scan.offset(), scan.isAtEnd
        else { return nil }
        let seconds =
            Self.dayNumber(year: year, month: month, day: day) * 86_400 + hour * 3_600 + minute * 60 + second
            - offsetMinutes * 60
        milliseconds = seconds * 1_000 + fraction
    }

    /// RFC 3339 text in UTC, with milliseconds only if there are any.
    ///
    /// RFC 3339 has the years 0000 to 9999: a time outside them is written as their first or last moment.
    public var text: String {
        let milliseconds = min(max(milliseconds, Self.first), Self.last)
        let day = Self.floorDivide(milliseconds, 86_400_000)
        let inDay = milliseconds - day * 86_400_000
        let (year, month, dayOfMonth) = Self.civil(day)
        let clock = [inDay / 3_600_000, inDay / 60_000 % 60, inDay / 1_000 % 60]
        let date = "\(Self.pad(year, 4))-\(Self.pad(month, 2))-\(Self.pad(dayOfMonth, 2))"
        let time = clock.map { Self.pad($0, 2) }.joined(separator: ":")
        let fraction = inDay % 1_000
        return fraction == 0 ? "\(date)T\(time)Z" : "\(date)T\(time).\(Self.pad(fraction, 3))Z"
    }

    /// Orders by time.
    public static func < (left: WireTime, right: WireTime) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension WireTime: Codable {
    /// Decodes RFC 3339 text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = WireTime(text: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time")
        }
        self = time
    }

    /// Encodes as RFC 3339 text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

// MARK: Calendar arithmetic (Howard Hinnant, "chrono-compatible low-level date algorithms")

extension WireTime {
    /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z.
    private static let first: Int64 = -62_167_219_200_000
    private static let last: Int64 = 253_402_300_799_999

    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = floorDivide(shifted, 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ dayNumber: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = dayNumber + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: return 30
        case 2: return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: return 31
        }
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }

    private static func pad(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

private struct TimeScanner {
    var bytes: ArraySlice<UInt8>

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard bytes.first == UInt8(ascii: character) else { return false }
        bytes.removeFirst()
        return true
    }

    mutating func number(_ width: Int) -> Int64? {
        guard bytes.count >= width else { return nil }
        var value: Int64 = 0
        for byte in bytes.prefix(width) {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        bytes.removeFirst(width)
        return value
    }

    /// Milliseconds after an optional decimal point; nil if the point has no digits behind it.
    mutating func fraction() -> Int64? {
        guard take(".") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while let byte = bytes.first, byte >= 0x30, byte <= 0x39 {
            if count < 3 { value = value * 10 + Int64(byte - 0x30) }
            count += 1
            bytes.removeFirst()
        }
        guard count > 0 else { return nil }
        for _ in count..<max(count, 3) { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") {
            sign = 1
        } else if take("-") {
            sign = -1
        } else {
            return nil
        }
        guard let hours = number(2), hours <= 23, take(":"), let minutes = number(2), minutes <= 59 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }
}
