import CodeScanner
import DeviceIO
import Foundation
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1))) struct CodeScannerTests {
    @Test(arguments: ScanTerminator.allCases)
    func everyWayToEndACodeGivesOneScan(terminator: ScanTerminator) async throws {
        let bench = try ScannerBench()
        await bench.connect()
        for code in ["12345678", "87654321"] {
            bench.device.scan(code, terminator: terminator)
            #expect(await bench.nextText() == code)
        }
        await bench.scanner.stop()
        #expect(bench.scanner.counters.scans == 2)
        #expect(bench.scanner.counters.rejections == 0)
    }

    @Test func aCodeInSinglesBytesIsOneScan() async throws {
        // A long silence, so that a slow machine does not cut the code.
        let bench = try ScannerBench { $0.silenceMs = 5000 }
        await bench.connect()
        for byte in Array("]Q112345678\r\n".utf8) { bench.device.send([byte]) }
        guard case .scanned(let scan) = await bench.next() else {
            Issue.record("no scan")
            return
        }
        #expect(scan.text == "12345678")
        #expect(scan.symbology == "]Q1")
        await bench.scanner.stop()
    }

    @Test func theScanCarriesTheTimeOfItsTerminator() async throws {
        let bench = try ScannerBench()
        await bench.connect()
        let sent = try #require(bench.device.scan("12345678"))
        guard case .scanned(let scan) = await bench.next() else {
            Issue.record("no scan")
            return
        }
        #expect(scan.at >= sent)
        #expect(scan.at <= .now())
        await bench.scanner.stop()
    }

    @Test func theSameCodeIsHandedOnOnceAndTheRestIsTold() async throws {
        let bench = try ScannerBench { $0.duplicateWindowMs = 60_000 }
        await bench.connect()
        for _ in 0..<3 { bench.device.scan("12345678") }
        #expect(await bench.nextText() == "12345678")
        #expect(await bench.next() == .rejected(.duplicate))
        #expect(await bench.next() == .rejected(.duplicate))
        await bench.scanner.stop()
        #expect(bench.scanner.counters.duplicate == 2)
    }

    @Test func aShortWindowLetsTheSameCodePassAgain() async throws {
        let bench = try ScannerBench { $0.duplicateWindowMs = 0 }
        await bench.connect()
        for _ in 0..<2 {
            bench.device.scan("12345678")
            #expect(await bench.nextText() == "12345678")
        }
        await bench.scanner.stop()
    }

    @Test func noiseIsRejectedAndTheNextCodeIsRead() async throws {
        let bench = try ScannerBench()
        await bench.connect()
        bench.device.send([0x00, 0x41, 0x0D])
        bench.device.send([0xC3, 0x28, 0x0D])
        bench.device.scan("12345678")
        #expect(await bench.next() == .rejected(.notPrintable))
        #expect(await bench.next() == .rejected(.notPrintable))
        #expect(await bench.nextText() == "12345678")
        await bench.scanner.stop()
    }

    @Test func aMegabyteWithoutTerminatorIsOneRejectionAndTheNextCodeIsRead() async throws {
        // The silence must not end the code when the machine is busy.
        let bench = try ScannerBench { $0.silenceMs = 10_000 }
        await bench.connect()
        let device = bench.device
        await Task.detached { _ = device.send([UInt8](repeating: 0x41, count: 1 << 20)) }.value
        bench.device.send([0x0D])
        bench.device.scan("12345678")
        #expect(await bench.next() == .rejected(.tooLong))
        #expect(await bench.nextText() == "12345678")
        await bench.scanner.stop()
        #expect(bench.scanner.counters.bytes == (1 << 20) + 10)
        #expect(bench.scanner.counters.tooLong == 1)
    }

    @Test func aThousandScansAreBoundedAndAllCounted() async throws {
        let bench = try ScannerBench()
        await bench.connect()
        let device = bench.device
        let began = BootTime.now()
        await Task.detached {
            for number in 0..<1000 { device.scan("\(10_000_000 + number)") }
        }.value
        // Once the flood is over, a valid code passes within its second.
        var counted = bench.scanner.counters
        while counted.scans + counted.flood < 1000 {
            await Task.yield()
            counted = bench.scanner.counters
        }
        let seconds = BootTime.now().milliseconds(since: began) / 1000 + 1
        #expect(counted.scans >= 20)
        #expect(counted.scans <= 20 * seconds)
        #expect(counted.scans + counted.flood == 1000)
        #expect(counted.rejections == counted.flood)
        var told = 0
        var handedOn = 0
        while handedOn < counted.scans {
            switch await bench.next() {
            case .scanned: handedOn += 1
            case .rejected(.flood): told += 1
            default: Issue.record("another event")
            }
        }
        #expect(told <= seconds)
        await bench.scanner.stop()
    }

    @Test func binaryNoiseDoesNotStopTheScanner() async throws {
        let bench = try ScannerBench()
        await bench.connect()
        let device = bench.device
        await Task.detached {
            var state: UInt64 = 7
            let noise = (0..<100_000).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 40)
            }
            _ = device.send(noise + [0x0D])
        }.value
        device.scan("12345678")
        let found = await bench.next {
            if case .scanned(let scan) = $0 { scan.text == "12345678" } else { false }
        }
        #expect(found != nil)
        await bench.scanner.stop()
    }
}
