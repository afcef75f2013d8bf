import CodeScanner
import DeviceIO
import Foundation
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1))) struct HotPlugTests {
    @Test func anUnpluggedScannerIsReportedAndReadAgainWhenItIsBack() async throws {
        let bench = try ScannerBench()
        await bench.connect()
        for round in 1...3 {
            bench.device.unplug()
            guard case .disconnected(let reason) = await bench.next() else {
                Issue.record("not told that it is gone")
                return
            }
            #expect(reason.contains(bench.device.path))
            try bench.device.replug()
            _ = await bench.next { $0 == .connected }
            bench.device.scan("1234567\(round)")
            #expect(await bench.nextText() == "1234567\(round)")
        }
        await bench.scanner.stop()
        #expect(bench.scanner.counters.disconnects == 3)
        #expect(bench.scanner.counters.connects == 4)
    }

    @Test func halfACodeIsForgottenWhenThePlugIsPulled() async throws {
        let bench = try ScannerBench { $0.silenceMs = 60_000 }
        await bench.connect()
        bench.device.send(Array("1234".utf8))
        while bench.scanner.counters.bytes < 4 { await Task.yield() }
        bench.device.unplug()
        try bench.device.replug()
        _ = await bench.next { $0 == .connected }
        bench.device.scan("87654321")
        #expect(await bench.nextText() == "87654321")
        await bench.scanner.stop()
    }

    @Test func aScannerThatIsNotThereAtTheStartIsToldOnceAndFoundLater() async throws {
        let bench = try ScannerBench()
        bench.device.unplug()
        bench.scanner.start()
        guard case .disconnected(let reason) = await bench.next() else {
            Issue.record("not told that it is missing")
            return
        }
        #expect(reason.contains("Plug it in"))
        try bench.device.replug()
        #expect(await bench.next() == .connected)
        await bench.scanner.stop()
    }

    @Test func aFolderThatComesLaterIsFoundByTheRetry() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "later-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "by-id/scanner").path
        let (events, continuation) = AsyncStream.makeStream(of: ScannerEvent.self)
        let scanner = CodeScanner(
            configuration: ScannerConfiguration(path: path, baud: 9600),
            logger: .silent
        ) { continuation.yield($0) }
        scanner.start()
        var iterator = events.makeAsyncIterator()
        guard case .disconnected = await iterator.next() else {
            Issue.record("not told that it is missing")
            return
        }
        let device = try SandboxScanner(link: path)
        #expect(await iterator.next() == .connected)
        await scanner.stop()
        #expect(device.isPlugged)
    }

    @Test func aPortThatAnotherHoldsIsToldAndOpenedWhenItIsFree() async throws {
        let bench = try ScannerBench()
        let holder = try SerialPort(path: bench.device.path, baud: 9600)
        bench.scanner.start()
        guard case .disconnected(let reason) = await bench.next() else {
            Issue.record("not told that it is busy")
            return
        }
        #expect(reason.contains("another program"))
        holder.close()
        #expect(await bench.next() == .connected)
        await bench.scanner.stop()
    }

    @Test func stoppingClosesThePortAndEndsTheEvents() async throws {
        let bench = try ScannerBench()
        await bench.connect()
        await bench.scanner.stop()
        let port = try SerialPort(path: bench.device.path, baud: 9600)
        bench.device.scan("12345678")
        port.close()
        await bench.scanner.stop()
        bench.scanner.start()
        #expect(bench.scanner.counters.scans == 0)
        #expect(bench.scanner.counters.connects == 1)
    }
}
