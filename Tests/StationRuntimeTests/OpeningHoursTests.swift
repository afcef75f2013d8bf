import Foundation
import LockBus
import StationCore
import StrictYAML
import Testing

@testable import StationRuntime

@Suite struct OpeningHoursTests {
    private func read(_ yaml: String) throws -> OpeningHours? {
        var root = try StrictMapping(yaml: yaml, name: "the configuration", file: "station.yaml")
        return try OpeningHoursReader(file: "station.yaml").read(&root)
    }

    private static let store = """
        openingHours:
          timeZone: Europe/Berlin
          monday: ["08:00-12:30", "14:00-20:00"]
          saturday: ["02:30-24:00"]
          sunday: ["01:00-04:00"]
          closedOn: ["2026-12-28"]
        """

    private func time(_ text: String) throws -> StationTime {
        let date = try #require(ISO8601DateFormatter().date(from: text))
        return StationTime(milliseconds: Int64(date.timeIntervalSince1970 * 1_000))
    }

    /// 2026-10-25, 03:00 summer time becomes 02:00; 2026-03-29, 02:00 becomes 03:00.
    @Test func theClockOnTheWallCountsOverBothEndsOfSummerTime() throws {
        let hours = try #require(try read(Self.store))
        let autumn = hours.calendar(from: try time("2026-10-24T10:00:00Z"), days: 4)
        let expected: [(String, String)] = [
            ("2026-10-24T00:30:00Z", "2026-10-24T22:00:00Z"),
            // 01:00 to 04:00, and four hours long.
            ("2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z"),
            ("2026-10-26T07:00:00Z", "2026-10-26T11:30:00Z"),
            ("2026-10-26T13:00:00Z", "2026-10-26T19:00:00Z"),
        ]
        #expect(
            try autumn.spans
                == expected.map { OpeningCalendar.Span(opens: try time($0.0), closes: try time($0.1)) }
        )
        let spring = hours.calendar(from: try time("2026-03-28T10:00:00Z"), days: 3)
        let sunday = OpeningCalendar.Span(
            opens: try time("2026-03-29T00:00:00Z"),
            closes: try time("2026-03-29T02:00:00Z")
        )
        #expect(spring.spans.contains(sunday), "01:00 to 04:00, and two hours long")
    }

    @Test func aDayOnWhichTheStoreStaysClosedHasNoHours() throws {
        let hours = try #require(try read(Self.store))
        let spans = hours.calendar(from: try time("2026-12-28T10:00:00Z"), days: 1).spans
        #expect(spans.allSatisfy { $0.closes < (try? time("2026-12-28T00:00:00Z")) ?? $0.opens })
        let end = hours.calendar(from: try time("2026-12-26T10:00:00Z"), days: 10)
            .closing(after: try time("2026-12-27T10:00:00Z"))
        #expect(end == (try time("2027-01-02T23:00:00Z")), "the Saturday after: Monday is no opening day")
    }

    @Test(
        arguments: [
            ("timeZone: Mars/Olympus\n  monday: [\"08:00-20:00\"]", "no time zone Mars/Olympus"),
            ("timeZone: UTC\n  monday: [\"8-20\"]", "8-20 is no span"),
            ("timeZone: UTC\n  monday: [\"20:00-08:00\"]", "20:00-08:00 is no span"),
            ("timeZone: UTC\n  monday: [\"08:00-24:01\"]", "08:00-24:01 is no span"),
            ("timeZone: UTC\n  closedOn: [\"25.12.\"]\n  monday: [\"08:00-20:00\"]", "25.12. is no day"),
            ("timeZone: UTC", "never open"),
        ]
    )
    func whatIsWrongIsSaid(section: String, words: String) {
        let error = #expect(throws: ConfigurationError.self) { try read("openingHours:\n  \(section)\n") }
        #expect(error?.description.contains(words) == true)
    }
}
