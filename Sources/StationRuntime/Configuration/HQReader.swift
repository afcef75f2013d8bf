internal import Foundation
internal import HQLink
internal import LockBus
internal import StrictYAML

/// Reads `hq:`: where HQ is, how the station signs in, what is asked of TLS, the store's proxy.
struct HQReader {
    let file: String
    /// `$CREDENTIALS_DIRECTORY`: what lies there under its usual name need not be named in the file.
    let credentials: String?
    /// Where the service keeps its state.
    let stateFolder: String

    func read(_ root: inout StrictMapping, station: String) throws -> HQLinkConfiguration? {
        guard var section = try root.optionalMapping("hq") else { return nil }
        let line = section.line
        var configuration = try endpoints(&section, station: station)
        try readTLS(&section, &configuration)
        try readSignIn(&section, &configuration)
        configuration.proxy = try readProxy(&section)
        configuration.signingKeyFile =
            try section.optionalString("signingKeyFile") ?? credential("hq-event-key")
        try readManner(&section, &configuration)
        try section.finish()
        try check(configuration, line)
        // What an enrolment gave is renewed by the service itself.
        configuration.renewal = credential("hq-identity").map {
            RenewalSettings(identityFile: $0, folder: stateFolder + "/hq")
        }
        // Nobody else asks an HQ on this machine: there is no crowd to spread.
        if configuration.isLoopback { configuration.timing.spread = .zero }
        return configuration
    }

    private func endpoints(_ section: inout StrictMapping, station: String) throws -> HQLinkConfiguration {
        let base = try section.optionalString("baseURL")
        let orders = try section.optionalString("ordersURL")
        let events = try section.optionalString("eventsURL")
        let state = try section.optionalString("stateURL")
        do {
            return try HQLinkConfiguration(
                station: station,
                baseURL: base,
                ordersURL: orders,
                eventsURL: events,
                stateURL: state
            )
        } catch {
            throw ConfigurationError(["\(file):\(section.line): hq: \(error)"])
        }
    }

    // MARK: Signing in

    private func readSignIn(_ section: inout StrictMapping, _ configuration: inout HQLinkConfiguration) throws
    {
        let tokenFile = try section.optionalString("tokenFile")
        if var oauth = try section.optionalMapping("oauth") {
            let line = oauth.line
            guard tokenFile == nil else {
                throw error(line, "oauth: there is a tokenFile as well", "keep one of the two")
            }
            configuration.oauth = try readOAuth(&oauth)
        } else if configuration.isSignedByURLs {
            guard tokenFile == nil else {
                throw error(
                    section.line,
                    "hq: every URL carries its own signature (sig=) and there is a tokenFile as well",
                    "keep one of the two: Azure refuses a request with both"
                )
            }
        } else {
            // Without another way to sign in, a blank token is one that is missing: the link says so.
            let isNeeded = configuration.tls.clientCertificate == nil
            configuration.bearerTokenFile = tokenFile ?? credential("hq-token", evenIfBlank: isNeeded)
        }
    }

    private func readOAuth(_ section: inout StrictMapping) throws -> OAuthSettings {
        let line = section.line
        let clientID = try section.string("clientId")
        let scope = try section.optionalString("scope")
        let resource = try section.optionalString("resource")
        let target: OAuthSettings.Target
        switch (scope, resource) {
        case (let scope?, nil): target = .scope(scope)
        case (nil, let resource?): target = .resource(resource)
        case (nil, nil): target = .unnamed
        default:
            throw error(
                line,
                "oauth: both scope and resource",
                "keep one: scope for version 2, resource for 1"
            )
        }
        let tenant = try section.optionalString("tenant")
        let url = try section.optionalString("tokenURL")
        guard (tenant == nil) != (url == nil) else {
            throw error(line, "oauth: give either tenant or tokenURL", "tenant is for Microsoft Entra")
        }
        let proof = try readProof(&section)
        let scheme = try section.optionalString("scheme") ?? "Bearer"
        guard scheme.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), scheme.utf8.count <= 32 else {
            throw error(line, "oauth: scheme is no single word", "write Bearer or id_token")
        }
        try section.finish()
        do {
            return try OAuthSettings(
                tokenURL: url ?? OAuthSettings.entraURL(tenant: tenant ?? "", target: target),
                clientID: clientID,
                proof: proof,
                target: target,
                scheme: scheme
            )
        } catch {
            throw ConfigurationError(["\(file):\(line): oauth: \(error)"])
        }
    }

    private func readProof(_ section: inout StrictMapping) throws -> OAuthSettings.Proof {
        let line = section.line
        let secret = try section.optionalString("secretFile")
        let certificate = try section.optionalString("certificateFile")
        let key = try section.optionalString("keyFile")
        let algorithm = try section.optionalChoice("algorithm", OAuthSettings.Algorithm.self)
        if let certificate, let key, secret == nil {
            return .certificate(file: certificate, keyFile: key, algorithm: algorithm ?? .ps256)
        }
        guard certificate == nil, key == nil, algorithm == nil else {
            throw error(
                line,
                "oauth: certificateFile and keyFile belong together, without secretFile",
                "give both, or only secretFile"
            )
        }
        guard let file = secret ?? credential("hq-oauth-secret") else {
            throw error(
                line,
                "oauth: no secret",
                "give secretFile, or certificateFile and keyFile, or the credential hq-oauth-secret"
            )
        }
        return .secretFile(file)
    }

    // MARK: TLS and proxy

    private func readTLS(_ section: inout StrictMapping, _ configuration: inout HQLinkConfiguration) throws {
        configuration.tls.caFile = try section.optionalString("caFile")
        var certificate = credential("hq-client-cert")
        var key = credential("hq-client-key")
        if var tls = try section.optionalMapping("tls") {
            let line = tls.line
            configuration.tls.storeCAFile = try tls.optionalString("storeCAFile")
            let named = (try tls.optionalString("certificateFile"), try tls.optionalString("keyFile"))
            guard (named.0 == nil) == (named.1 == nil) else {
                throw error(line, "tls: certificateFile and keyFile belong together", "give both or neither")
            }
            if named.0 != nil { (certificate, key) = named }
            configuration.tls.pins = try tls.strings("pins").map { text in
                guard let pin = CertificatePin(text) else {
                    throw error(
                        line,
                        "tls: \(text.prefix(60)) is no pin",
                        "write sha256/ and the SHA-256 of the public key in base64 (systemd/README.md has the command)"
                    )
                }
                return pin
            }
            try tls.finish()
        }
        if let certificate, let key {
            configuration.tls.clientCertificate = .init(file: certificate, keyFile: key)
        }
    }

    private func readProxy(_ section: inout StrictMapping) throws -> ProxySettings? {
        guard var proxy = try section.optionalMapping("proxy") else { return nil }
        let settings = ProxySettings(
            host: try proxy.string("host"),
            port: try proxy.integer("port", in: 1...65_535),
            credentialsFile: try proxy.optionalString("credentialsFile") ?? credential("hq-proxy")
        )
        guard !settings.host.contains("/"), !settings.host.contains("@") else {
            throw error(
                proxy.line,
                "proxy: host is a URL",
                "write its name or address alone; its port under port"
            )
        }
        try proxy.finish()
        return settings
    }

    // MARK: The rest

    private func readManner(_ section: inout StrictMapping, _ configuration: inout HQLinkConfiguration) throws
    {
        if let method = try section.optionalChoice("feedMethod", HQLinkConfiguration.FeedMethod.self) {
            configuration.feedMethod = method
        }
        if let type = try section.optionalChoice("eventType", EventMediaType.self) {
            configuration.mediaType = type == .json ? .json : .cloudEvents
        }
        if let longPoll = try section.optionalInteger("longPollSeconds", in: 0...110) {
            configuration.longPollSeconds = longPoll
        }
        if let seconds = try section.optionalInteger("requestSeconds", in: 5...300) {
            configuration.timing.request = .seconds(seconds)
        }
        if let interval = try section.optionalInteger("stateSeconds", in: 5...3600) {
            configuration.stateIntervalSeconds = interval
        }
        if let limit = try section.optionalInteger("pageLimit", in: 1...5000) {
            configuration.pageLimit = limit
        }
    }

    /// How the media type of events is named in the file.
    private enum EventMediaType: String, CaseIterable {
        case cloudEvents = "cloudevents"
        case json
    }

    private func check(_ configuration: HQLinkConfiguration, _ line: Int) throws {
        guard configuration.proxy == nil || configuration.isOnlyHTTPS else {
            throw error(line, "hq: a proxy and an http URL", "only https goes through a proxy; remove proxy")
        }
        guard configuration.tls.pins.isEmpty || configuration.isOnlyHTTPS else {
            throw error(line, "hq: pins and an http URL", "use https")
        }
    }

    /// A systemd credential, if it is there; an optional one is there and blank until somebody fills it.
    private func credential(_ name: String, evenIfBlank: Bool = false) -> String? {
        guard let credentials else { return nil }
        let path = credentials + "/" + name
        guard let content = FileManager.default.contents(atPath: path) else { return nil }
        let isBlank = content.allSatisfy { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }
        return evenIfBlank || !isBlank ? path : nil
    }

    private func error(_ line: Int, _ problem: String, _ remedy: String) -> ConfigurationError {
        ConfigurationError(["\(file):\(line): \(problem); \(remedy)"])
    }
}
