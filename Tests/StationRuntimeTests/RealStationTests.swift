import Foundation
import Sandbox
import StationAPI
import StationRuntime
import Testing

/// What the whole program does, seen from the far ends of its wires.
@Suite(.serialized) struct RealStationTests {
    @Test(.timeLimit(.minutes(3)))
    func theWholeStoryOfAnOrderEndsWell() async throws {
        let station = try await RealStation()
        try await station.story.play()
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func withHQAwayFromTheStartOrdersAreLoadedAndCollectedAndReportedInOrderLater() async throws {
        var station = try await RealStation()
        let orders = [
            try await station.rig.hq.placeOrder(sku: ["1042"]),
            try await station.rig.hq.placeOrder(sku: ["2077"]),
        ]
        try await station.wait("both orders are known") { $0.orders == 2 }
        await station.process.stop()
        await station.rig.hq.set(.down)
        try await station.restart()
        let before = await station.rig.hq.events().count
        for order in orders {
            try await station.story.signIn()
            let door = try await station.story.load(order)
            try await station.story.signOut()
            try await station.story.collect(order, from: door)
            try await station.rig.kiosk.wait(for: "home")
        }
        #expect(await station.rig.hq.events().count == before, "HQ is down and got something")
        await station.rig.hq.set(.none)
        for order in orders {
            _ = try await station.rig.hq.waitFor(order.orderId, status: "completed", withinMs: 60_000)
            let own = await station.rig.hq.events().filter { $0.orderID == order.orderId }
            #expect(own.map(\.type) == ["order.loaded", "pickup.started", "pickup.completed"])
            try expectHandoverIsProven(own, .orderLoaded, method: "staff")
            try expectHandoverIsProven(own, .pickupCompleted, method: "scanned")
        }
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func rubbishFromTheScannerIsPassedOverAndTheNextCodeIsRead() async throws {
        let station = try await RealStation()
        let scanner = station.rig.scanner
        scanner.send((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        scanner.send([0, 0, 0, 13])
        scanner.send([0xC3, 0x28, 0xFF, 0xFE, 13])
        scanner.send([UInt8](repeating: UInt8(ascii: "A"), count: 1 << 20))
        scanner.send([13])
        for number in 0..<1000 { scanner.send(Array("FLOOD-\(number)\r".utf8)) }
        // The flood's budget is per second; after it the badge is read again.
        try await Task.sleep(for: .milliseconds(1_500))
        try await station.story.signIn()
        #expect(station.process.isRunning)
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aScannerThatIsUnpluggedIsMissedAndTakenBack() async throws {
        let station = try await RealStation()
        station.rig.scanner.unplug()
        try await station.wait("the scanner is missed") { $0.scannerTrouble != nil }
        for _ in 0..<100 where try station.rig.kiosk.screen().scannerConnected {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try !station.rig.kiosk.screen().scannerConnected)
        try station.rig.scanner.replug()
        try await station.wait("the scanner is back") { $0.scannerTrouble == nil }
        try await station.story.signIn()
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func badOrdersAreSetAsideAndReportedAndGoodOnesAreServed() async throws {
        let station = try await RealStation { rig in await rig.hq.set(.rubbishItems) }
        let order = try await station.rig.hq.placeOrder(sku: ["1042"])
        try await station.wait("the good order is known") { $0.orders == 1 }
        await station.rig.hq.set(.none)
        try await station.story.signIn()
        _ = try await station.story.load(order)
        var reasons: [String] = []
        for _ in 0..<200 where !reasons.contains(where: { $0.contains("customername") }) {
            let quarantined = await station.rig.hq.events().filter { $0.type == "order.quarantined" }
            reasons = quarantined.compactMap { $0.data?["reason"]?.text }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(reasons.contains { $0.contains("parcel") }, "no reason names the missing parcels: \(reasons)")
        #expect(
            reasons.contains { $0.contains("customername") },
            "no reason names the data of a person: \(reasons)"
        )
        await station.end()
    }

    @Test(
        .timeLimit(.minutes(3)),
        arguments: [SandboxHQ.Fault.oversizePage, .truncatedJSON, .htmlPage, .gone410]
    )
    func aFeedThatIsBrokenIsReadAgainOnceItIsMended(fault: SandboxHQ.Fault) async throws {
        let station = try await RealStation { rig in await rig.hq.set(fault) }
        try await station.rig.hq.placeOrder(sku: ["1042"])
        try await Task.sleep(for: .milliseconds(800))
        #expect(try station.status().serves, "trouble with the feed stops the wall")
        await station.rig.hq.set(.none)
        try await station.wait("the order is known", withinMs: 40_000) { $0.orders == 1 }
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aDamagedDatabaseIsSetAsideAndOrdersComeBackFromHQ() async throws {
        var station = try await RealStation()
        try await station.rig.hq.placeOrder(sku: ["1042"])
        try await station.wait("the order is known") { $0.orders == 1 }
        await station.process.stop()
        let path = station.rig.layout.state + "/station.sqlite"
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.write(contentsOf: [UInt8](repeating: 0x55, count: 2_000))
        try file.close()
        try await station.restart()
        try await station.wait("the order is back") { $0.orders == 1 }
        let folders = try FileManager.default.contentsOfDirectory(atPath: station.rig.layout.state)
        let aside = try #require(folders.first { $0.hasPrefix("damaged-") }, "the damaged file is gone")
        #expect(FileManager.default.fileExists(atPath: station.rig.layout.state + "/\(aside)/station.sqlite"))
        #expect(
            try station.status().reasons.contains { $0.contains("outcomeUnknown") },
            "doors are given out unseen"
        )
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aSecondControllerOnTheSameFolderIsRefused() async throws {
        let station = try await RealStation()
        let second = try station.rig.startStation()
        while second.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        #expect(second.exitStatus == 1)
        #expect(station.rig.logTail().contains("is in use by process \(station.process.processID)"))
        #expect(try station.status().serves)
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aBadConfigurationEndsWith78BeforeAnyPortIsOpened() async throws {
        let station = try await RealStation()
        await station.process.stop()
        let text = try String(contentsOf: station.rig.layout.configuration, encoding: .utf8)
        try text.replacingOccurrences(of: "channel: 3,", with: "chanel: 3,")
            .write(to: station.rig.layout.configuration, atomically: true, encoding: .utf8)
        let requests = station.rig.cabinet.snapshot().boards.map(\.requests)
        let bad = try station.rig.startStation()
        while bad.isRunning { try await Task.sleep(for: .milliseconds(20)) }
        #expect(bad.exitStatus == 78)
        #expect(station.rig.logTail(3).contains("did you mean `channel`"))
        #expect(station.rig.cabinet.snapshot().boards.map(\.requests) == requests, "a board was asked")
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aStopInTheMiddleOfAPulseEndsCleanlyWithEveryCoilOff() async throws {
        let station = try await RealStation()
        let order = try await station.rig.hq.placeOrder(sku: ["1042"])
        try await station.story.signIn()
        _ = try await station.story.load(order)
        try await station.story.signOut()
        let before = station.rig.cabinet.pulses().count
        station.scan(order.scannedCode)
        let isOn = await station.rig.cabinet.waitUntil(withinMs: 5_000) { $0.doors.contains { $0.isCoilOn } }
        #expect(isOn != nil, "no coil went on")
        #expect(await station.process.stop() == 0)
        #expect(station.rig.cabinet.snapshot().doors.allSatisfy { !$0.isCoilOn })
        #expect(station.rig.cabinet.pulses().count == before + 1)
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func aDeadBoardAtTheStartLeavesItsDoorsOutAndServesTheRest() async throws {
        let station = try await RealStation { rig in _ = rig.cabinet.setDead(true, board: "A") }
        try await station.wait("the dead board is named") { status in
            status.serves && status.doorsInService == 8 && status.reasons.contains { $0.contains("board A") }
        }
        let order = try await station.rig.hq.placeOrder(sku: ["1042"])
        try await station.story.signIn()
        let door = try await station.story.load(order)
        #expect(door.hasPrefix("B-"))
        _ = station.rig.cabinet.setDead(false, board: "A")
        try await station.wait("the board is back", withinMs: 45_000) { $0.doorsInService == 20 }
        await station.end()
    }

    @Test(.timeLimit(.minutes(3)))
    func noCodeNoPINAndNoLabelIsOnDiskOrInTheLog() async throws {
        let station = try await RealStation()
        let order = try await station.rig.hq.placeOrder(sku: ["1042"])
        try await station.story.signIn()
        let door = try await station.story.load(order)
        try await station.story.signOut()
        try await station.rig.kiosk.type(code: order.typedCode)
        try await station.rig.kiosk.wait(for: "takeParcel")
        await station.process.stop()
        let secrets = [order.typedCode, order.scannedCode, SandboxHQ.staffBadge, "PARCEL-1001"]
        var files = try FileManager.default.contentsOfDirectory(atPath: station.rig.layout.state)
            .map { station.rig.layout.state + "/" + $0 }
        files.append(station.rig.layout.log.path)
        var bytesSearched = 0
        for file in files {
            guard let data = FileManager.default.contents(atPath: file) else { continue }
            bytesSearched += data.count
            for secret in secrets {
                #expect(data.range(of: Data(secret.utf8)) == nil, "\(secret) is in \(file)")
            }
        }
        #expect(bytesSearched > 20_000, "hardly anything was searched")
        #expect(!door.isEmpty)
        await station.end()
    }
}
