import StationAPI
import Testing

@Suite struct Base64URLTests {
    @Test func whatIsEncodedDecodesToItself() {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 251) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        // RFC 4648 section 10, and the two characters of this alphabet.
        #expect(Base64URL.encode(Array("foobar".utf8)) == "Zm9vYmFy")
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64URL.decode("Zm8=") == Array("fo".utf8))
    }

    @Test(arguments: ["A", "Zm8===", "Zm9", "+/8", "Zm 8", "Zm=8", "Zé"])
    func refusesWhatIsNoOneSpelling(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }
}
