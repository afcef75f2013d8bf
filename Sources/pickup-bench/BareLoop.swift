import CBenchBaseline
import DeviceIO
import Foundation
import Glibc
import Sandbox

/// The bare C program in a thread of its own, with a scanner and a cabinet of its own.
final class BareLoop {
    private static let format = "BARE-CODE-%d-ABCDEFGH"
    /// The size of what the station commits for one scan: journal line and hash, opening, event.
    private static let rowBytes = 2_400

    private let scanner: SandboxScanner
    private let cabinet: SandboxCabinet
    private let stopPipe: [Int32]
    private let loop: UnsafeMutablePointer<bench_loop>
    private let texts: [UnsafeMutablePointer<CChar>]

    init(folder: URL, codes: Int) throws {
        scanner = try SandboxScanner(link: folder.appendingPathComponent("dev/bare-scanner").path)
        let doors = (1...12).map { channel in
            SandboxDoor(
                name: SandboxDoorName(rawValue: "bare-\(channel)"),
                channel: channel,
                sensor: nil,
                spring: .waitsForPull
            )
        }
        let board = SandboxBoard(name: "bare", unit: 1, model: .coilBoard16, doors: doors)
        cabinet = try SandboxCabinet(banks: [
            SandboxBank(name: "bare", transport: .tcp(port: 0), boards: [board])
        ])
        guard case .tcp(let host, let port) = cabinet.endpoint(of: "bare") else {
            throw Failed("no bare cabinet")
        }
        let database = folder.appendingPathComponent("bare.sqlite").path
        guard bench_make_codes(database, Int32(codes), Self.format) == 0 else {
            throw Failed("no bare database")
        }
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failed("no pipe") }
        stopPipe = ends
        let words: [String] = [scanner.path, database, host]
        let kept = words.compactMap { strdup($0) }
        guard kept.count == 3 else { throw Failed("no memory") }
        texts = kept
        loop = UnsafeMutablePointer<bench_loop>.allocate(capacity: 1)
        loop.initialize(
            to: bench_loop(
                tty: UnsafePointer(kept[0]),
                database: UnsafePointer(kept[1]),
                host: UnsafePointer(kept[2]),
                port: Int32(port),
                unit: 1,
                row_bytes: Int32(Self.rowBytes),
                handled: 0,
                stop_descriptor: ends[0]
            )
        )
        // The address is handed over as a number: the loop owns what is behind it until the pipe tells it to
        // stop.
        let address = UInt(bitPattern: loop)
        Thread {
            guard let loop = UnsafeMutablePointer<bench_loop>(bitPattern: address) else { return }
            let line = bench_loop_run(loop)
            if line != 0 { say("the bare program failed at line \(line)") }
        }.start()
    }

    /// One scan of the bare program: microseconds from the terminator to the first byte of the coil frame.
    func sample(_ code: Int) async throws -> Double {
        let before = cabinet.snapshot().pulses
        let text = Self.format.replacingOccurrences(of: "%d", with: "\(code)")
        guard let scanned = scanner.scan(text, terminator: .carriageReturn) else {
            throw Failed("the bare program does not read its scanner")
        }
        guard let pulse = try await cabinet.firstPulse(after: before) else {
            throw Failed("the bare program wrote no coil")
        }
        return Double(pulse.firstByteAt - scanned.nanoseconds) / 1000
    }

    func stop() throws {
        var byte: UInt8 = 1
        guard write(stopPipe[1], &byte, 1) == 1 else { throw Failed("the bare program cannot be stopped") }
        cabinet.stop()
    }
}
