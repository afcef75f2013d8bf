import Testing

@testable import HQLink

@Suite struct RetryAfterTests {
    private let date = "Sun, 06 Nov 1994 08:49:37 GMT"

    @Test(
        arguments: [
            ("0", Duration.zero), ("120", .seconds(120)), ("99999999999999", .seconds(10_000_000)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", .seconds(60)), ("Sun, 06 Nov 1994 08:00:00 GMT", .zero),
        ]
    )
    func readsSecondsAndDates(header: String, wait: Duration) {
        #expect(RetryAfter.parse(header, serverDate: date) == wait)
    }

    @Test(arguments: [nil, "", "soon", "-5", "1.5", "06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT"])
    func whatItDoesNotUnderstandIsNoWish(header: String?) {
        #expect(RetryAfter.parse(header, serverDate: date) == nil)
    }

    @Test func aDateOfLongAgoIsNoWaitWithoutTheServersDate() {
        #expect(RetryAfter.parse(date, serverDate: nil) == .zero)
    }
}
