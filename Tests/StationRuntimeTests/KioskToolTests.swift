import Foundation
import Sandbox
import StationRuntime
import Testing

/// A technician works on the boards from the kiosk: the real program, its bus lent and taken back, real wires.
@Suite(.serialized) struct KioskToolTests {
    /// Waits until the tool is so far, and returns the screen.
    @discardableResult
    private func stage(_ stage: String, at station: RealStation, seconds: Int = 90) async throws -> String {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            if let text = try? station.rig.kiosk.screen().text, text.contains("\"stage\":\"\(stage)\"") {
                return text
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        let text = try station.rig.kiosk.screen().text
        Issue.record("not \(stage), but \(text)\n\(station.rig.logTail())")
        return text
    }

    private func signIn(_ station: RealStation) async throws {
        try await station.story.signIn()
        try await station.rig.kiosk.press("menu")
        try await station.rig.kiosk.wait(for: "staffMenu")
    }

    @Test(.timeLimit(.minutes(5)))
    func aTechnicianFindsTheBoardAndGivesItAnAddressThatIsReadBack() async throws {
        let station = try await RealStation()
        let kiosk = station.rig.kiosk
        try await station.wait("every door serves") { $0.doorsInService == 20 }
        try await signIn(station)
        try await kiosk.press("startScan")
        try await stage("chooseBus", at: station)
        try await kiosk.press("chooseBus", with: ["_0": "wall-b"])
        try await stage("chooseSpeeds", at: station)
        try await kiosk.press("scanLine", with: ["everySpeed": false])
        // The bus is out of service meanwhile, the other one is not; progress is pushed.
        try await station.wait("only the other bus serves") { $0.doorsInService == 12 }
        let end = ContinuousClock.now + .seconds(20)
        var progress: Set<String> = []
        while progress.count < 3, ContinuousClock.now < end {
            if let match = try kiosk.screen().text.firstMatch(of: /"done":(\d+)/) {
                progress.insert(String(match.output.1))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(progress.count >= 3, "progress does not move: \(progress)")
        let found = try await stage("scanned", at: station)
        #expect(found.contains("\"unit\":1"))
        #expect(found.contains("waveshare-modbus-rtu-relay-d-8ch"))
        #expect(found.contains("19200 8N1"))
        try await station.wait("the bus is back") { $0.doorsInService == 20 }
        try await kiosk.press("menu")

        try await kiosk.press("startSetAddress")
        try await stage("connect", at: station)
        try await kiosk.press("go")
        let one = try await stage("found", at: station)
        #expect(one.contains("\"unit\":1"))
        try await kiosk.press("chooseAddress", with: ["_0": 5])
        try await stage("changed", at: station)
        let units = station.rig.cabinet.snapshot().boards.filter { $0.name == "B" }.map(\.unit)
        #expect(units == [5])
        try await kiosk.press("menu")
        // The configuration still names address 1: that board is down, and says so.
        try await station.wait("the moved board is down") { $0.doorsInService == 12 }
        #expect(station.rig.cabinet.pulses().isEmpty, "something moved")
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aScanIsStoppedAndTheBusServesAgain() async throws {
        let station = try await RealStation()
        let kiosk = station.rig.kiosk
        try await station.wait("every door serves") { $0.doorsInService == 20 }
        try await signIn(station)
        try await kiosk.press("startScan")
        try await kiosk.press("chooseBus", with: ["_0": "wall-b"])
        try await kiosk.press("scanLine", with: ["everySpeed": true])
        try await stage("running", at: station)
        try await station.wait("only the other bus serves") { $0.doorsInService == 12 }
        try await kiosk.press("stop")
        let text = try await stage("scanned", at: station)
        #expect(text.contains("\"isCutShort\":true"))
        try await station.wait("the bus is back") { $0.doorsInService == 20 }
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func anAssociateMayNot() async throws {
        let station = try await RealStation(staffRoles: ["associate"])
        let kiosk = station.rig.kiosk
        try await signIn(station)
        #expect(try !kiosk.screen().text.contains("scanBuses"))
        for button in ["startScan", "startSetAddress", "startOpenAll", "seeDoors", "startWalk"] {
            let before = try kiosk.screen()
            try await kiosk.press(button)
            // What was on the screen before the press is no answer to it, not even the same words.
            try await kiosk.wait(for: "that \(button) is not allowed") {
                $0.text != before.text && $0.name == "staffMenu" && $0.notice == "notAllowed"
            }
        }
        #expect(try station.status().doorsInService == 20)
        await station.end()
    }
}
