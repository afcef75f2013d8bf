import Testing

@testable import CodeScanner

@Suite struct ScanFramerTests {
    private func outcomes(
        of bytes: [UInt8],
        from framer: ScanFramer = ScanFramer(),
        silence: Bool = false
    ) -> [ScanFramer.Outcome] {
        var framer = framer
        var outcomes = bytes.compactMap { framer.take($0) }
        if silence, let last = framer.silence() { outcomes.append(last) }
        return outcomes
    }

    private func code(_ text: String, _ symbology: String? = nil) -> ScanFramer.Outcome {
        .code(text: text, symbology: symbology)
    }

    @Test(arguments: ["A1\r", "A1\n", "A1\r\n", "A1\n\r"])
    func anyLineEndIsOneEnd(line: String) {
        #expect(outcomes(of: Array(line.utf8)) == [code("A1")])
        #expect(outcomes(of: Array((line + line).utf8)) == [code("A1"), code("A1")])
    }

    @Test func aLineEndInTwoReadsIsOneEnd() {
        var framer = ScanFramer()
        #expect("A1\r".utf8.compactMap { framer.take($0) } == [code("A1")])
        #expect(!framer.isPending)
        #expect(framer.take(0x0A) == nil)
        #expect("B2\r".utf8.compactMap { framer.take($0) } == [code("B2")])
    }

    @Test func aSecondTerminatorOfTheSameKindIsAnEmptyCode() {
        #expect(outcomes(of: Array("A1\r\r".utf8)) == [code("A1"), .rejected(.empty)])
    }

    @Test func silenceEndsACodeAndNothingElse() {
        var framer = ScanFramer()
        #expect(framer.silence() == nil)
        _ = "A1".utf8.map { framer.take($0) }
        #expect(framer.isPending)
        #expect(framer.silence() == code("A1"))
        #expect(framer.silence() == nil)
    }

    @Test func theLongestCodeFitsAndOneByteMoreDoesNot() {
        let framer = ScanFramer(maxLength: 8)
        #expect(outcomes(of: Array("12345678\r".utf8), from: framer) == [code("12345678")])
        #expect(
            outcomes(of: Array("123456789\rA1\r".utf8), from: framer) == [.rejected(.tooLong), code("A1")]
        )
        #expect(outcomes(of: Array("123456789".utf8), from: framer, silence: true) == [.rejected(.tooLong)])
    }

    @Test func aMegabyteWithoutAnEndIsOneRejectionInLittleMemory() {
        var framer = ScanFramer()
        let held = framer.heldBytes
        var outcomes: [ScanFramer.Outcome] = []
        for _ in 0..<1_048_576 {
            if let outcome = framer.take(0x41) { outcomes.append(outcome) }
        }
        #expect(framer.heldBytes == held)
        #expect(held <= 1024)
        outcomes += "\rA1\r".utf8.compactMap { framer.take($0) }
        #expect(outcomes == [.rejected(.tooLong), code("A1")])
    }

    @Test(arguments: [
        [0x41, 0x00, 0x42], [0x00], [0xC3, 0x28], [0xFF, 0xFE], [0x41, 0x1D, 0x42], [0x7F], [0xC3, 0xA4],
    ])
    func bytesThatAreNotPrintableASCIIRejectTheWholeCode(bytes: [UInt8]) {
        #expect(
            outcomes(of: bytes + Array("\rA1\r".utf8)) == [.rejected(.notPrintable), code("A1")]
        )
    }

    @Test func startAndEndOfTextAreStrippedAtTheEdgesOnly() {
        #expect(outcomes(of: [0x02] + Array("A1".utf8) + [0x03, 0x0D]) == [code("A1")])
        #expect(outcomes(of: [0x02] + Array("A1".utf8) + [0x03], silence: true) == [code("A1")])
        #expect(outcomes(of: Array("A".utf8) + [0x03, 0x31, 0x0D]) == [.rejected(.notPrintable)])
        #expect(outcomes(of: [0x02, 0x03, 0x0D]) == [.rejected(.empty)])
    }

    @Test(arguments: [
        ("]Q1ABC", "ABC", "]Q1"), ("]C0]C0", "]C0", "]C0"), ("]e0", nil, nil), ("]1QABC", "]1QABC", nil),
        ("]Q", "]Q", nil),
    ])
    func oneAIMIdentifierIsStripped(line: String, text: String?, symbology: String?) {
        let expected: ScanFramer.Outcome = text.map { code($0, symbology) } ?? .rejected(.empty)
        #expect(outcomes(of: Array("\(line)\r".utf8)) == [expected])
    }

    @Test(arguments: ["PK-77", "]Q1PK-77", "PK-]Q177", "PK-X-77"])
    func theLongestPrefixIsStrippedOnceOnEitherSideOfTheIdentifier(line: String) {
        let framer = ScanFramer(prefixes: ["PK-", "PK-X-"])
        let symbology = line.contains("]Q1") ? "]Q1" : nil
        #expect(outcomes(of: Array("\(line)\r".utf8), from: framer) == [code("77", symbology)])
        #expect(outcomes(of: Array("PK-PK-77\r".utf8), from: framer) == [code("PK-77")])
    }

    @Test func onlyIssuedSymbologiesAreAcceptedWhenSomeAreNamed() {
        let framer = ScanFramer(acceptedSymbologies: ["]Q1", "]d2"])
        #expect(
            outcomes(of: Array("]Q1A\r]E0B\rC\r".utf8), from: framer)
                == [code("A", "]Q1"), .rejected(.symbologyNotAccepted), .rejected(.symbologyNotAccepted)]
        )
    }

    /// Whatever arrives in whatever pieces: the outcomes are the same, and every code is printable and short.
    @Test func noiseGivesOnlyPrintableShortCodes() {
        var state: UInt64 = 42
        var framer = ScanFramer(maxLength: 16, prefixes: ["P"])
        var codes = 0
        for _ in 0..<200_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Few different bytes, so that identifiers, prefixes and ends come together often.
            let byte: [UInt8] = [0x0D, 0x0A, 0x02, 0x03, 0x5D, 0x51, 0x31, 0x50, 0x20, 0x7E, 0x00, 0xC3]
            guard let outcome = framer.take(byte[Int(state >> 33) % byte.count]) else { continue }
            if case .code(let text, let symbology) = outcome {
                codes += 1
                let isClean = text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
                #expect(isClean && !text.isEmpty && text.utf8.count <= 16 && symbology?.count ?? 3 == 3)
            }
        }
        #expect(codes > 1000)
    }
}
