internal import FoundationEssentials
internal import NIOSSL
internal import Synchronization

/// The settings of one kind of TLS connection, made of files and made again when these change.
final class TLSMaterial: Sendable {
    /// Which files it is made of.
    struct Sources: Sendable {
        /// Trusted instead of the system's roots.
        var caFile: String?
        /// Trusted as well.
        var storeCAFile: String?
        var client: TLSSettings.ClientCertificate?
        /// Where a client certificate may be that followed this one.
        var renewed: RenewedFiles?

        var paths: [String] { [caFile, storeCAFile, client?.file, client?.keyFile].compactMap { $0 } }

        /// With the client certificate of the moment.
        var now: Sources {
            var now = self
            if let client, let renewed { now.client = renewed.client(after: client) }
            return now
        }
    }

    private struct Made {
        /// What the files held: they are small, and read for every request as the token is.
        var contents: [String: Data] = [:]
        var configuration: TLSConfiguration?
    }

    private let sources: Sources
    private let made = Mutex(Made())

    init(_ sources: Sources) {
        self.sources = sources
    }

    /// The settings now.
    ///
    /// While files are being replaced they may not fit together: then the last ones that did go on being used.
    /// - Throws: `HQTrouble.tls` if there never were any that fit.
    func configuration() throws(HQTrouble) -> TLSConfiguration {
        var contents: [String: Data] = [:]
        let sources = sources.now
        for path in sources.paths { contents[path] = FileManager.default.contents(atPath: path) }
        let now = contents
        let known = made.withLock { $0.contents == now ? $0.configuration : nil }
        if let known { return known }
        do throws(HQTrouble) {
            let fresh = try Self.make(sources, now)
            made.withLock { $0 = Made(contents: now, configuration: fresh) }
            return fresh
        } catch {
            let last = made.withLock { made in
                if made.configuration != nil { made.contents = now }
                return made.configuration
            }
            guard let last else { throw error }
            return last
        }
    }

    private static func make(
        _ sources: Sources,
        _ contents: [String: Data]
    ) throws(HQTrouble) -> TLSConfiguration {
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        if let path = sources.caFile {
            settings.trustRoots = .certificates(try certificates(path, contents))
        }
        if let path = sources.storeCAFile {
            settings.additionalTrustRoots = [.certificates(try certificates(path, contents))]
        }
        if let client = sources.client {
            settings.certificateChain = try certificates(client.file, contents).map { .certificate($0) }
            let bytes = try content(client.keyFile, contents)
            guard let key = try? NIOSSLPrivateKey(bytes: bytes, format: .pem) else {
                throw .tls(.file("\(client.keyFile) must hold a private key in PEM, without a passphrase."))
            }
            settings.privateKey = .privateKey(key)
        }
        do {
            // Says now whether key and certificate belong together, and not in the middle of a handshake.
            _ = try NIOSSLContext(configuration: settings)
        } catch {
            let names = sources.client.map { "\($0.keyFile) is not the key of \($0.file)" }
            throw .tls(.file("\(names ?? "the certificates cannot be used"); check both files."))
        }
        return settings
    }

    private static func certificates(
        _ path: String,
        _ contents: [String: Data]
    ) throws(HQTrouble) -> [NIOSSLCertificate] {
        let bytes = try content(path, contents)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw .tls(.file("\(path) must hold certificates in PEM."))
        }
        return certificates
    }

    private static func content(_ path: String, _ contents: [String: Data]) throws(HQTrouble) -> [UInt8] {
        guard let content = contents[path] else {
            throw .tls(.file("\(path) cannot be read; check that it exists and belongs to the service."))
        }
        return Array(content)
    }
}
