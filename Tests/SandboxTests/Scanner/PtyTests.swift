import CStationShims
import DeviceIO
import Foundation
import Glibc
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(1))) struct PtyTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pty-\(UUID())")

    private func cleanUp() {
        try? FileManager.default.removeItem(at: folder)
    }

    private func read(
        _ count: Int,
        from port: borrowing SerialPort,
        within nanoseconds: Int64 = 5_000_000_000
    ) throws
        -> [UInt8]
    {
        let wake = try WakeSignal()
        var got: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        while got.count < count, port.wait(wake: wake, nanoseconds: nanoseconds) == .ready {
            guard case .bytes(let some) = port.read(into: buffer) else { break }
            got += buffer[..<some]
        }
        return got
    }

    /// A station that was killed must be able to come back, also without root's right to ignore TIOCEXCL.
    @Test func theExclusiveMarkGoesWithTheStation() throws {
        defer { cleanUp() }
        let scanner = try SandboxScanner(link: folder.appending(path: "scanner").path)
        let port = try SerialPort(path: scanner.path, baud: 9600)
        port.close()
        var isExclusive: Int32 = 1
        while isExclusive != 0 {
            let again = open(scanner.path, O_RDWR | O_NOCTTY)
            if again >= 0 {
                isExclusive = station_tty_is_exclusive(again)
                _ = close(again)
            }
            sched_yield()
        }
    }

    /// A real port forgets unread bytes with its last user. The next one gets all that is written after that.
    @Test func whatADeadStationLeftUnreadIsNotForTheNextOne() throws {
        defer { cleanUp() }
        let pty = try PtyPort(link: folder.appending(path: "tty").path)
        for round in UInt8(0)..<50 {
            let first = open(pty.path, O_RDWR | O_NOCTTY)
            #expect(first >= 0)
            pty.write([0xEE])
            _ = close(first)
            // Not a SerialPort: that flushes by itself.
            let next = open(pty.path, O_RDWR | O_NOCTTY)
            pty.write([round])
            var byte: UInt8 = 0xFF
            #expect(Glibc.read(next, &byte, 1) == 1)
            #expect(byte == round)
            _ = close(next)
        }
    }

    @Test func theLinkGoesWithThePlugAndComesBack() throws {
        defer { cleanUp() }
        let scanner = try SandboxScanner(link: folder.appending(path: "deep/er/scanner").path)
        #expect(FileManager.default.fileExists(atPath: scanner.path))
        scanner.unplug()
        scanner.unplug()
        #expect(!FileManager.default.fileExists(atPath: scanner.path))
        #expect(!scanner.isPlugged)
        #expect(scanner.scan("12345678") == nil)
        try scanner.replug()
        try scanner.replug()
        #expect(FileManager.default.fileExists(atPath: scanner.path))
    }

    @Test func theLinkIsRemovedAtTheEnd() throws {
        defer { cleanUp() }
        let path = folder.appending(path: "scanner").path
        do {
            let scanner = try SandboxScanner(link: path)
            #expect(scanner.isPlugged)
        }
        #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == nil)
    }

    @Test func aFolderThatCannotBeMadeIsNamed() {
        #expect(throws: PtyError.system(path: "/proc/none/tty", operation: "make a link", code: ENOENT)) {
            try SandboxScanner(link: "/proc/none/tty")
        }
    }

    private func bridge() throws -> PtyBridge {
        try PtyBridge(
            stationLink: folder.appending(path: "station").path,
            deviceLink: folder.appending(path: "device").path
        )
    }

    @Test func aPerfectCableCarriesBothWays() throws {
        defer { cleanUp() }
        let cable = try bridge()
        let station = try SerialPort(path: cable.stationPath, baud: 9600)
        let device = try SerialPort(path: cable.devicePath, baud: 9600)
        let sent = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        try station.write(sent, withinMilliseconds: 5000)
        #expect(try read(1000, from: device) == sent)
        try device.write(sent, withinMilliseconds: 5000)
        #expect(try read(1000, from: station) == sent)
        station.close()
        device.close()
        cable.stop()
    }

    @Test func aCutDirectionCarriesNothingAndTheOtherStillDoes() throws {
        defer { cleanUp() }
        let cable = try bridge()
        let station = try SerialPort(path: cable.stationPath, baud: 9600)
        let device = try SerialPort(path: cable.devicePath, baud: 9600)
        cable.set(toStation: SandboxLine(dropPerMille: 1000), toDevice: .perfect)
        try device.write([1, 2, 3], withinMilliseconds: 1000)
        try station.write([4], withinMilliseconds: 1000)
        #expect(try read(1, from: device) == [4])
        #expect(try read(1, from: station, within: 50_000_000).isEmpty)
        station.close()
        device.close()
    }

    @Test func aPulledCableHangsTheStationUp() throws {
        defer { cleanUp() }
        let cable = try bridge()
        let station = try SerialPort(path: cable.stationPath, baud: 9600)
        cable.unplug()
        #expect(station.wait(wake: try WakeSignal(), nanoseconds: 5_000_000_000) == .ready)
        station.close()
        try cable.replug()
        let again = try SerialPort(path: cable.stationPath, baud: 9600)
        let device = try SerialPort(path: cable.devicePath, baud: 9600)
        try device.write([7], withinMilliseconds: 1000)
        #expect(try read(1, from: again) == [7])
        again.close()
        device.close()
    }

    @Test func aPacedLineTakesTheTimeOfItsSpeed() throws {
        defer { cleanUp() }
        let cable = try bridge()
        let station = try SerialPort(path: cable.stationPath, baud: 9600)
        let device = try SerialPort(path: cable.devicePath, baud: 9600)
        cable.set(toStation: .perfect, toDevice: SandboxLine(baud: 9600))
        let began = BootTime.now()
        try station.write([UInt8](repeating: 0x55, count: 96), withinMilliseconds: 1000)
        #expect(try read(96, from: device).count == 96)
        #expect(BootTime.now().milliseconds(since: began) >= 99)
        station.close()
        device.close()
    }

    @Test func theSameSeedLosesTheSameBytes() {
        func carried(seed: UInt64) -> [UInt8] {
            var queue = LineQueue(seed: seed)
            let line = SandboxLine(dropPerMille: 100, corruptPerMille: 100, delayMs: 5)
            queue.push(
                (0..<1000).map { UInt8(truncatingIfNeeded: $0) },
                at: BootTime(nanoseconds: 0),
                over: line
            )
            #expect(queue.arrived(at: BootTime(nanoseconds: 4_999_999)).isEmpty)
            return queue.arrived(at: BootTime(nanoseconds: 5_000_000))
        }
        #expect(carried(seed: 3) == carried(seed: 3))
        #expect(carried(seed: 3) != carried(seed: 4))
        #expect((850...950).contains(carried(seed: 3).count))
    }

    @Test func whatNobodyTakesIsBounded() {
        var queue = LineQueue(seed: 1)
        queue.push(repeatElement(0, count: 1 << 20), at: BootTime(nanoseconds: 0), over: .perfect)
        #expect(queue.arrived(at: BootTime(nanoseconds: 0)).count == 1 << 16)
    }
}
