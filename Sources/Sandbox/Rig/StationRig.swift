public import Foundation
public import Logging

/// A whole station on one machine: sandbox HQ with its shop, the simulated cabinet, the scanner, and the real
/// station
/// program as a child process. Every wire between them is real.
public final class StationRig: Sendable {
    /// What a rig is built from.
    public struct Settings: Sendable {
        /// Where it keeps its files.
        public var folder: URL
        /// The station's program.
        public var program: String
        /// The folder of the board profiles.
        public var profiles: String
        /// The port of the shop; 0: any.
        public var shopPort: Int
        /// The port of the kiosk; 0: any.
        public var kioskPort: Int
        /// Pages that may show the kiosk in a frame.
        public var frameOrigins: [String]
        /// Lines of the policy section: shorter times make a story shorter.
        public var policy: [String: Int]

        /// How long the scanner takes the same code for one scan, in milliseconds.
        public var duplicateWindowMs: Int

        /// Boards of 16 doors besides the two of the demo wall.
        public var moreBoards = 0

        /// Whether doors serve only after they were walked, as on a real wall.
        public var mustBeWalked = false

        /// What the one member of staff may do; nil: everything.
        public var staffRoles: [String]?

        /// A rig in this folder, with any free ports.
        public init(folder: URL, program: String, profiles: String) {
            self.folder = folder
            self.program = program
            self.profiles = profiles
            shopPort = 0
            kioskPort = 0
            frameOrigins = []
            policy = [:]
            duplicateWindowMs = 2_500
        }
    }

    /// Where its files are.
    public let layout: RigLayout
    /// HQ and the shop.
    public let hq: SandboxHQ
    /// The wall.
    public let cabinet: SandboxCabinet
    /// The scanner.
    public let scanner: SandboxScanner
    /// The kiosk's screen.
    public let kiosk: KioskClient
    /// The shop's port.
    public let shopPort: Int

    private let settings: Settings

    /// Builds everything but the station's program, which ``startStation()`` starts.
    public init(_ settings: Settings, logger: Logger) async throws {
        self.settings = settings
        let kioskPort = settings.kioskPort == 0 ? try FreePort.find() : settings.kioskPort
        layout = try RigLayout(
            folder: settings.folder,
            kioskPort: kioskPort,
            moreBoards: settings.moreBoards
        )
        var atHQ = SandboxHQ.Configuration(
            station: "DEMO-1",
            stationKey: try layout.makeKey(),
            token: try layout.makeToken(),
            port: settings.shopPort
        )
        if let roles = settings.staffRoles { atHQ.staffRoles = roles }
        hq = SandboxHQ(atHQ, logger: logger)
        shopPort = try await hq.start()
        cabinet = try SandboxCabinet(banks: layout.banks())
        scanner = try SandboxScanner(link: layout.scannerPath)
        kiosk = KioskClient(port: kioskPort)
        guard case .tcp(_, let port) = cabinet.endpoint(of: "wall-a") else {
            throw KioskClient.Failure(description: "the TCP bank has no port")
        }
        try layout.writeConfiguration(
            tcpPort: Int(port),
            hqURL: "http://127.0.0.1:\(shopPort)",
            profiles: settings.profiles,
            frameOrigins: settings.frameOrigins,
            policy: settings.policy,
            duplicateWindowMs: settings.duplicateWindowMs
        )
    }

    /// `hardware/boards` of the checkout this program was built from, found upwards from the program; nil if
    /// it is not there.
    public static func boardProfiles() -> String? {
        var folder = URL(fileURLWithPath: StationProcess.sibling(""))
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent("hardware/boards").path
            if FileManager.default.fileExists(atPath: candidate) { return candidate }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// Starts the station's program; returns at once.
    public func startStation() throws -> StationProcess {
        try StationProcess(
            program: settings.program,
            configuration: layout.configuration.path,
            log: layout.log,
            arguments: settings.mustBeWalked ? [] : ["--unwalked"]
        )
    }

    /// Waits until the kiosk answers, or the program has ended.
    public func waitUntilServing(_ station: StationProcess, withinMs limit: Int = 20_000) async throws {
        let end = ContinuousClock.now + .milliseconds(limit)
        while ContinuousClock.now < end {
            if let status = station.exitStatus {
                throw StationProcess.Failure.ended(status: status, log: logTail())
            }
            if let screen = try? kiosk.screen(), screen.name != "cannotServe" { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw KioskClient.Failure(
            description: "the kiosk does not answer; the station's log ends with:\n\(logTail())"
        )
    }

    /// The last lines of the station's log.
    public func logTail(_ lines: Int = 15) -> String {
        let text = (try? String(contentsOf: layout.log, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// Ends HQ, the cabinet and the scanner.
    public func stop() async {
        await hq.stop()
        cabinet.stop()
        scanner.unplug()
    }
}
