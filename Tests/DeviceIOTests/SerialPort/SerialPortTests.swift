import CStationShims
import DeviceIO
import Foundation
import Glibc
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1))) struct SerialPortTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "port-\(UUID())")

    private func withPty(_ body: (PtyPort) throws -> Void) throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(try PtyPort(link: folder.appending(path: "tty").path))
    }

    /// The error of an attempt to open, or nil if it opened.
    private func failure(path: String, baud: Int = 9600) -> SerialPortError? {
        do throws(SerialPortError) {
            let port = try SerialPort(path: path, baud: baud)
            port.close()
            return nil
        } catch {
            return error
        }
    }

    @Test func aSecondOpenerIsRefusedWithWordsAndTheFirstReadsOn() throws {
        try withPty { pty in
            let first = try SerialPort(path: pty.path, baud: 9600)
            #expect(failure(path: pty.path) == .busy(path: pty.path))
            #expect("\(try #require(failure(path: pty.path)))".contains(pty.path))
            pty.write(Array("A1".utf8))
            #expect(first.wait(wake: try WakeSignal(), nanoseconds: 5_000_000_000) == .ready)
            first.close()
            #expect(failure(path: pty.path) == nil)
        }
    }

    @Test func thePortIsMarkedExclusiveForOthers() throws {
        try withPty { pty in
            let port = try SerialPort(path: pty.path, baud: 115_200)
            // Only root gets this far; others get EBUSY from the kernel.
            let stranger = open(pty.path, O_RDWR | O_NOCTTY)
            if stranger >= 0 {
                #expect(station_tty_is_exclusive(stranger) == 1)
                _ = close(stranger)
            } else {
                #expect(errno == EBUSY)
            }
            port.close()
        }
    }

    /// A pty has no parity bit and says so; a real port that kept other settings would do the same.
    @Test func settingsThatTheDriverDoesNotKeepAreRefused() throws {
        try withPty { pty in
            for parity in [SerialParity.even, .odd] {
                let error = #expect(throws: SerialPortError.self) {
                    let port = try SerialPort(path: pty.path, baud: 9600, parity: parity)
                    port.close()
                }
                #expect(error == .settingsRefused(path: pty.path, baud: 9600))
            }
            let port = try SerialPort(path: pty.path, baud: 9600, parity: .none, stopBits: 2)
            port.close()
            #expect(throws: SerialPortError.self) {
                let port = try SerialPort(path: pty.path, baud: 9600, parity: .none, stopBits: 3)
                port.close()
            }
        }
    }

    @Test func everyByteArrivesAsItWasSent() throws {
        try withPty { pty in
            let port = try SerialPort(path: pty.path, baud: 9600)
            let wake = try WakeSignal()
            let sent = (0...255).map { UInt8($0) }
            pty.write(sent)
            var got: [UInt8] = []
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
            defer { buffer.deallocate() }
            while got.count < sent.count, port.wait(wake: wake, nanoseconds: 5_000_000_000) == .ready {
                guard case .bytes(let count) = port.read(into: buffer) else { break }
                got += buffer[..<count]
            }
            #expect(got == sent)
            #expect(port.read(into: buffer) == .nothing)
            port.close()
        }
    }

    @Test func whatWasSentBeforeOpeningIsThrownAway() throws {
        try withPty { pty in
            pty.write(Array("old\r".utf8))
            let port = try SerialPort(path: pty.path, baud: 9600)
            #expect(port.wait(wake: try WakeSignal(), nanoseconds: 20_000_000) == .timedOut)
            port.close()
        }
    }

    @Test func anUnpluggedPortIsGone() throws {
        try withPty { pty in
            let port = try SerialPort(path: pty.path, baud: 9600)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64, alignment: 1)
            defer { buffer.deallocate() }
            pty.unplug()
            #expect(port.wait(wake: try WakeSignal(), nanoseconds: 5_000_000_000) == .ready)
            #expect(port.read(into: buffer) == .gone)
            #expect(throws: SerialPortError.gone(path: pty.path)) {
                try port.write([0x41], withinMilliseconds: 1000)
            }
            #expect(failure(path: pty.path) == .missing(path: pty.path))
            port.close()
        }
    }

    @Test func aRaisedSignalEndsTheWait() throws {
        try withPty { pty in
            let port = try SerialPort(path: pty.path, baud: 9600)
            let wake = try WakeSignal()
            let thread = try NamedThread(name: "waker") { wake.raise() }
            #expect(port.wait(wake: wake, nanoseconds: -1) == .woken)
            thread.waitUntilEnded()
            wake.drain()
            #expect(port.wait(wake: wake, nanoseconds: 0) == .timedOut)
            port.close()
        }
    }

    @Test(arguments: [0, -9600, 9601, 12_345, 1 << 40])
    func anUnknownSpeedIsAnErrorAndNotAnotherSpeed(baud: Int) throws {
        try withPty { pty in
            #expect(failure(path: pty.path, baud: baud) == .unknownBaud(path: pty.path, baud: baud))
        }
    }

    @Test(arguments: [1200, 9600, 19_200, 115_200, 921_600])
    func theSpeedIsSet(baud: Int) throws {
        try withPty { pty in
            #expect(failure(path: pty.path, baud: baud) == nil)
        }
    }

    @Test func aWrongPathIsNamedWithItsRemedy() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let missing = folder.appending(path: "none").path
        #expect(failure(path: missing) == .missing(path: missing))
        let file = folder.appending(path: "file").path
        #expect(FileManager.default.createFile(atPath: file, contents: nil))
        #expect(failure(path: file) == .notATerminal(path: file))
        #expect("\(SerialPortError.permission(path: file))".contains("dialout"))
    }

    /// Root may open anything: the attempt is made by nobody, in a process of its own.
    @Test func aFileWithoutPermissionSaysWhichGroupHelps() async {
        await #expect(processExitsWith: .success) {
            let link = FileManager.default.temporaryDirectory.appending(path: "pty-\(UUID())").path
            let pty = try PtyPort(link: link)
            let path = try FileManager.default.destinationOfSymbolicLink(atPath: pty.path)
            guard chmod(path, 0) == 0, geteuid() != 0 || setuid(65_534) == 0 else { exit(3) }
            do throws(SerialPortError) {
                let port = try SerialPort(path: path, baud: 9600)
                port.close()
                exit(4)
            } catch {
                exit(error == .permission(path: path) ? 0 : 5)
            }
        }
    }

    @Test func aWriteThatNobodyTakesEndsInTime() throws {
        try withPty { pty in
            let port = try SerialPort(path: pty.path, baud: 9600)
            #expect(throws: SerialPortError.system(path: pty.path, operation: "write", code: ETIMEDOUT)) {
                try port.write([UInt8](repeating: 0x41, count: 1 << 20), withinMilliseconds: 50)
            }
            port.close()
        }
    }

    @Test func aThreadsEndCanBeAwaited() async throws {
        let wake = try WakeSignal()
        let thread = try NamedThread(name: "a name longer than the kernel keeps") {
            wake.wait(nanoseconds: -1)
        }
        wake.raise()
        await thread.untilEnded()
        thread.waitUntilEnded()
    }
}
