import Foundation
import ScriptedBoards
import Testing

@testable import LockBus

/// Each profile of `hardware/boards` as the exact frames that it makes, kept in `Golden/`, against a board that
/// knows its own map from its documentation.
@Suite(.serialized)
struct GoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    /// Every profile of a board that is spoken to: GPIO lines have no frames.
    static func names() throws -> [String] {
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        return catalogue.names.filter { catalogue[$0]?.usesGPIO == false }
    }

    static func modbusNames() throws -> [String] {
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        return try names().filter { catalogue[$0]?.serialMap == nil }
    }

    static func golden(_ name: String) throws -> String {
        let file = folder.appending(path: name + ".txt")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else { throw Missing(name: name) }
        return text
    }

    struct Missing: Error, CustomStringConvertible {
        let name: String
        var description: String { "no Golden/\(name).txt: GOLDEN=write swift test --filter GoldenTests" }
    }

    @Test func everyProfileSaysItsFramesAndNoOthers() throws {
        for name in try Self.names() {
            do {
                try compare(name, isWriting: ProcessInfo.processInfo.environment["GOLDEN"] == "write")
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
    }

    private func compare(_ name: String, isWriting: Bool) throws {
        let stream = try GoldenScript.record(Profiles.load(name))
        if isWriting {
            let file = Self.folder.appending(path: name + ".txt")
            try stream.write(to: file, atomically: true, encoding: .utf8)
        }
        let kept = try Self.golden(name)
        let difference = zip(stream.split(separator: "\n"), kept.split(separator: "\n")).first { $0 != $1 }
        #expect(stream == kept, "\(name): \(difference.map { "\($0.0)\nwas: \($0.1)" } ?? "length")")
    }

    @Test func everyGoldenFileHasItsProfile() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(try Set(files) == Set(Self.names().map { $0 + ".txt" }))
    }

    /// Frames that vendors or owners of the boards publish, checksum and all.
    @Test(arguments: [
        ("waveshare-modbus-rtu-relay-8ch", "> 01 05 02 00 00 07 8D B0"),
        ("waveshare-modbus-rtu-relay-d-8ch", "> 01 05 02 00 00 07 8D B0"),
        ("eletechsup-r421a08", "> 01 06 00 01 02 00 D9 6A"),
        ("eletechsup-r421a08", "> 01 06 00 00 08 00 8E 0A"),
        ("kerong-cu48", "> 02 00 00 50 03 55"),
        ("kerong-cu48", "> 02 00 00 51 03 56"),
        ("lockboard-8a-12", "> 8A 01 01 11 9B"),
        ("lockboard-8a-12", "> 80 01 00 33 B2"),
    ])
    func publishedFramesAreAmongThem(_ name: String, _ frame: String) throws {
        #expect(try Self.golden(name).contains(frame))
    }

    /// Somebody else's code reads each frame, and writes the same bytes.
    @Test func pymodbusReadsEveryFrame() throws {
        let names = try Self.modbusNames()
        let files = names.map { Self.folder.appending(path: $0 + ".txt").path }
        let verdicts = try PymodbusPeer.output(of: "judge_frames.py", files).split(separator: "\n")
        #expect(
            verdicts.count == names.count && verdicts.allSatisfy { $0.hasSuffix(" frames") },
            "\(verdicts)"
        )
    }

    /// What must never be on a wire: all on, toggle, latch, broadcast.
    @Test func noStreamHoldsACommandThatOpensMoreThanOneDoor() throws {
        for name in try Self.modbusNames() {
            let frames = try Self.golden(name).split(separator: "\n").filter { $0.hasPrefix("> ") }
            #expect(frames.count >= 8)
            let isNetwork = try Profiles.load(name).line?.isNetwork ?? false
            for frame in frames {
                let bytes = frame.dropFirst(2).prefix { $0 != "#" }.split(separator: " ")
                    .compactMap { UInt8($0, radix: 16) }
                let body = Array(isNetwork ? bytes.dropFirst(6) : bytes.dropLast(2))
                #expect(body[0] != 0, "broadcast: \(frame)")
                switch body[1] {
                case 5:
                    #expect(![0xFF, 0x55].contains(body[4]) || body[2] == 0 && body[3] < 0x40, "\(frame)")
                    #expect(body[4] != 0x55, "toggle: \(frame)")
                case 6 where name.hasPrefix("eletechsup"):
                    #expect([0x02, 0x06, 0x08].contains(body[4]), "\(frame)")
                case 0x0F:
                    #expect(body.dropFirst(7).allSatisfy { $0 == 0 }, "\(frame)")
                case 0x10 where name.hasPrefix("lctech"):
                    #expect(body[7...8] == [0, 4], "\(frame)")
                default: break
                }
            }
        }
    }

    /// The same on the lines of boards that do not speak Modbus: KERONG's 0x30 for every lock and 0A for every board,
    /// 0x33 (CU16), and lock 0 of an 0x8A board.
    @Test func noOtherStreamOpensMoreThanOneLockEither() throws {
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        for name in catalogue.names {
            guard let dialect = catalogue[name]?.serialMap?.dialect else { continue }
            let frames = try Self.golden(name).split(separator: "\n").filter { $0.hasPrefix("> ") }
            #expect(frames.count >= 5, "\(name)")
            for frame in frames {
                let bytes = frame.dropFirst(2).split(separator: " ").compactMap { UInt8($0, radix: 16) }
                switch dialect {
                case .kerongCU48: #expect(bytes[1] <= 9 && bytes[2] < 0x30, "\(frame)")
                case .kerongCU16: #expect(![0x32, 0x33].contains(bytes[2]), "\(frame)")
                case .lockBoard8A:
                    #expect(bytes[0] == 0x80 || bytes[0] == 0x8A && bytes[2] > 0, "\(frame)")
                }
            }
        }
    }
}
