import Foundation
import StationAPI
import Testing

@Suite struct KeyFeedTests {
    static let bytes = FeedSamples.digest

    @Test func readsKeysRevocationsAndStationKeys() throws {
        let page = try FeedSamples.read(
            FeedSamples.page([
                """
                {"change":"key","key":{"keyId":"g1","use":"grant","alg":"ed25519","publicKey":"\(Self.bytes)",
                "notAfter":"2027-01-01T00:00:00Z"}}
                """,
                "{\"change\":\"revoke\",\"keyId\":\"g0\"}", "{\"change\":\"revoke\",\"grantId\":\"G-1\"}",
                "{\"change\":\"stationKey\",\"stationKey\":{\"keyId\":\"s2\",\"key\":\"\(Self.bytes)\"}}",
            ])
        )
        let key = HQKeyDocument(
            keyID: "g1",
            use: .grant,
            publicKey: Array(repeating: 0, count: 32),
            notAfter: WireTime(text: "2027-01-01T00:00:00Z")
        )
        let secret = StationKeyDocument(keyID: "s2", key: Array(repeating: 0, count: 32))
        #expect(
            page.items == [
                .key(key), .revocation(.key("g0")), .revocation(.grant("G-1")), .stationKey(secret),
            ]
        )
        let written = try JSONEncoder().encode(page)
        #expect(try FeedPage(json: Array(written)).items == page.items)
    }

    @Test(
        arguments: [
            ("{\"change\":\"key\"}", MalformedReason.missing("key")),
            (
                "{\"change\":\"key\",\"key\":{\"keyId\":\"g\",\"use\":\"grant\",\"publicKey\":\"\(bytes)\"}}",
                .unknownValue("ed25519 as alg")
            ),
            (
                "{\"change\":\"key\",\"key\":{\"keyId\":\"g\",\"use\":\"all\",\"alg\":\"ed25519\"}}",
                .unknownValue("grant, command")
            ),
            (
                "{\"change\":\"key\",\"key\":{\"keyId\":\"g\",\"use\":\"grant\",\"alg\":\"ed25519\",\"publicKey\":\"AA\"}}",
                .badText("base64url of 32 bytes")
            ),
            (
                "{\"change\":\"key\",\"key\":{\"keyId\":\"12345678901234567\"}}",
                .badText("a key's id of at most 16 characters")
            ),
            ("{\"change\":\"revoke\"}", .missing("keyId or grantId")),
            (
                "{\"change\":\"revoke\",\"keyId\":\"a\",\"grantId\":\"b\"}",
                .unknownValue("either keyId or grantId, not both")
            ),
            ("{\"change\":\"stationKey\",\"stationKey\":{\"keyId\":\"a\"}}", .missing("key")),
        ]
    )
    func aBadKeyIsSetAside(json: String, reason: MalformedReason) throws {
        #expect(try FeedSamples.fault(json).reason == reason)
    }

    @Test func theExcerptOfABadStationKeyShowsNoSecret() throws {
        let json = "{\"change\":\"stationKey\",\"stationKey\":{\"keyId\":5,\"key\":\"\(Self.bytes)\"}}"
        #expect(!(try FeedSamples.fault(json).excerpt.contains("AAAA")))
    }

    @Test func readsACommandWithItsArgumentsAndWritesItBack() throws {
        let json = """
            {"change":"command","command":{"commandId":"c-1","kind":"openDoor","issuedAt":"2026-09-21T00:00:00Z",
            "maxAgeSeconds":60,"nonce":"481516","arguments":{"compartment":"A07"},"keyId":"c1","signature":"AAAA"}}
            """
        let item = try FeedSamples.item(json)
        let command = CommandDocument(
            commandID: "c-1",
            kind: "openDoor",
            issuedAt: WireTime(text: "2026-09-21T00:00:00Z"),
            maxAgeSeconds: 60,
            nonce: "481516",
            arguments: ["compartment": .text("A07")],
            keyID: "c1",
            signature: [0, 0, 0]
        )
        #expect(item == .command(command))
        let page = FeedPage(items: [item], nextCursor: "c")
        #expect(try FeedPage(json: Array(JSONEncoder().encode(page))).items == page.items)
        let nested = json.replacingOccurrences(of: "\"A07\"", with: "{\"x\":1}")
        #expect(
            try FeedSamples.fault(nested).reason
                == .wrongType(expected: "a whole number, true, false or a word")
        )
    }
}
