import Foundation
import Sandbox

/// The wires that a bank can have.
enum Wire: CaseIterable {
    case tcp
    case rtu
}

/// A cabinet with one bank on real wires: a Waveshare (unit 1, doors A1…A8) and a coil board (unit 2, B1…B16,
/// whose
/// inputs are on while the door is open).
final class CabinetBench {
    static let waveshare: UInt8 = 1
    static let coilBoard: UInt8 = 2

    let cabinet: SandboxCabinet
    let endpoint: SandboxCabinet.Endpoint
    private let folder: URL

    init(_ wire: Wire, spring: SandboxDoor.Spring = .pops, onChange: (@Sendable () -> Void)? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "cabinet-\(UUID())")
        let transport: SandboxBank.Transport =
            switch wire {
            case .tcp: .tcp(port: 0)
            case .rtu: .rtu(link: folder.appending(path: "bus").path)
            }
        let bank = SandboxBank(
            name: "bank",
            transport: transport,
            boards: [
                .filled(
                    name: "left",
                    unit: Self.waveshare,
                    model: .waveshareRelayD8,
                    doors: (1...8).map { SandboxDoorName(rawValue: "A\($0)") },
                    spring: spring
                ),
                .filled(
                    name: "right",
                    unit: Self.coilBoard,
                    model: .coilBoard16,
                    doors: (1...16).map { SandboxDoorName(rawValue: "B\($0)") },
                    isOnWhenOpen: true,
                    spring: spring
                ),
            ]
        )
        cabinet = try SandboxCabinet(banks: [bank], onChange: onChange)
        guard let endpoint = cabinet.endpoint(of: "bank") else { throw ModbusMaster.Failure(code: 0) }
        self.endpoint = endpoint
    }

    deinit {
        cabinet.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    func master(unit: UInt8, timeoutMs: UInt32 = 5000) throws -> ModbusMaster {
        try ModbusMaster(endpoint, unit: unit, timeoutMs: timeoutMs)
    }

    func door(_ name: SandboxDoorName) -> SandboxCabinetSnapshot.Door? {
        cabinet.snapshot()[door: name]
    }
}
