import Sandbox

/// One bank of twelve doors on Modbus TCP and nothing else, for a station that is started by hand.
enum CabinetDemo {
    static func serve(port: UInt16) async throws {
        let board = SandboxBoard(
            name: "A",
            unit: 1,
            model: .coilBoard16,
            doors: (1...12).map { channel in
                SandboxDoor(
                    name: SandboxDoorName(rawValue: "A-\(channel < 10 ? "0" : "")\(channel)"),
                    channel: channel,
                    sensor: SandboxDoor.Sensor(input: channel)
                )
            }
        )
        let cabinet = try SandboxCabinet(
            banks: [SandboxBank(name: "wall", transport: .tcp(port: port), boards: [board])]
        )
        say("cabinet of 12 doors on 127.0.0.1:\(port), Modbus TCP, unit 1; stop with Ctrl-C")
        for await _ in cabinet.changes() {}
    }
}
