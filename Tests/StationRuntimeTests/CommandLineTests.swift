import Foundation
import Sandbox
import StationRuntime
import Testing

/// `pickupctl` against the running station, as somebody at a terminal uses it.
@Suite(.serialized) struct CommandLineTests {
    @Test(.timeLimit(.minutes(2)))
    func statusSaysThatTheStationServesAndWhenItDoesNotWhy() async throws {
        let station = try await RealStation()
        let socket = station.rig.layout.adminSocket
        try await station.wait("all doors serve") { $0.doorsInService == 20 }
        let good = try pickupctl("status", "--socket", socket)
        #expect(good.status == 0)
        #expect(good.output.contains("DEMO-1: serves customers"))
        #expect(good.output.contains("20 of 20 in service"))
        for board: SandboxBoardName in ["A", "B"] { _ = station.rig.cabinet.setDead(true, board: board) }
        try await station.wait("no board answers") { !$0.serves }
        let bad = try pickupctl("status", "--socket", socket)
        #expect(bad.status == 1)
        #expect(bad.output.contains("CANNOT SERVE CUSTOMERS"))
        #expect(bad.output.contains("board A"))
        await station.end()
    }

    @Test(.timeLimit(.minutes(2)))
    func outboxShowsWhatHQHasNotAcknowledged() async throws {
        let station = try await RealStation { rig in await rig.hq.set(.down) }
        let shown = try pickupctl("outbox", "--socket", station.rig.layout.adminSocket)
        #expect(shown.status == 0)
        #expect(shown.output.contains("1 waiting"))
        #expect(shown.output.contains("station.started"))
        await station.end()
    }

    @Test func withoutAStationItSaysWhatToDo() throws {
        let answer = try pickupctl("status", "--socket", "/nowhere/admin.sock")
        #expect(answer.status != 0)
        #expect(answer.errors.contains("systemctl status pickupd"))
    }

    /// A technician at a terminal has none of the folders that systemd hands to the service.
    @Test func theCheckTakesAnExampleWallFromATerminal() throws {
        let hardware = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("hardware")
        let example = hardware.appendingPathComponent("stations/rtu-20-doors.yaml").path
        let profiles = hardware.appendingPathComponent("boards").path
        let good = try run("pickupd", ["--check", "--board-profiles", profiles, "--config", example])
        #expect(good.status == 0, "\(good.errors)")
        #expect(good.output.contains("20 compartments"))
        let bad = try run("pickupd", ["--check", "--board-profiles", "/nowhere", "--config", example])
        #expect(bad.status == 78)
        #expect(bad.errors.contains("/nowhere"))
    }
}
