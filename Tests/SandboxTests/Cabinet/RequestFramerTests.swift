import DeviceIO
import Testing

@testable import Sandbox

@Suite struct RequestFramerTests {
    private let flash: [UInt8] = [0x01, 0x05, 0x02, 0x00, 0x00, 0x07, 0x8D, 0xB0]
    private let many: [UInt8] = [0x01, 0x0F, 0x00, 0x00, 0x00, 0x08, 0x01, 0xFF, 0xBE, 0xD5]

    private func at(_ milliseconds: UInt64) -> BootTime {
        BootTime(nanoseconds: 0).advanced(byMilliseconds: milliseconds)
    }

    /// The vendor's own frames.
    @Test func theCRCIsTheVendors() {
        for frame in [flash, many] { #expect(modbusCRC(frame.dropLast(2)) == Array(frame.suffix(2))) }
    }

    @Test func aRequestIsCompleteWithItsLastByteAndKeepsTheTimeOfItsFirst() {
        var framer = RTURequestFramer()
        for (index, byte) in flash.enumerated() {
            let requests = framer.take([byte], at: at(UInt64(index)))
            #expect(requests.count == (index == 7 ? 1 : 0))
            if let request = requests.first {
                #expect(request.bytes == flash)
                #expect(request.arrival.firstByte == at(0))
                #expect(request.arrival.complete == at(7))
            }
        }
        #expect(framer.silenceDue == nil)
    }

    @Test func twoRequestsInOnePieceAreTwo() {
        var framer = RTURequestFramer()
        #expect(framer.take(flash + many, at: at(0)).map(\.bytes) == [flash, many])
    }

    @Test func aWrongCRCLosesEverythingUntilTheLineIsSilent() {
        var framer = RTURequestFramer()
        var wrong = flash
        wrong[7] ^= 1
        #expect(framer.take(wrong + flash, at: at(0)).isEmpty)
        #expect(framer.badFrames == 0)
        #expect(framer.take(flash, at: at(RTURequestFramer.silenceMs)).count == 1)
        #expect(framer.badFrames == 1)
    }

    @Test func halfARequestIsLostWithTheSilence() {
        var framer = RTURequestFramer()
        _ = framer.take(flash.prefix(5), at: at(0))
        #expect(framer.silenceDue == at(RTURequestFramer.silenceMs))
        #expect(framer.silence() == nil)
        #expect(framer.badFrames == 1)
        #expect(framer.take(flash, at: at(100)).count == 1)
    }

    @Test func anUnknownFunctionIsARequestOnceTheLineIsSilent() {
        var framer = RTURequestFramer()
        let body: [UInt8] = [0x01, 0x41, 0x12]
        let unknown = body + modbusCRC(body)
        #expect(framer.take(unknown, at: at(0)).isEmpty)
        #expect(framer.silence()?.bytes == unknown)
        #expect(framer.badFrames == 0)
    }

    @Test func noiseWithoutEndIsBounded() {
        var framer = RTURequestFramer()
        #expect(framer.take([UInt8](repeating: 0x41, count: 1 << 16), at: at(0)).isEmpty)
        #expect(framer.silence() == nil)
        #expect(framer.take(flash, at: at(100)).count == 1)
    }

    @Test func tcpRequestsMayComeInPiecesOrTogether() throws {
        let request: [UInt8] = [0, 7, 0, 0, 0, 6, 1, 5, 2, 0, 0, 7]
        var framer = TCPRequestFramer()
        #expect(try framer.take(request.prefix(9), at: at(0)).isEmpty)
        let both = try framer.take(request.suffix(3) + request, at: at(5))
        #expect(both.map(\.bytes) == [request, request])
        #expect(both.map(\.arrival.firstByte) == [at(0), at(5)])
    }

    @Test func rtuFramesOverTCPAreNoModbusTCP() {
        var framer = TCPRequestFramer()
        #expect(throws: TCPRequestFramer.NotModbusTCP.self) { try framer.take(flash, at: at(0)) }
    }
}
