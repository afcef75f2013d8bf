internal import CodeScanner
internal import Crypto
internal import Foundation
internal import KioskServer
internal import LockBus
internal import StationCore
internal import StrictYAML
internal import Yams

extension StationConfiguration {
    /// Where things are when the file does not say: what systemd hands to the service.
    public struct Surroundings: Sendable {
        /// `$STATE_DIRECTORY`.
        public var stateFolder: String?
        /// `$RUNTIME_DIRECTORY`.
        public var runtimeFolder: String?
        /// `$CREDENTIALS_DIRECTORY`.
        public var credentialsFolder: String?
        /// The folder of the board profiles.
        public var profileFolder: String

        /// Reads the environment; profiles are beside the installed program unless the file names a folder.
        public init(environment: [String: String], profileFolder: String) {
            stateFolder = environment["STATE_DIRECTORY"]
            runtimeFolder = environment["RUNTIME_DIRECTORY"]
            credentialsFolder = environment["CREDENTIALS_DIRECTORY"]
            self.profileFolder = profileFolder
        }
    }

    /// Reads and checks a configuration file. Opens nothing but files.
    ///
    /// - Throws: ``ConfigurationError`` with file, line, what is wrong and what to do.
    public static func load(path: String, surroundings: Surroundings) throws(ConfigurationError)
        -> StationConfiguration
    {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ConfigurationError([
                "\(path): cannot be read; check the path and that the service user may read it"
            ])
        }
        do {
            var reader = try ConfigurationReader(
                text: String(decoding: data, as: UTF8.self),
                file: path,
                surroundings: surroundings
            )
            return try reader.read(hash: Hex.text(SHA256.hash(data: data)))
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError(error)
        }
    }
}

/// Reads `station.yaml` section by section; every key must be known, every value possible.
struct ConfigurationReader {
    let file: String
    let surroundings: StationConfiguration.Surroundings
    private var root: StrictMapping

    init(text: String, file: String, surroundings: StationConfiguration.Surroundings) throws {
        self.file = (file as NSString).lastPathComponent
        self.surroundings = surroundings
        root = try StrictMapping(yaml: text, name: "the configuration", file: self.file)
    }

    mutating func read(hash: String) throws -> StationConfiguration {
        var station = try root.mapping("station")
        let id = try station.string("id")
        let name = try station.string("name")
        let phone = try station.string("phone")
        let keyFile =
            try station.optionalString("keyFile") ?? credential("station-hmac-key", "station.keyFile")
        let stateFolder =
            try station.optionalString("stateFolder") ?? surroundings.stateFolder
            ?? missing("station.stateFolder", "the folder for the database")
        let runtimeFolder = try station.optionalString("runtimeFolder") ?? surroundings.runtimeFolder
        let adminSocket =
            try station.optionalString("adminSocket") ?? surroundings.runtimeFolder.map { $0 + "/admin.sock" }
        let profileFolder = try station.optionalString("boardProfiles") ?? surroundings.profileFolder
        try station.finish()

        let hq = try HQReader(
            file: file,
            credentials: surroundings.credentialsFolder,
            stateFolder: stateFolder
        ).read(&root, station: id)
        let wall = try WallReader(profiles: BoardProfile.Catalogue(directory: profileFolder), file: file)
            .read(&root)
        let scanner = try readScanner()
        let kiosk = try readKiosk(name: name, phone: phone, plan: wall.picture)
        var policy = try readPolicy()
        let locks = wall.compartments.count { $0.kind == .locker }
        policy.governor = try GovernorReader(file: file, doors: locks).read(&root)
        try root.finish()

        return StationConfiguration(
            file: file,
            hash: hash,
            name: name,
            phone: phone,
            plan: StationPlan(station: StationID(id), compartments: wall.compartments),
            policy: policy,
            buses: wall.buses,
            wiring: wall.wiring,
            points: wall.points,
            scanner: scanner,
            hq: hq,
            kiosk: kiosk,
            keyFile: keyFile,
            stateFolder: stateFolder,
            adminSocket: adminSocket,
            runtimeFolder: runtimeFolder
        )
    }

    private func credential(_ name: String, _ key: String) throws -> String {
        guard let folder = surroundings.credentialsFolder else {
            return try missing(key, "the path of a file with 32 random bytes in base64")
        }
        return folder + "/" + name
    }

    private func missing(_ key: String, _ what: String) throws -> String {
        throw ConfigurationError(["\(file): `\(key)` is missing; give \(what)"])
    }

    private mutating func readScanner() throws -> ScannerConfiguration? {
        guard var section = try root.optionalMapping("scanner") else { return nil }
        var scanner = ScannerConfiguration(
            path: try section.string("path"),
            baud: try section.optionalInteger("baud", in: 300...921_600) ?? 9600
        )
        if let silence = try section.optionalInteger("silenceMs", in: 10...1000) {
            scanner.silenceMs = silence
        }
        if let length = try section.optionalInteger("maxLength", in: 16...4096) { scanner.maxLength = length }
        if let window = try section.optionalInteger("duplicateWindowMs", in: 0...60_000) {
            scanner.duplicateWindowMs = window
        }
        scanner.prefixes = try section.strings("prefixes")
        scanner.acceptedSymbologies = try section.strings("symbologies")
        try section.finish()
        return scanner
    }

    private mutating func readKiosk(name: String, phone: String, plan: WallPlan) throws -> KioskConfiguration
    {
        guard var section = try root.optionalMapping("kiosk") else {
            return KioskConfiguration(
                host: "127.0.0.1",
                port: 8080,
                stationName: name,
                phone: phone,
                defaultLanguage: "en",
                plan: plan,
                preview: false,
                allowedFrameOrigins: []
            )
        }
        let origins = try section.strings("frameOrigins")
        let line = section.line
        let kiosk = KioskConfiguration(
            host: try section.optionalString("host") ?? "127.0.0.1",
            port: try section.optionalInteger("port", in: 0...65_535) ?? 8080,
            stationName: name,
            phone: phone,
            defaultLanguage: try section.optionalString("language") ?? "en",
            plan: plan,
            preview: !origins.isEmpty,
            allowedFrameOrigins: origins
        )
        try section.finish()
        do {
            try kiosk.check()
        } catch {
            throw ConfigurationError(["\(file):\(line): \(error)"])
        }
        return kiosk
    }

    private mutating func readPolicy() throws -> Policy {
        var policy = Policy()
        guard var section = try root.optionalMapping("policy") else { return policy }
        for setting in PolicySetting.all {
            switch setting.field {
            case .integer(let path, let range):
                if let value = try section.optionalInteger(setting.name, in: range) {
                    policy[keyPath: path] = value
                }
            case .boolean(let path):
                if let value = try section.optionalBoolean(setting.name) { policy[keyPath: path] = value }
            case .limit: break
            }
        }
        try section.finish()
        return policy
    }
}
