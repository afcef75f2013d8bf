import Foundation
import LockBus
import StationAPI
import StationCore
import Synchronization
import Testing

@testable import StationRuntime

@Suite struct PointOutputTests {
    private static let outputs: PointOutputs = {
        func entry(_ name: String, _ kind: PointConfiguration.Kind, bus: String) -> PointPlan.Entry {
            let point = PointConfiguration(
                name: PointName(rawValue: name),
                kind: kind,
                board: BoardName(rawValue: "A"),
                place: .output(8)
            )
            return PointPlan.Entry(bus: BusName(rawValue: bus), point: point)
        }
        var plan = PointPlan()
        plan.entries = [
            entry("left-lamp", .lamp, bus: "left"), entry("right-lamp", .lamp, bus: "right"),
            entry("left-beeper", .beeper, bus: "left"),
        ]
        func wire(_ id: CompartmentID, _ bus: String) -> StationConfiguration.Wiring {
            let door = DoorChannel(bus: BusName(rawValue: bus), board: BoardName(rawValue: "A"), channel: 1)
            return StationConfiguration.Wiring(compartment: id, door: door, fingerprint: "")
        }
        return PointOutputs(plan: plan, wiring: [wire("L-1", "left"), wire("R-1", "right")])
    }()

    private func view(_ screen: KioskScreen, _ looks: [CompartmentID: KioskDoor.Look]) -> KioskView {
        KioskView(
            revision: 1,
            screen: screen,
            notice: nil,
            keypad: .available(digits: 8),
            scannerConnected: true,
            doors: looks.map { KioskDoor(compartment: $0.key, look: $0.value) }
        )
    }

    @Test func aLampIsOnWhileADoorOfItsBankIsOpenAndTheBeeperSoundsOnce() {
        let step = DoorStep(compartment: "L-1", number: 1, count: 1, orderNumber: "")
        let outputs = Self.outputs
        func orders(_ screen: KioskScreen, _ look: KioskDoor.Look) -> [String] {
            outputs.orders(for: view(screen, ["L-1": look, "R-1": .closed])).map {
                "\($0.point.rawValue) \($0.isOn ? "on" : "off")"
            }
        }
        #expect(orders(.home, .closed) == [])
        #expect(orders(.opening(step, attempt: 1), .lit) == ["left-lamp on"])
        #expect(orders(.takeParcel(step), .open) == [])
        #expect(orders(.closeDoor(step), .open) == ["left-beeper on"])
        #expect(orders(.closeDoor(step), .open) == [])
        #expect(orders(.home, .closed) == ["left-lamp off"])
    }

    @Test func hqIsToldWhatEachPointSaysAndWhatNobodyKnows() throws {
        let readings = [
            PointReading(id: PointID(rawValue: "cage"), kind: .occupancy, isActive: true),
            PointReading(id: PointID(rawValue: "inside"), kind: .temperature, isActive: false, tenths: 215),
            PointReading(id: PointID(rawValue: "cover"), kind: .tamper, isActive: nil),
        ]
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let texts = try readings.map {
            String(decoding: try encoder.encode(StationReport.Point($0)), as: UTF8.self)
        }
        #expect(
            texts == [
                #"{"active":true,"kind":"occupancy","point":"cage"}"#,
                #"{"active":false,"kind":"temperature","point":"inside","value":21.5}"#,
                #"{"kind":"tamper","point":"cover"}"#,
            ]
        )
    }

    @Test func aLossOfTheMainsThatLastsAsksForTheMachineToBeShutDown() async throws {
        let asked = Mutex(0)
        func count() -> Int { asked.withLock { $0 } }
        let watch = MainsWatch(afterMs: 60) { asked.withLock { $0 += 1 } }
        watch.mains(isLost: true)
        watch.mains(isLost: true)
        watch.mains(isLost: false)
        try await Task.sleep(for: .milliseconds(150))
        #expect(count() == 0, "they came back in time")
        watch.mains(isLost: true)
        let limit = Date().addingTimeInterval(10)
        while count() == 0, Date() < limit { try await Task.sleep(for: .milliseconds(10)) }
        #expect(count() == 1)
        let never = MainsWatch(afterMs: nil) { asked.withLock { $0 += 100 } }
        never.mains(isLost: true)
        try await Task.sleep(for: .milliseconds(50))
        #expect(count() == 1)
    }
}
