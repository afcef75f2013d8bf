import HQLink
import NIOSSL

/// An HQ behind TLS, with a certificate that a CA of the test vouches for; the CA is `ca.pem` in its folder.
struct SecureHQ: ~Copyable {
    let folder: TemporaryFolder
    let hq: WireHQ
    let front: TLSFront
    /// The certificate that it shows.
    let issued: TestAuthority.Issued

    /// - Parameters:
    ///   - name: whose certificate it is: a name or an address.
    ///   - host: the address that it listens on.
    ///   - stations: the CA whose client certificates it wants; nil: it wants none.
    ///   - hq: what is behind TLS.
    init(
        _ name: String = "127.0.0.1",
        on host: String = "127.0.0.1",
        issued: TestAuthority.Issued? = nil,
        stations: TestAuthority? = nil,
        hq: WireHQ? = nil,
        configure: (inout TLSConfiguration) -> Void = { _ in }
    ) async throws {
        let hq = try hq ?? WireHQ()
        let ca = try TestAuthority("HQ CA")
        let certificate = try issued ?? ca.issue(name)
        let folder = try TemporaryFolder()
        try folder.write(certificate, as: "host")
        try folder.write(try ca.pem, to: "ca.pem")
        if let stations { try folder.write(try stations.pem, to: "stations.pem") }
        let roots = folder.path("stations.pem")
        let front = try await TLSFront(
            certificate: folder.path("host.pem"),
            key: folder.path("host.key"),
            to: hq.server.port,
            host: host
        ) {
            if stations != nil {
                $0.certificateVerification = .noHostnameVerification
                $0.trustRoots = .file(roots)
            }
            configure(&$0)
        }
        (self.hq, self.front, self.issued) = (hq, front, certificate)
        self.folder = folder
    }

    var port: Int { front.port }

    var ca: String { folder.path("ca.pem") }

    func path(_ name: String) -> String { folder.path(name) }

    func stop() async throws { try await front.stop() }
}

extension TestStation.Seen {
    /// Whether all three operations work.
    var allWorks: Bool { HQLinkStatus.Operation.allCases.allSatisfy { status[$0].isOK } }

    /// Whether all three operations wait for a person.
    var allPaused: Bool { HQLinkStatus.Operation.allCases.allSatisfy { status[$0].isPaused } }
}
