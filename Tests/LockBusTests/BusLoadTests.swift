import Testing

@testable import LockBus

struct BusLoadTests {
    private func wall(boards: Int, baud: Int, gapMs: Int = 0, parity: BusParity = .none) throws
        -> BusConfiguration
    {
        let profile = try Profiles.flashWithInputs
        return BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: .rtu(path: "/dev/pickup/port-1", baud: baud, parity: parity, stopBits: 1),
            requestGapMs: gapMs,
            boards: (1...boards).map { unit in
                let name = BoardName(rawValue: "b\(unit)")
                let sensor = SensorWiring(board: name, input: 1, openIs: .on)
                let door = DoorWiring(channel: 1, sensor: sensor, pulseMs: 300)
                return BoardConfiguration(name: name, profile: profile, unit: UInt8(unit), doors: [door])
            }
        )
    }

    @Test func aWallThatFitsItsLineGivesNoWarning() throws {
        #expect(try wall(boards: 18, baud: 9600).warnings().isEmpty)
        #expect(try wall(boards: 50, baud: 115_200).warnings().isEmpty)
    }

    /// 8 + 6 characters of 10 bits at 9600 baud are 14.6 ms, 2 × 3.5 characters of 11 bits are 8.0 ms; with 5 ms of
    /// answer time 27.6 ms, so that 18 boards fit into 500 ms and 19 do not.
    @Test func aWallTooLargeForItsLineIsAWarningWithTheArithmeticAndTheRemedy() throws {
        let warnings = try wall(boards: 19, baud: 9600).warnings()
        #expect(
            warnings.map(\.message) == [
                "reading every door once takes 19 boards × (8 + 6 bytes at 9600 baud = 14.6 ms, 2 × 4 ms of silence, "
                    + "about 5 ms until the board answers) = 524.5 ms, and every door is to be read every 500 ms; "
                    + "set boards and bus to 19200 baud (309.7 ms), or move 1 of its 19 boards to another line"
            ]
        )
    }

    @Test func aGapAndAParityBitCountToo() throws {
        #expect(try wall(boards: 18, baud: 9600, gapMs: 20).warnings().count == 1)
        #expect(try wall(boards: 18, baud: 9600, parity: .even).warnings().count == 1)
    }

    @Test func boardsWithoutSensorsCostTheLineNothing() throws {
        var bus = try wall(boards: 19, baud: 9600)
        bus.boards[0].doors[0].sensor = nil
        #expect(bus.warnings().isEmpty)
    }

    @Test func nobodyIsSentToASpeedThatWouldNotHelp() throws {
        let message = try #require(try wall(boards: 200, baud: 57600).warnings().first?.message)
        #expect(!message.contains("set boards and bus"))
        #expect(message.contains("of its 200 boards to another line"))
    }
}
