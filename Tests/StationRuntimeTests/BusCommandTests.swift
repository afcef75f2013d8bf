import Foundation
import Sandbox
import StationRuntime
import Testing

/// `pickupctl bus` and `pickupctl board` on a line that pickupd does not have.
@Suite(.serialized) struct BusCommandTests {
    private static let profiles = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("hardware/boards")
        .path

    private func cabinet(_ boards: [SandboxBoard]) throws -> (cabinet: SandboxCabinet, path: String) {
        let link = FileManager.default.temporaryDirectory.appendingPathComponent("line-\(UUID())").path
        let bank = SandboxBank(name: "line", transport: .rtu(link: link), boards: boards)
        return (try SandboxCabinet(banks: [bank]), link)
    }

    private func waveshare(_ name: SandboxBoardName, _ unit: UInt8) -> SandboxBoard {
        SandboxBoard(name: name, unit: unit, model: .waveshareRelayD8, doors: [])
    }

    @Test(.timeLimit(.minutes(2)))
    func scanPrintsATableAndJSONAndPulsesNothing() throws {
        let (cabinet, path) = try cabinet([waveshare("X", 1), waveshare("Y", 7)])
        defer { cabinet.stop() }
        let shown = try pickupctl(
            "bus",
            "scan",
            path,
            "--baud",
            "9600",
            "--units",
            "1-8",
            "--board-profiles",
            Self.profiles
        )
        #expect(shown.status == 0, "\(shown.errors)")
        #expect(shown.output.contains("1        9600 8N1      waveshare-modbus-rtu-relay-d-8ch"))
        #expect(shown.output.contains("2 found; "))
        let json = try pickupctl(
            "bus",
            "scan",
            path,
            "--baud",
            "9600",
            "--units",
            "7",
            "--board-profiles",
            Self.profiles,
            "--json"
        )
        let answer = try #require(
            JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        )
        let boards = try #require(answer["boards"] as? [[String: Any]])
        #expect(boards.map { $0["unit"] as? Int } == [7])
        #expect(cabinet.pulses().isEmpty)
    }

    @Test(.timeLimit(.minutes(3)))
    func aBoardTakesANewAddressAndOfTwoNoneIsWritten() throws {
        let (cabinet, path) = try cabinet([waveshare("X", 1), waveshare("Y", 2)])
        defer { cabinet.stop() }
        func set(_ unit: Int, _ profile: String = "waveshare-modbus-rtu-relay-d-8ch") throws
            -> (status: Int32, output: String, errors: String)
        {
            try pickupctl(
                "board",
                "set-address",
                path,
                "--profile",
                profile,
                "--to",
                "\(unit)",
                "--board-profiles",
                Self.profiles
            )
        }
        let both = try set(5)
        #expect(both.status == 1)
        #expect(both.errors.contains("1, 2 answer: connect one board at a time"))
        #expect(cabinet.snapshot().boards.map(\.unit) == [1, 2])
        cabinet.setDead(true, board: "Y")
        let one = try set(5)
        #expect(one.status == 0, "\(one.errors)")
        #expect(one.output.contains("The board's address is 5 now; it was 1."))
        #expect(cabinet.snapshot().boards.map(\.unit) == [5, 2])
        let wrong = try set(6, "eletechsup-r421a08")
        #expect(wrong.status == 1)
        #expect(wrong.errors.contains("does not take its address over the line"))
        #expect(cabinet.pulses().isEmpty)
    }

    @Test func whatIsNoLineOrNoAddressIsSaidBeforeAnythingIsOpened() throws {
        let line = try pickupctl("bus", "scan", "host:0", "--board-profiles", Self.profiles)
        #expect(line.status == 64)
        let units = try pickupctl(
            "bus",
            "scan",
            "/dev/null",
            "--units",
            "1-900",
            "--board-profiles",
            Self.profiles
        )
        #expect(units.status == 64)
        #expect(units.errors.contains("write 1-32 or 1,2,7"))
        let port = try pickupctl("bus", "scan", "/nowhere/tty", "--board-profiles", Self.profiles)
        #expect(port.status == 69)
        #expect(port.errors.contains("no such device"))
    }
}
