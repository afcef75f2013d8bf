import Foundation
import Sandbox
import StationRuntime
import Testing

/// A technician walks along a new wall: the real programs, a simulated wall, a person's keys.
@Suite(.serialized) struct WalkTests {
    private func close(_ door: SandboxDoorName, of station: RealStation) async throws {
        // While the coil is on the latch does not catch: a person pushes again.
        for _ in 0..<300 {
            let now = station.rig.cabinet.snapshot().doors.first { $0.name == door }
            if now?.position == .closed, now?.latch == .locked { return }
            if now?.isCoilOn == false { station.rig.cabinet.close(door) }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("\(door) does not close")
    }

    private func walkWell(_ door: String, _ terminal: PickupctlTerminal, _ station: RealStation) async throws
    {
        try await terminal.wait(for: "DOOR \(door)")
        try await terminal.wait(for: "ENTER opens it")
        terminal.press("\n")
        try await terminal.wait(for: "Did door \(door) open")
        terminal.press("y")
        try await terminal.wait(for: "Close it")
        try await close(SandboxDoorName(rawValue: door), of: station)
        try await terminal.wait(for: "\(door) is walked and sealed")
    }

    private func walk(_ station: RealStation, _ doors: String...) throws -> PickupctlTerminal {
        // Process takes no list after a list, so the doors are given one by one.
        switch doors.count {
        case 1: try PickupctlTerminal("walk", "--socket", station.rig.layout.adminSocket, "--only", doors[0])
        default:
            try PickupctlTerminal(
                "walk",
                "--socket",
                station.rig.layout.adminSocket,
                "--only",
                doors[0],
                doors[1]
            )
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func onlyWalkedDoorsServeAndTheWalkGoesOnWhereItStopped() async throws {
        var station = try await RealStation(mustBeWalked: true)
        let socket = station.rig.layout.adminSocket
        #expect(try station.rig.kiosk.screen().text.contains("notCommissioned"))
        #expect(try !station.status().serves)
        let first = try PickupctlTerminal("walk", "--socket", socket)
        try await walkWell("A-01", first, station)
        #expect(try station.rig.kiosk.screen().name == "service")
        try await walkWell("A-02", first, station)
        try await first.wait(for: "ENTER opens it")
        first.press("q")
        #expect(await first.end() == 1)
        #expect(first.screen.contains("2 of 20 doors walked"))
        try await station.rig.kiosk.wait(for: "home")
        #expect(try station.status().doorsInService == 2)
        #expect(station.rig.cabinet.pulses().count == 2, "a door was pulsed twice")

        await station.process.stop()
        try await station.restart()
        #expect(try station.status().doorsInService == 2, "the map was not kept")
        // Now that it serves, whoever walks on reads the number at the kiosk.
        let second = try PickupctlTerminal("walk", "--socket", socket)
        try await second.wait(for: "Type it, then ENTER")
        try await station.rig.kiosk.wait(for: "serviceNumber")
        second.press(try number(at: station) + "\n")
        try await second.wait(for: "DOOR A-03   1 of 18")
        second.press("q")
        #expect(await second.end() == 1)
        await station.end()
    }

    /// The number on the kiosk's screen.
    private func number(at station: RealStation) throws -> String {
        let text = try station.rig.kiosk.screen().text
        let match = try #require(
            text.firstMatch(of: /"number":"([0-9]{4} [0-9]{4})"/),
            "no number in \(text)"
        )
        return String(match.output.1)
    }

    @Test(.timeLimit(.minutes(3)))
    func swappedSensorWiresAreFoundAndNothingIsSealed() async throws {
        let station = try await RealStation(mustBeWalked: true) { $0.cabinet.crossSensors("A-03", "A-07") }
        let terminal = try walk(station, "A-03", "A-07")
        for (door, other) in [("A-03", "A-07"), ("A-07", "A-03")] {
            try await terminal.wait(for: "DOOR \(door)")
            try await terminal.wait(for: "ENTER opens it")
            terminal.press("\n")
            try await terminal.wait(for: "CROSSED: \(door) was pulsed, and the sensor of \(other) moved")
            try await terminal.wait(for: "1 \(door)   2 \(other)")
            // The door that opens is the right one: its sensor is not.
            terminal.press("1")
            try await terminal.wait(for: "Close every door")
            try await close(SandboxDoorName(rawValue: door), of: station)
            try await terminal.wait(for: "ENTER goes on")
            terminal.press("\n")
        }
        #expect(await terminal.end() == 1)
        #expect(terminal.screen.contains("A-03 and A-07: their SENSOR wires are crossed"))
        #expect(try station.status().doorsInService == 0)
        #expect(!FileManager.default.fileExists(atPath: station.rig.layout.state + "/door-map"))
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func swappedLockWiresAreFound() async throws {
        let station = try await RealStation(mustBeWalked: true) { $0.cabinet.crossLocks("B-01", "B-02") }
        let terminal = try walk(station, "B-01", "B-02")
        for (door, other) in [("B-01", "B-02"), ("B-02", "B-01")] {
            try await terminal.wait(for: "DOOR \(door)")
            try await terminal.wait(for: "ENTER opens it")
            terminal.press("\n")
            try await terminal.wait(for: "the sensor of \(other) moved")
            try await terminal.wait(for: "2 \(other)")
            terminal.press("2")
            try await terminal.wait(for: "Close every door")
            try await close(SandboxDoorName(rawValue: other), of: station)
            try await terminal.wait(for: "ENTER goes on")
            terminal.press("\n")
        }
        #expect(await terminal.end() == 1)
        #expect(terminal.screen.contains("B-01 and B-02: their LOCK wires are crossed"))
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aStuckLatchAndACutSensorAreNamed() async throws {
        let station = try await RealStation(mustBeWalked: true) { rig in
            rig.cabinet.setStuck(true, door: "A-01")
            rig.cabinet.setSensor(.cutClosed, door: "A-02")
        }
        let terminal = try walk(station, "A-01", "A-02")
        for (door, answer) in [("A-01", "n"), ("A-02", "1")] {
            try await terminal.wait(for: "DOOR \(door)")
            try await terminal.wait(for: "ENTER opens it")
            terminal.press("\n")
            try await terminal.wait(for: "\(door) was pulsed, and no sensor moved")
            try await terminal.wait(for: "n none")
            terminal.press(answer)
            try await terminal.wait(for: "ENTER goes on")
            terminal.press("\n")
        }
        #expect(await terminal.end() == 1)
        #expect(terminal.screen.contains("A-01 did not open: look at its lock's wire"))
        #expect(terminal.screen.contains("A-02 opened, and its sensor said nothing"))
        #expect(try station.status().doorsInService == 0)
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aTamperedMapServesNobodyAndAChangedWireOnlyItsOwnDoor() async throws {
        var station = try await RealStation(mustBeWalked: true)
        let terminal = try walk(station, "A-01", "B-01")
        try await walkWell("A-01", terminal, station)
        try await walkWell("B-01", terminal, station)
        #expect(await terminal.end() == 0)
        #expect(try station.status().doorsInService == 2)
        await station.process.stop()

        // A-01's sensor is read inverted from now on: B-01 is as it was.
        let configuration = station.rig.layout.configuration
        let text = try String(contentsOf: configuration, encoding: .utf8)
        let line = "  - { id: A-01, size: S, board: A, channel: 1, pulseMs: 400 }"
        let changed = "  - { id: A-01, size: S, board: A, channel: 1, pulseMs: 400, sensor: { input: 16 } }"
        try #require(text.contains(line))
        try text.replacingOccurrences(of: line, with: changed)
            .write(to: configuration, atomically: true, encoding: .utf8)
        try await station.restart()
        #expect(try station.status().doorsInService == 1)
        var wall = try pickupctl("doors", "--json", "--socket", station.rig.layout.adminSocket).output
        let seen = try JSONDecoder().decode(AdminWall.self, from: Data(wall.utf8))
        #expect(seen.door("B-01")?.isWalked == true)
        #expect(seen.door("A-01")?.reason == "notWalked")
        await station.process.stop()

        // A comment, another size and other words change no wire.
        try text.replacingOccurrences(
            of: line,
            with: line.replacingOccurrences(of: "size: S", with: "size: L") + " # x"
        )
        .write(to: configuration, atomically: true, encoding: .utf8)
        try await station.restart()
        #expect(try station.status().doorsInService == 2)
        await station.process.stop()

        let map = station.rig.layout.state + "/door-map"
        let sealed = try String(contentsOfFile: map, encoding: .utf8)
        try sealed.replacingOccurrences(of: "\"A-01\"", with: "\"A-02\"")
            .write(toFile: map, atomically: true, encoding: .utf8)
        try station.start()
        try await station.rig.kiosk.wait(for: "cannotServe")
        #expect(try station.status().doorsInService == 0)
        wall = try pickupctl("doors", "--socket", station.rig.layout.adminSocket).output
        #expect(wall.contains("door map: BROKEN: its seal is not this station's"))
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aTechnicianWithABadgeWalksAtTheKiosk() async throws {
        let station = try await RealStation(mustBeWalked: true) { $0.cabinet.crossSensors("A-02", "A-04") }
        let kiosk = station.rig.kiosk
        try await station.story.signIn()
        try await kiosk.press("menu")
        try await kiosk.wait(for: "staffMenu")
        try await kiosk.press("startWalk")
        try await stage("ready", "A-01", at: station)
        try await kiosk.press("walked")
        #expect(try station.status().doorsInService == 0, "sealed without an opening")
        try await kiosk.press("walkOpen")
        try await stage("open", "A-01", at: station)
        try await close("A-01", of: station)
        try await stage("confirm", "A-01", at: station)
        try await kiosk.press("walked")
        try await stage("ready", "A-02", at: station)
        #expect(try station.status().doorsInService == 1)
        try await kiosk.press("walkOpen")
        try await stage("crossed", "A-02", at: station)
        #expect(try kiosk.screen().text.contains("\"other\":\"A-04\""))
        try await close("A-02", of: station)
        // Until its opening has ended it is not left out.
        for _ in 0..<200 where try !kiosk.screen().text.contains("\"A-03\"") {
            try await kiosk.press("walkSkip")
            try await Task.sleep(for: .milliseconds(50))
        }
        try await stage("ready", "A-03", at: station)
        try await kiosk.press("finish")
        try await kiosk.wait(for: "home")
        #expect(station.rig.cabinet.pulses().compactMap(\.door) == ["A-01", "A-02"])
        #expect(try station.status().doorMap.contains("1 of 20 doors walked"))
        await station.end()
    }

    /// Waits until the walk at the kiosk is so far.
    private func stage(_ stage: String, _ door: String, at station: RealStation) async throws {
        for _ in 0..<1000 {
            if let text = try? station.rig.kiosk.screen().text, text.hasPrefix("walk "),
                text.contains("\"stage\":\"\(stage)\""), text.contains("\"compartment\":\"\(door)\"")
            {
                return
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("not \(stage) at \(door), but \(try station.rig.kiosk.screen().text)")
    }

    @Test func walkingNeedsATerminal() throws {
        let answer = try pickupctl("walk", "--socket", "/nowhere/admin.sock")
        #expect(answer.status == 64)
        #expect(answer.errors.contains("a person says for each door"))
    }
}
