import StationAPI
import Testing

@Suite struct WireTimeTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-05-06T07:08:09.250+02:00", 1_778_044_089_250),
            ("2024-02-29T23:59:60Z", 1_709_251_200_000), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-05-06t07:08:09.1234567z", 1_778_051_289_123),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ] as [(String, Int64)]
    )
    func readsRFC3339(text: String, milliseconds: Int64) {
        #expect(WireTime(text: text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            "", "2026-05-06", "2026-02-29T00:00:00Z", "2026-05-06T24:00:00Z", "2026-05-06T07:08:09",
            "2026-05-06T07:08:09.Z", "2026-5-6T07:08:09Z", "2026-05-06T07:08:09+0200",
            "2026-05-06T07:08:09Zx",
            "-026-05-06T07:08:09Z", "٢٠٢٦-05-06T07:08:09Z",
        ]
    )
    func refusesEverythingElse(text: String) {
        #expect(WireTime(text: text) == nil)
    }

    @Test func readsItsOwnTextOverTheWholeRange() {
        var milliseconds: Int64 = -62_167_219_200_000
        while milliseconds < 253_402_300_800_000 {
            #expect(WireTime(text: WireTime(milliseconds: milliseconds).text)?.milliseconds == milliseconds)
            milliseconds += 86_400_000 * 97 + 12_345_678
        }
    }

    @Test func aTimeOutsideTheCalendarBecomesItsEndAndNeverTraps() {
        #expect(WireTime(milliseconds: .min).text == "0000-01-01T00:00:00Z")
        #expect(WireTime(milliseconds: .max).text == "9999-12-31T23:59:59.999Z")
    }
}
