import Foundation
import StationCore
import Testing

@testable import StationStore

/// What the fast encoder writes must be what `JSONDecoder` reads: the wall's memory hangs on it.
@Suite struct FastJSONTests {
    private func decoded<Value: Codable>(_ value: Value) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(try FastJSON.bytes(value)))
    }

    private struct Everything: Codable, Equatable {
        struct Empty: Codable, Equatable {}
        enum Choice: Codable, Equatable {
            case plain
            case one(Int)
            case labelled(name: String, inner: Empty)
        }
        var text = ""
        var numbers: [Int64] = [0, 1, -1, .min, .max]
        var unsigned = UInt64.max
        var small: UInt8 = 255
        var flags = [true, false]
        var nothing: String?
        var nothings: [Int?] = [nil, 3, nil]
        var choices: [Choice] = [.plain, .one(7), .labelled(name: "a", inner: Empty())]
        var lists: [[String]] = [[], ["x"], ["y", "z"]]
        var table: [String: Int] = ["one": 1, "two": 2]
        var empty = Empty()
        var bytes = Data([0, 1, 2, 255])
    }

    @Test func everyShapeComesBackAsItWent() throws {
        let value = Everything()
        #expect(try decoded(value) == value)
    }

    @Test(arguments: [
        "", "plain", "\"quoted\" \\ back", "line\nbreak\ttab\u{0}\u{1f}\u{7f}", "Grüße 🔓 \u{2028}", "a/b",
    ])
    func everyTextComesBackAsItWent(text: String) throws {
        var value = Everything()
        value.text = text
        #expect(try decoded(value) == value)
        #expect(try decoded([text: 1]) == [text: 1])
    }

    @Test func aJournalLineComesBackAsItWent() throws {
        let order = OrderRecord(
            id: "O-1",
            version: 3,
            displayNumber: "7 \"seven\"",
            standing: .elsewhere(storeName: "Größe"),
            deliveryMode: .locker,
            notBefore: nil,
            expiresAt: StationTime(milliseconds: 1_700_000_000_000),
            isPaymentDue: true,
            parcels: [
                ParcelRecord(id: "P-1", size: .large, place: .inside("A-01")),
                ParcelRecord(id: "P-2", size: .small, place: .collected(at: StationTime(milliseconds: 5))),
            ]
        )
        let entry = JournalEntry(
            moment: Moment(instant: Instant(nanoseconds: 12_345), uniqueID: "x-1"),
            time: StationTime(milliseconds: 99),
            event: .codeShown(ShownCode(form: .scanned(bits: 100), pickup: order)),
            changes: [
                .contents("A-01", .empty), .orderStored(order), .alarm("A-02", nil),
                .service("A-03", .doorStuck), .session(nil),
            ],
            note: nil
        )
        #expect(try decoded(entry) == entry)
    }

    @Test func aFractionIsRefused() {
        #expect(throws: EncodingError.self) { try FastJSON.bytes(["x": 0.5]) }
    }
}
