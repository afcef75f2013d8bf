import DeviceIO
import ScriptedBoards
import Testing

@testable import LockBus

@Suite(.serialized)
struct ScheduleTests {
    @Test(arguments: WireKind.allCases)
    func aPulseWaitsForOneFrameAtMost(_ kind: WireKind) async throws {
        let profiles = try (0..<8).map { _ in try Profiles.flashWithInputs }
        let harness = try BusHarness(kind, profiles, responseMs: 200)
        try await harness.run { _ in
            // Each sensor reading takes 30 ms, so eight boards keep the bus busy without a pause.
            harness.slave.script { $0.function == 2 ? .dribble(msPerByte: 4) : .answer }
            var places: [Int] = []
            for index in 0..<8 {
                let board = String(UnicodeScalar(UInt8(97 + index)))
                let before = harness.slave.requests.all.count
                // No priority of its own: it must not wait behind the polls all the same.
                let request = PulseRequest(
                    id: "o",
                    door: BusHarness.door(board, 1),
                    durationMs: 100,
                    notAfter: BootTime.now().advanced(byMilliseconds: 3000)
                )
                #expect(await harness.bus.pulse(request).isActuated)
                let since = harness.slave.requests.all.dropFirst(before)
                let place = try #require(since.firstIndex { $0.isPulse }) - before
                places.append(place)
            }
            // Frames are counted from before the call: on a busy machine one more may begin until the call arrives.
            #expect(places.count { $0 <= 1 } >= 6, "frames before the pulses: \(places)")
            #expect(places.allSatisfy { $0 <= 2 }, "frames before the pulses: \(places)")
        }
    }

    /// On a busy machine the announcements may come too late: the best of four measurements counts.
    @Test func anAnnouncedPulseKeepsSensorReadsBackForAMomentOnly() async throws {
        let profiles = try (0..<8).map { _ in try Profiles.flashWithInputs }
        let harness = try BusHarness(.network, profiles, responseMs: 200)
        try await harness.run { _ in
            var begun: [Int] = []
            for _ in 0..<4 {
                harness.bus.expectPulse()
                try await Task.sleep(for: .milliseconds(5))
                let before = harness.slave.requests.all.count
                // Eight boards are read every 400 ms each: in 200 ms at least two are due.
                for _ in 0..<50 {
                    harness.bus.expectPulse()
                    try await Task.sleep(for: .milliseconds(4))
                }
                begun.append(harness.slave.requests.all.count - before)
                #expect(
                    await harness.slave.requests.wait { (requests: [ScriptedSlave.Request]) in
                        requests.count >= before + 8
                    }
                )
            }
            #expect(begun.contains(0), "sensor reads begun meanwhile: \(begun)")
        }
    }

    /// All other suites run at the same time: a machine that was away for half a second says nothing of the schedule, so
    /// the best of four measurements counts.
    @Test func everyDoorIsReadEvery500msAlthoughABoardIsDead() async throws {
        var gaps: [[UInt64]] = []
        for _ in 0..<4 {
            gaps = try await gapsBesideADeadBoard()
            if gaps.allSatisfy({ Self.isOnSchedule($0) }) { break }
        }
        #expect(gaps.count == 3)
        #expect(gaps.allSatisfy { $0.count >= 3 && Self.isOnSchedule($0) }, "\(gaps)")
    }

    private static func isOnSchedule(_ gaps: [UInt64]) -> Bool {
        gaps.allSatisfy { $0 <= 600 } && gaps.count { $0 <= 500 } >= gaps.count - 1
    }

    /// Milliseconds between two readings of each healthy board, over two probes of the dead one.
    private func gapsBesideADeadBoard() async throws -> [[UInt64]] {
        var found: [[UInt64]] = []
        let profiles = try (0..<4).map { _ in try Profiles.flashWithInputs }
        let harness = try BusHarness(.serial, profiles, responseMs: 300)
        harness.slave.script { $0.unit == 3 ? .silence(acts: false) : .answer }
        try await harness.run { reports in
            #expect(reports.map(\.isUp) == [true, true, false, true])
            // Over two probes of the dead board.
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.count { $0.unit == 3 } >= 4
                }
            )
            let all = harness.slave.requests.all
            let healthy = try #require(all.last { $0.unit == 3 }).at
            for unit in [UInt8(1), 2, 4] {
                let reads = all.filter { $0.unit == unit && $0.function == 2 && $0.at <= healthy }.map(\.at)
                let gaps = zip(reads, reads.dropFirst()).map { $1.milliseconds(since: $0) }
                found.append(gaps)
            }
        }
        return found
    }

    @Test func aDeadBoardIsAskedOncePerBackOffAndComesBackByItself() async throws {
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs, Profiles.flashWithInputs])
        try await harness.run { _ in
            harness.slave.script { $0.unit == 2 ? .silence(acts: false) : .answer }
            #expect(await harness.waitUntil("b", isUp: false, reason: "no answer"))
            #expect(harness.readings("b", 1) == [.closed, .unknown])
            #expect(harness.readings("a", 1) == [.closed])
            let down = BootTime.now()
            let before = harness.slave.requests.all.count
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.dropFirst(before).count { $0.unit == 2 } >= 2
                }
            )
            let probes = harness.slave.requests.all.dropFirst(before).filter { $0.unit == 2 }
            #expect(probes.map(\.function) == [0x0F, 0x0F])
            #expect(probes.map { $0.at.milliseconds(since: down) }.last ?? 0 >= 2900)
            harness.slave.heal()
            #expect(await harness.waitUntil("b", isUp: true))
            #expect(harness.readings("b", 1) == [.closed, .unknown, .closed])
            #expect(await harness.counters("b").reconnects == 1)
            #expect(await harness.counters("b").timeouts >= 5)
            #expect(await harness.pulse("b").isActuated)
        }
    }

    @Test func afterAPulseAndWhileADoorIsOpenItsBoardIsReadEvery100ms() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash, Profiles.flashWithInputs]) {
            // The sensor of the door on the first board hangs on the second one.
            $0.boards[0].doors[0].sensor = SensorWiring(board: $0.boards[1].name, input: 8, openIs: .off)
        } prepare: { slave in
            slave.board(2) { $0.inputs[7] = true }
        }
        try await harness.run { _ in
            #expect(harness.readings("a", 1) == [.closed])
            #expect(await harness.pulse("a").isActuated)
            harness.slave.board(2) { $0.inputs[7] = false }
            #expect(await harness.waitForReading(.open))
            let before = harness.slave.requests.all.count
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.dropFirst(before).count { $0.function == 2 } >= 12
                }
            )
            let reads = harness.slave.requests.all.dropFirst(before).filter { $0.function == 2 }.map(\.at)
            let gaps = zip(reads, reads.dropFirst()).map { $1.milliseconds(since: $0) }.sorted()
            #expect(gaps[gaps.count / 2] <= 100, "\(gaps)")
            harness.slave.board(2) { $0.inputs[7] = true }
            #expect(await harness.waitForReading(.closed))
            #expect(harness.readings("a", 1) == [.closed, .open, .closed])
        }
    }

    @Test func oneWrongReadingAfterAnErrorNeverClosesADoor() async throws {
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs]) { _ in
        } prepare: { slave in
            slave.board(1) { $0.inputs[0] = true }
        }
        try await harness.run { _ in
            #expect(harness.readings() == [.open])
            let count = Recorder<Int>()
            harness.slave.script { request in
                guard request.function == 2 else { return .answer }
                count.append(0)
                return switch count.all.count % 4 {
                // A stale answer, every door closed, before and after a failure: two, but not two in a row.
                case 1, 3: .pdu([2, 1, 0])
                case 2: .silence(acts: false)
                default: .answer
                }
            }
            #expect(await count.wait { (all: [Int]) in all.count >= 12 })
            harness.slave.heal()
            #expect(harness.readings() == [.open])
            harness.slave.board(1) { $0.inputs[0] = false }
            #expect(await harness.waitForReading(.closed))
        }
    }

    @Test func aTTYThatDisappearsAndComesBackIsOpenedAgain() async throws {
        let link = "/tmp/lockbus-test-tty-\(UInt64.random(in: 0...UInt64.max))"
        let first = try ScriptedSlave.serial([1: SimulatedBoard(coils: 8, inputs: 8)])
        defer { unlinkTTY(link) }
        #expect(linkTTY(first.path, link))
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs]) {
            $0.transport = .rtu(path: link, baud: 115_200, parity: .none, stopBits: 1)
        }
        try await harness.run { reports in
            #expect(reports.first?.isUp == true)
            first.stop()
            #expect(await harness.waitUntil("a", isUp: false))
            #expect(await harness.waitForReading(.unknown))
            guard case .notActuated(.boardDown) = await harness.pulse() else {
                Issue.record("pulsed without a port")
                return
            }
            let second = try ScriptedSlave.serial([1: SimulatedBoard(coils: 8, inputs: 8)])
            unlinkTTY(link)
            #expect(linkTTY(second.path, link))
            #expect(await harness.waitUntil("a", isUp: true))
            #expect(second.requests.all.prefix(2).map(\.function) == [0x0F, 0x01])
            #expect(harness.readings() == [.closed, .unknown, .closed])
            #expect(await harness.pulse().isActuated)
            await harness.bus.shutdown()
            second.stop()
        }
    }

    @Test func aNetworkBoardThatRestartsIsSetUpAgainBeforeItIsUsed() async throws {
        let harness = try BusHarness(.network, [Profiles.flashWithInputs])
        try await harness.run { _ in
            harness.slave.stop()
            #expect(await harness.waitUntil("a", isUp: false))
            let again = try ScriptedSlave.network(
                [1: SimulatedBoard(coils: 8, inputs: 8)],
                port: harness.slave.port
            )
            #expect(await harness.waitUntil("a", isUp: true))
            #expect(again.requests.all.prefix(2).map(\.function) == [0x0F, 0x01])
            #expect(await harness.pulse().isActuated)
            await harness.bus.shutdown()
            again.stop()
        }
    }

    @Test func mangledAnswersAreCountedByTheirKindAndEndWithTheFault() async throws {
        let cases: [(ScriptedSlave.Action, @Sendable (BoardCounters) -> Int)] = [
            (.badCRC(acts: true), { $0.crcErrors }), (.unit(9), { $0.wrongSlave }),
            (.truncated(2), { $0.shortFrames }),
            (.exception(4), { $0.exceptions }), (.late(ms: 60), { $0.lateReplies }),
            (.silence(acts: false), { $0.timeouts }),
        ]
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs], responseMs: 40)
        try await harness.run { _ in
            for (action, counter) in cases {
                let count = Recorder<Int>()
                harness.slave.script { request in
                    // Two of three, so that the board stays up.
                    guard request.function == 2 else { return .answer }
                    count.append(0)
                    return count.all.count <= 2 ? action : .answer
                }
                #expect(await count.wait { (all: [Int]) in all.count >= 4 })
                // Both are counted, but on a busy machine one of them may count as a time-out.
                #expect(await counter(harness.counters("a")) >= 1, "\(action)")
            }
            harness.slave.script { $0.isPulse ? .wrongEcho : .answer }
            _ = await harness.pulse()
            #expect(await harness.counters("a").wrongEchoes == 1)
            #expect(await harness.bus.reports().first?.isUp == true)
        }
    }
}
