import Foundation

@testable import StationRuntime

/// The configuration of a station with one compartment, for tests that never ask its board.
enum SmallStation {
    static func configuration(in folder: URL, more: String = "") throws -> StationConfiguration {
        let file = folder.appendingPathComponent("station.yaml")
        try """
        station: { id: S-1, name: Store, phone: "1", keyFile: /k, stateFolder: \(folder.path) }
        buses:
          - { name: wall, tcp: { host: 127.0.0.1, port: 1502 } }
        boards:
          - { name: A, bus: wall, profile: generic-coil-16ch-watchdog, unit: 1 }
        compartments:
          - { id: A-01, size: M, board: A, channel: 1 }
        \(more)
        """.write(to: file, atomically: true, encoding: .utf8)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try StationConfiguration.load(
            path: file.path,
            surroundings: StationConfiguration.Surroundings(
                environment: [:],
                profileFolder: root.appendingPathComponent("hardware/boards").path
            )
        )
    }
}
