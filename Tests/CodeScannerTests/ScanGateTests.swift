import DeviceIO
import Testing

@testable import CodeScanner

@Suite struct ScanGateTests {
    private func at(_ milliseconds: UInt64) -> BootTime {
        BootTime(nanoseconds: 0).advanced(byMilliseconds: milliseconds)
    }

    @Test func aPhoneHeldStillIsOneScanUntilItIsTakenAway() {
        var gate = ScanGate(duplicateWindowMs: 2500, maxPerSecond: 20)
        #expect(gate.refusal(of: "A", at: at(0)) == nil)
        for second in 1...10 {
            #expect(gate.refusal(of: "A", at: at(UInt64(second) * 1000)) == .duplicate)
        }
        #expect(gate.refusal(of: "A", at: at(12_499)) == .duplicate)
        #expect(gate.refusal(of: "A", at: at(14_999)) == nil)
    }

    @Test func twoPhonesInTurnAreTwoScans() {
        var gate = ScanGate(duplicateWindowMs: 2500, maxPerSecond: 20)
        #expect(gate.refusal(of: "A", at: at(0)) == nil)
        #expect(gate.refusal(of: "B", at: at(10)) == nil)
        #expect(gate.refusal(of: "A", at: at(20)) == .duplicate)
        #expect(gate.refusal(of: "B", at: at(30)) == .duplicate)
    }

    @Test func anySecondPassesAtMostTheLimit() {
        var gate = ScanGate(duplicateWindowMs: 0, maxPerSecond: 20)
        var passes: [UInt64] = []
        for millisecond in UInt64(0)..<5000
        where gate.refusal(of: "A\(millisecond)", at: at(millisecond)) == nil {
            passes.append(millisecond)
        }
        #expect(passes.count == 100)
        for (index, pass) in passes.enumerated() where index >= 20 {
            #expect(pass - passes[index - 20] >= 1000)
        }
    }

    @Test func aCodeLostInAFloodIsNewAfterwards() {
        var gate = ScanGate(duplicateWindowMs: 60_000, maxPerSecond: 1)
        #expect(gate.refusal(of: "A", at: at(0)) == nil)
        #expect(gate.refusal(of: "B", at: at(1)) == .flood)
        #expect(gate.refusal(of: "B", at: at(1001)) == nil)
    }

    @Test func noiseHasABudgetOfItsOwn() {
        var gate = ScanGate(duplicateWindowMs: 2500, maxPerSecond: 20)
        let told = (0..<1000).filter { _ in gate.tells(.notPrintable, at: at(1)) }.count
        #expect(told == 20)
        #expect(gate.refusal(of: "A", at: at(2)) == nil)
        #expect((0..<1000).filter { _ in gate.tells(.flood, at: at(3)) }.count == 1)
    }
}
