internal import Foundation
internal import StationAPI
internal import StrictYAML

extension BridgeConfiguration {
    /// Reads and checks a configuration file. Opens nothing but files.
    ///
    /// - Parameter environment: `$STATE_DIRECTORY` and `$CREDENTIALS_DIRECTORY`, as systemd hands them over.
    /// - Throws: ``BridgeConfigurationError`` with file, line, what is wrong and what to do.
    public static func load(
        path: String,
        environment: [String: String]
    ) throws(BridgeConfigurationError) -> BridgeConfiguration {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw BridgeConfigurationError(
                "\(path): cannot be read; check the path and that the service user may read it"
            )
        }
        do {
            var reader = try BridgeConfigurationReader(
                text: String(decoding: data, as: UTF8.self),
                file: (path as NSString).lastPathComponent,
                environment: environment
            )
            return try reader.read()
        } catch let error as BridgeConfigurationError {
            throw error
        } catch {
            throw BridgeConfigurationError("\(error)")
        }
    }
}

/// Reads `bridge.yaml` section by section; every key must be known, every value possible.
struct BridgeConfigurationReader {
    private let file: String
    private let environment: [String: String]
    private var root: StrictMapping

    init(text: String, file: String, environment: [String: String]) throws {
        self.file = file
        self.environment = environment
        root = try StrictMapping(yaml: text, name: "the configuration", file: file)
    }

    mutating func read() throws -> BridgeConfiguration {
        var configuration = BridgeConfiguration(place: try readDatabase())
        configuration.server = try readServer()
        configuration.retention = try readRetention()
        configuration.keys = try readKeys()
        configuration.integrations = try IntegrationReader(file: file).read(&root)
        configuration.isStandalone =
            try root.optionalBoolean("standalone") ?? configuration.integrations.isEmpty
        if let width = try root.optionalInteger("sinkWidth", in: 1...64) { configuration.sinkWidth = width }
        if let lease = try root.optionalInteger("leaseSeconds", in: 5...900) {
            configuration.leaseSeconds = lease
        }
        configuration.forwards = try readForwards(leaseSeconds: configuration.leaseSeconds)
        try root.finish()
        return configuration
    }

    private func refuse(_ line: Int, _ problem: String, _ remedy: String) -> StrictYAMLError {
        StrictYAMLError(file: file, line: line, problem: problem, remedy: remedy)
    }

    private mutating func readDatabase() throws -> BridgeStore.Place {
        var section = try root.mapping("database")
        let path = try section.optionalString("sqlite")
        let settings = try section.optionalString("postgresql")
        let passwordFile = try section.optionalString("passwordFile")
        let connections = try section.optionalInteger("connections", in: 1...64)
        let line = section.line
        try section.finish()
        switch (path, settings) {
        case (let path?, nil):
            guard passwordFile == nil, connections == nil else {
                throw refuse(line, "`passwordFile` and `connections` are for PostgreSQL", "remove them")
            }
            if path.hasPrefix("/") { return .sqlite(path: path) }
            guard let folder = environment["STATE_DIRECTORY"] else {
                throw refuse(line, "`sqlite` is a relative path", "begin it with /")
            }
            return .sqlite(path: folder + "/" + path)
        case (nil, var settings?):
            guard !settings.contains("password"), !settings.contains("://") else {
                throw refuse(
                    line,
                    "`postgresql` is a URI or contains a password",
                    "write host=… user=… dbname=…, and the password into a file named by passwordFile"
                )
            }
            if let passwordFile {
                let password = try secret(passwordFile, line)
                    .replacing("\\", with: "\\\\").replacing("'", with: "\\'")
                settings += " password='\(password)'"
            }
            return .postgreSQL(settings, connections: connections ?? 8)
        case (nil, nil):
            throw refuse(line, "`database` names no database", "write sqlite: … or postgresql: …")
        case (_?, _?): throw refuse(line, "`database` names two databases", "keep sqlite or postgresql")
        }
    }

    private mutating func readServer() throws -> BridgeServerConfiguration {
        var server = BridgeServerConfiguration()
        if var listen = try root.optionalMapping("listen") {
            server.host = try listen.optionalString("host") ?? server.host
            server.port = try listen.optionalInteger("port", in: 0...65_535) ?? server.port
            server.basePath = try listen.optionalString("basePath") ?? server.basePath
            let line = listen.line
            try listen.finish()
            let isPath = server.basePath.hasPrefix("/") && !server.basePath.hasSuffix("/")
            guard server.basePath.isEmpty || isPath, !server.basePath.contains(":") else {
                throw refuse(line, "`basePath` is no path", "begin it with / and end it without")
            }
        }
        if var feed = try root.optionalMapping("feed") {
            server.longPollSeconds = try feed.optionalInteger("longPollSeconds", in: 0...110) ?? 110
            server.pollAfterSeconds = try feed.optionalInteger("pollAfterSeconds", in: 1...86_400) ?? 30
            try feed.finish()
        }
        if var events = try root.optionalMapping("events") {
            server.acknowledgement =
                try events.optionalChoice("acknowledge", BridgeServerConfiguration.Acknowledgement.self)
                ?? .accepted
            try events.finish()
        }
        if var certificates = try root.optionalMapping("clientCertificates") {
            server.certificateHeader = try certificates.string("header")
            let proxies = try certificates.strings("proxies")
            if !proxies.isEmpty { server.proxies = Set(proxies) }
            try certificates.finish()
        }
        return server
    }

    private mutating func readRetention() throws -> BridgeStore.Retention {
        var retention = BridgeStore.Retention()
        guard var section = try root.optionalMapping("retention") else { return retention }
        if let days = try section.optionalInteger("eventDays", in: 30...3650) { retention.eventDays = days }
        if let days = try section.optionalInteger("removalDays", in: 7...3650) {
            retention.removalDays = days
        }
        try section.finish()
        return retention
    }

    private mutating func readKeys() throws -> HQKeys {
        var keys: [HQSigningKey] = []
        for node in try root.list("keys") {
            var section = try StrictMapping(node, name: "an entry of `keys`", file: file)
            let id = try section.string("id")
            let use = try section.choice("use", HQKeyUse.self)
            let path = try section.string("file")
            let line = section.line
            try section.finish()
            guard let seed = Base64URL.decode(try secret(path, line)),
                let key = HQSigningKey(keyID: id, use: use, seed: seed)
            else {
                throw refuse(
                    line,
                    "key `\(id)` cannot be used",
                    "give it an id of 1 to \(HQKeyDocument.maximumIDLength) characters and a file with 32 random bytes"
                        + " in base64url (pickup-bridge key make)"
                )
            }
            guard !keys.contains(where: { $0.keyID == id }) else {
                throw refuse(line, "key `\(id)` is there twice", "give each key its own id")
            }
            keys.append(key)
        }
        return HQKeys(keys)
    }

    private mutating func readForwards(leaseSeconds: Int) throws -> [ForwardSink] {
        var sinks: [ForwardSink] = []
        for node in try root.list("forward") {
            var section = try StrictMapping(node, name: "an entry of `forward`", file: file)
            let name = try section.string("name")
            let url = try section.string("url")
            let tokenFile = try section.optionalString("tokenFile")
            let keyFile = try section.optionalString("signingKeyFile")
            let line = section.line
            try section.finish()
            let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
            let isLocal = local.contains { url.hasPrefix($0 + ":") || url.hasPrefix($0 + "/") }
            guard url.hasPrefix("https://") || isLocal else {
                throw refuse(line, "`url` is not encrypted", "use https (http is for this machine)")
            }
            guard WireID.isValid(name), name != "standalone", !sinks.contains(where: { $0.name == name })
            else {
                throw refuse(
                    line,
                    "`\(name)` cannot be a sink's name",
                    "choose another one, of A-Z a-z 0-9 . _ -"
                )
            }
            let key = try keyFile.map { path in
                do {
                    return try WebhookSigningKey(text: try secret(path, line))
                } catch let error as WebhookKeyError {
                    throw refuse(line, "`signingKeyFile` holds no signing key", "\(error)")
                }
            }
            sinks.append(
                ForwardSink(
                    name: name,
                    url: url,
                    token: try tokenFile.map { try secret($0, line) },
                    signingKey: key,
                    // An answer that comes when the lease is over would come too late.
                    timeout: .milliseconds(leaseSeconds * 1000 / 3)
                )
            )
        }
        return sinks
    }

    /// A secret's file; a bare name is one of systemd's credentials.
    private func secret(_ name: String, _ line: Int) throws -> String {
        let folder = environment["CREDENTIALS_DIRECTORY"]
        let path = name.contains("/") ? name : folder.map { $0 + "/" + name } ?? name
        guard let data = FileManager.default.contents(atPath: path), data.count <= 65_536 else {
            throw refuse(
                line,
                "\(path) cannot be read",
                "check the path and that the service user may read it"
            )
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw refuse(line, "\(path) is empty", "put the secret into it") }
        return text
    }
}
