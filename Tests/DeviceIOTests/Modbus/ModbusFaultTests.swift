import Foundation
import Glibc
import ScriptedBoards
import Synchronization
import Testing

@testable import DeviceIO

/// Each row of the table of what libmodbus 3.1.6 does wrong, against a slave that does it on a real wire.
@Suite(.serialized)
struct ModbusFaultTests {
    @Test(arguments: LinkHarness.WireKind.allCases)
    func silenceIsATimeoutAtTheResponseTime(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.script { _ in .silence(acts: false) }
        try #expect(harness.write(coil3On) == sent(.timeout))
    }

    @Test func silenceDoesNotBlockLongerThanTheResponseTime() throws {
        let harness = try LinkHarness(.serial, responseMs: 100)
        harness.slave.script { _ in .silence(acts: false) }
        let start = BootTime.now()
        try #expect(harness.write(coil3On) == sent(.timeout))
        let elapsed = BootTime.now().milliseconds(since: start)
        #expect((95...400).contains(elapsed))
    }

    /// With libmodbus's link recovery an absent slave costs two response times, and a write to a hung-up tty
    /// never returns.
    @Test func theLibrarysOwnRecoveryIsOff() throws {
        let harness = try LinkHarness(.serial, responseMs: 400)
        harness.slave.script { _ in .silence(acts: false) }
        let start = BootTime.now()
        try #expect(harness.write(coil3On) == sent(.timeout))
        #expect(BootTime.now().milliseconds(since: start) < 700)
        harness.slave.stop()
        let gone = BootTime.now()
        _ = try harness.write(coil3On)
        #expect(BootTime.now().milliseconds(since: gone) < 1500)
    }

    @Test func aLateReplyIsNotTakenForTheNextWrite() throws {
        let harness = try LinkHarness(.serial, responseMs: 200)
        harness.slave.script { $0.address == 3 ? .late(ms: 260) : .silence(acts: false) }
        try #expect(harness.write(coil3On) == sent(.timeout))
        // libmodbus would answer this one with the echo of the first, in 0 ms.
        try #expect(harness.write(coil5On) == sent(.timeout))
        #expect(harness.lateReplies == 1)
    }

    @Test func aLateReplyInsideTheNextRequestIsAWrongEcho() throws {
        let harness = try LinkHarness(.serial)
        harness.slave.script { $0.address == 3 ? .late(ms: 150) : .silence(acts: false) }
        try #expect(harness.write(coil3On) == sent(.timeout))
        try #expect(harness.write(coil5On, patience: .brief) == sent(.wrongEcho))
    }

    @Test func aLateReplyOnTCPDiesWithItsConnection() throws {
        let harness = try LinkHarness(.network)
        harness.slave.script { $0.address == 3 ? .late(ms: 100) : .answer }
        try #expect(harness.write(coil3On) == sent(.timeout))
        #expect(!harness.isOpen)
        for _ in 0..<3 { try #expect(harness.write(coil5On) == nil) }
        #expect(harness.opens == 2)
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func anEchoOfAnotherAddressIsNoProof(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.script { _ in .wrongEcho }
        try #expect(harness.write(coil3On) == sent(.wrongEcho))
        try #expect(harness.write(.writeRegister(address: 0, value: 15)) == sent(.wrongEcho))
        try #expect(harness.write(.clearCoils(address: 0, count: 16)) == sent(.wrongEcho))
        // The vendors' times go out raw, and libmodbus does not look at the answer to those at all.
        harness.slave.board(1) { board in
            board.map.functions.insert(0x10)
            board.map.blocks = 3
        }
        let ticks = FlashTicks(milliseconds: 700, unitMs: 100)
        try #expect(harness.write(.flashCoil(address: 0x0203, ticks: ticks)) == sent(.wrongEcho))
        try #expect(harness.write(.delayRegister(address: 0, seconds: ticks)) == sent(.wrongEcho))
        try #expect(harness.write(.flashBlock(address: 8, ticks: ticks)) == sent(.wrongEcho))
        harness.slave.heal()
        try #expect(harness.write(coil3On) == nil)
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func anotherSlavesAnswerIsRefused(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.script { _ in .unit(2) }
        try #expect(harness.write(coil3On) == sent(.wrongUnit(2)))
        harness.slave.heal()
        try #expect(harness.write(coil3On) == nil)
    }

    @Test func aWrongChecksumIsRefused() throws {
        let harness = try LinkHarness(.serial)
        harness.slave.script { _ in .badCRC(acts: true) }
        try #expect(harness.write(coil3On) == sent(.crc))
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func anExceptionIsTheBoardsRefusalAndKeepsTheLink(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.script { _ in .exception(2) }
        for _ in 0..<4 { try #expect(harness.write(coil3On) == sent(.exception(2))) }
        #expect(harness.opens == 1)
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func aTruncatedReplyIsAShortFrame(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.script { _ in .truncated(2) }
        try #expect(harness.write(coil3On) == sent(.shortFrame))
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func aDribbleCannotHoldTheBus(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.script { _ in .dribble(msPerByte: 25) }
        let start = BootTime.now()
        // Eight bytes at 25 ms each: every gap is below the byte time, the whole is not.
        try #expect(harness.write(coil3On) == sent(.shortFrame))
        #expect(BootTime.now().milliseconds(since: start) < 170)
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func aReplyToAnotherFunctionIsRefused(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.script { _ in .function(1) }
        try #expect(harness.write(coil3On) == sent(.lateReply))
    }

    @Test func anotherTransactionsReplyIsRefusedAndTheConnectionClosed() throws {
        let harness = try LinkHarness(.network)
        harness.slave.script { _ in .transaction(7) }
        try #expect(harness.write(coil3On) == sent(.lateReply))
        #expect(!harness.isOpen)
        harness.slave.heal()
        try #expect(harness.write(coil3On) == nil)
    }

    @Test func bytesAfterAReplyAreThrownAwayBeforeTheNextRequest() throws {
        let harness = try LinkHarness(.serial)
        harness.slave.script {
            $0.address == 3 ? .answerThen(sealed([1, 5, 0, 5, 0xFF, 0])) : .silence(acts: false)
        }
        try #expect(harness.write(coil3On) == nil)
        try #expect(harness.write(coil5On) == sent(.timeout))
        #expect(harness.link.secondReplies == 1)
    }

    @Test func bytesAfterATCPReplyCostTheConnectionNotTheNextRequest() throws {
        let harness = try LinkHarness(.network)
        harness.slave.script {
            $0.address == 3 ? .answerThen([0, 0, 0, 0, 0, 6, 1, 5, 0, 5, 0xFF, 0]) : .answer
        }
        try #expect(harness.write(coil3On) == nil)
        try #expect(harness.write(coil5On) == nil)
        #expect(harness.lateReplies == 1)
        #expect(harness.opens == 2)
    }

    @Test func aPhantomByteBeforeAReplyIsAnErrorNotAnAnswer() throws {
        let harness = try LinkHarness(.serial)
        for garbage: [UInt8] in [[0], [0xFF]] {
            harness.slave.script { _ in .garbageFirst(garbage) }
            try #expect(harness.write(coil3On) == sent(.leadingGarbage))
        }
        harness.slave.heal()
        try #expect(harness.write(coil3On) == nil)
    }

    /// libmodbus retries `select` after a signal, but neither `write` nor `connect`.
    @Test(arguments: LinkHarness.WireKind.allCases)
    func signalsDoNotCostARequest(_ kind: LinkHarness.WireKind) throws {
        var ignore = sigaction()
        // A handler that does nothing, and no SA_RESTART: calls end with EINTR.
        ignore.__sigaction_handler.sa_handler = { _ in }
        var before = sigaction()
        sigaction(SIGUSR2, &ignore, &before)
        defer { sigaction(SIGUSR2, &before, nil) }
        let harness = try LinkHarness(kind, responseMs: 400)
        harness.slave.script { _ in .late(ms: 5) }
        let target = pthread_self()
        let isDone = Atomic(false)
        let isFinished = DispatchSemaphore(value: 0)
        Thread {
            while !isDone.load(ordering: .relaxed) {
                pthread_kill(target, SIGUSR2)
                usleep(500)
            }
            isFinished.signal()
        }.start()
        for _ in 0..<30 { try #expect(harness.write(coil3On) == nil) }
        isDone.store(true, ordering: .relaxed)
        isFinished.wait()
        #expect(harness.slave.requests.all.count == 30)
    }

    @Test func aHungUpTTYIsDisconnectedAtOnceAndForGood() throws {
        let harness = try LinkHarness(.serial)
        try #expect(harness.write(coil3On) == nil)
        harness.slave.stop()
        let start = BootTime.now()
        guard case .disconnected? = try harness.write(coil3On)?.cause else {
            Issue.record("not disconnected")
            return
        }
        let again = try harness.write(coil3On)
        #expect(again?.wasSent == false)
        #expect(BootTime.now().milliseconds(since: start) < 500)
    }

    @Test func aTTYThatHangsUpInsteadOfAnsweringWasSentTo() throws {
        let harness = try LinkHarness(.serial, responseMs: 1000)
        harness.slave.script { _ in .disconnect(acts: true) }
        let failure = try harness.write(coil3On)
        #expect(failure?.wasSent == true)
        guard case .disconnected? = failure?.cause else {
            Issue.record("\(String(describing: failure))")
            return
        }
    }

    @Test func aConnectionClosedWhileIdleIsNoticedBeforeSending() throws {
        let harness = try LinkHarness(.network)
        try #expect(harness.write(coil3On) == nil)
        harness.slave.hangUp()
        var failure: ModbusFailure?
        for _ in 0..<100 where failure == nil { failure = try harness.write(coil5On) }
        guard case .disconnected? = failure?.cause else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(!harness.isOpen)
        try #expect(harness.write(coil5On) == nil)
    }

    @Test func aConnectionClosedInsteadOfAnAnswerWasSentTo() throws {
        let harness = try LinkHarness(.network)
        harness.slave.script { _ in .disconnect(acts: true) }
        let failure = try harness.write(coil3On)
        #expect(failure?.wasSent == true)
        #expect(failure?.cause == .disconnected(errno: 104))
    }

    @Test func threeFailuresInARowReopenTheSerialPort() throws {
        let harness = try LinkHarness(.serial, responseMs: 30)
        harness.slave.script { _ in .silence(acts: false) }
        for _ in 0..<4 { try #expect(harness.write(coil3On) == sent(.timeout)) }
        #expect(harness.opens == 2)
    }

    @Test func afterAFailureTheLineIsLeftQuietForAResponseTime() throws {
        let harness = try LinkHarness(.serial, responseMs: 100)
        harness.slave.script { _ in .badCRC(acts: false) }
        try #expect(harness.write(coil3On) == sent(.crc))
        let failedAt = BootTime.now()
        harness.slave.heal()
        try #expect(harness.write(coil5On) == nil)
        let next = try #require(harness.slave.requests.all.last)
        #expect(next.at.milliseconds(since: failedAt) >= 95)
    }

    @Test func aDeadSlavesSilenceHoldsUpOnlyItself() throws {
        let harness = try LinkHarness(.serial, responseMs: 300)
        harness.slave.script { $0.unit == 2 ? .silence(acts: false) : .answer }
        try #expect(harness.write(coil3On, to: 2) == sent(.timeout))
        let failedAt = BootTime.now()
        try #expect(harness.write(coil5On, to: 1) == nil)
        #expect((45...250).contains(BootTime.now().milliseconds(since: failedAt)))
        harness.slave.heal()
        try #expect(harness.write(coil3On, to: 2) == nil)
        #expect(BootTime.now().milliseconds(since: failedAt) >= 295)
    }

    @Test func aBoardInTransparentModeIsFoundOut() throws {
        let harness = try LinkHarness(.network)
        harness.slave.script { _ in .serialFrame }
        try #expect(harness.write(coil3On) == sent(.wrongMode))
    }

    @Test func aSilentBoardIsAskedWhetherItSpeaksSerialFrames() throws {
        let harness = try LinkHarness(.network)
        harness.slave.speakSerialOnly()
        try #expect(harness.write(coil3On) == sent(.timeout))
        let isSerial = harness.link.speaksSerialFrames(unit: try LinkHarness.unit(1))
        #expect(isSerial)
        let proper = try LinkHarness(.network)
        let isProperSerial = proper.link.speaksSerialFrames(unit: try LinkHarness.unit(1))
        #expect(!isProperSerial)
        try #expect(proper.write(coil3On) == nil)
    }
}
