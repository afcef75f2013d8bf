public import Foundation

/// Where a rig keeps its files, and the wall it builds: 12 doors behind Modbus TCP, 8 doors behind Modbus
/// RTU.
public struct RigLayout: Sendable {
    /// The folder of everything the rig writes.
    public let folder: URL
    /// The port of the kiosk.
    public let kioskPort: Int
    /// Boards of 16 doors besides the two, on the TCP bank: C, D, …
    public let moreBoards: Int

    /// A rig in this folder, which is created if it is missing.
    ///
    /// - Throws: when the folder cannot be created.
    public init(folder: URL, kioskPort: Int, moreBoards: Int = 0) throws {
        self.folder = folder
        self.kioskPort = kioskPort
        self.moreBoards = moreBoards
        for part in ["state", "run", "dev"] {
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(part),
                withIntermediateDirectories: true
            )
        }
    }

    /// The station's database is in here.
    public var state: String { folder.appendingPathComponent("state").path }
    /// The admin socket is in here.
    public var run: String { folder.appendingPathComponent("run").path }
    /// The admin socket.
    public var adminSocket: String { run + "/admin.sock" }
    /// The station's side of the scanner's wire.
    public var scannerPath: String { folder.appendingPathComponent("dev/scanner").path }
    /// The station's side of the RTU bank's wire.
    public var rtuPath: String { folder.appendingPathComponent("dev/wall-b").path }
    /// The generated configuration.
    public var configuration: URL { folder.appendingPathComponent("station.yaml") }
    /// The station's key.
    public var key: URL { folder.appendingPathComponent("station-hmac-key") }
    /// HQ's token.
    public var token: URL { folder.appendingPathComponent("hq-token") }
    /// What the station logged.
    public var log: URL { folder.appendingPathComponent("pickupd.log") }

    /// Sizes of the two banks' doors, in order of their channels.
    static let sizes: (tcp: [String], rtu: [String]) = (
        ["S", "S", "S", "S", "M", "M", "M", "M", "L", "L", "L", "XL"],
        ["S", "S", "S", "M", "M", "M", "L", "L"]
    )

    /// The banks of the simulated cabinet.
    public func banks(tcpPort: UInt16 = 0) -> [SandboxBank] {
        [
            SandboxBank(
                name: "wall-a",
                transport: .tcp(port: tcpPort),
                boards: [Self.board("A", .coilBoard16, doors: Self.sizes.tcp.count)]
                    + moreBoardNames.enumerated().map { index, name in
                        Self.board(name, .coilBoard16, doors: 16, unit: UInt8(index + 2))
                    }
            ),
            SandboxBank(
                name: "wall-b",
                transport: .rtu(link: rtuPath),
                boards: [Self.board("B", .waveshareRelayD8, doors: Self.sizes.rtu.count)]
            ),
        ]
    }

    private var moreBoardNames: [String] {
        (0..<min(moreBoards, 20)).map { String(UnicodeScalar(UInt8(ascii: "C") + UInt8($0))) }
    }

    /// The doors of the TCP bank.
    public var tcpDoors: [String] {
        (1...Self.sizes.tcp.count).map { Self.label("A", $0) }
            + moreBoardNames.flatMap { name in (1...16).map { Self.label(name, $0) } }
    }

    static func board(
        _ name: String,
        _ model: SandboxBoardModel,
        doors: Int,
        unit: UInt8 = 1
    ) -> SandboxBoard {
        SandboxBoard(
            name: SandboxBoardName(rawValue: name),
            unit: unit,
            model: model,
            doors: (1...doors).map { channel in
                SandboxDoor(
                    name: SandboxDoorName(rawValue: label(name, channel)),
                    channel: channel,
                    sensor: SandboxDoor.Sensor(input: channel)
                )
            }
        )
    }

    static func label(_ board: String, _ channel: Int) -> String {
        channel < 10 ? "\(board)-0\(channel)" : "\(board)-\(channel)"
    }

    /// Writes the station's configuration.
    ///
    /// - Parameters:
    ///   - tcpPort: where the TCP bank answers.
    ///   - hqURL: where HQ answers.
    ///   - profiles: the folder of the board profiles.
    ///   - frameOrigins: pages that may show the kiosk in a frame.
    ///   - policy: lines of the policy section.
    ///   - duplicateWindowMs: how long the scanner takes the same code for one scan.
    public func writeConfiguration(
        tcpPort: Int,
        hqURL: String,
        profiles: String,
        frameOrigins: [String],
        policy: [String: Int],
        duplicateWindowMs: Int
    ) throws {
        var lines = [
            "# Written by the rig at every start.",
            "station:",
            "  id: DEMO-1",
            "  name: Demo store",
            "  phone: \"+49 30 555 0100\"",
            "  keyFile: \(key.path)",
            "  stateFolder: \(state)",
            "  runtimeFolder: \(run)",
            "  adminSocket: \(adminSocket)",
            "  boardProfiles: \(profiles)",
            "hq:",
            "  baseURL: \(hqURL)",
            "  tokenFile: \(token.path)",
            "  longPollSeconds: 20",
            "  stateSeconds: 10",
            "buses:",
            "  - { name: wall-a, title: Left, tcp: { host: 127.0.0.1, port: \(tcpPort) } }",
            "  - { name: wall-b, title: Right, rtu: { path: \(rtuPath), baud: 19200 } }",
            "boards:",
            "  - { name: A, bus: wall-a, profile: generic-coil-16ch-watchdog, unit: 1 }",
            "  - { name: B, bus: wall-b, profile: waveshare-modbus-rtu-relay-d-8ch, unit: 1 }",
        ]
        for (index, name) in moreBoardNames.enumerated() {
            lines.append(
                "  - { name: \(name), bus: wall-a, profile: generic-coil-16ch-watchdog, unit: \(index + 2) }"
            )
        }
        lines.append("compartments:")
        let more = moreBoardNames.map { ($0, Array(repeating: "M", count: 16)) }
        for (board, sizes) in [("A", Self.sizes.tcp), ("B", Self.sizes.rtu)] + more {
            for (index, size) in sizes.enumerated() {
                let label = Self.label(board, index + 1)
                lines.append(
                    "  - { id: \(label), size: \(size), board: \(board), channel: \(index + 1), pulseMs: 400 }"
                )
            }
        }
        lines.append("scanner: { path: \(scannerPath), baud: 9600, duplicateWindowMs: \(duplicateWindowMs) }")
        lines += ["kiosk:", "  port: \(kioskPort)"]
        if !frameOrigins.isEmpty { lines.append("  frameOrigins: [\(frameOrigins.joined(separator: ", "))]") }
        if !policy.isEmpty {
            lines.append("policy:")
            lines += policy.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        }
        try (lines.joined(separator: "\n") + "\n").write(to: configuration, atomically: true, encoding: .utf8)
    }

    /// Makes the station's key if there is none, and returns its bytes; the shop makes digests with it, as HQ
    /// does.
    public func makeKey() throws -> [UInt8] {
        if let text = try? String(contentsOf: key, encoding: .utf8),
            let data = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
            data.count >= 32
        {
            return Array(data)
        }
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        try write(Data(bytes).base64EncodedString() + "\n", to: key)
        return bytes
    }

    /// Makes a token for HQ's API.
    public func makeToken() throws -> String {
        if let text = try? String(contentsOf: token, encoding: .utf8), text.count > 20 {
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let made = UUID().uuidString + UUID().uuidString
        try write(made + "\n", to: token)
        return made
    }

    private func write(_ secret: String, to file: URL) throws {
        let isMade = FileManager.default.createFile(
            atPath: file.path,
            contents: Data(secret.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        if !isMade { throw CocoaError(.fileWriteUnknown) }
    }
}
