import Foundation
import HQLink
import NIOSSL
import StationAPI
import Testing

/// The station's own certificate: shown, renewed while it runs, refused in words.
@Suite(.timeLimit(.minutes(1))) struct MutualTLSTests {
    /// An HQ that lets in only whom its CA for stations vouches for.
    private struct MutualHQ: ~Copyable {
        let folder: TemporaryFolder
        let hq: WireHQ
        let front: TLSFront
        let stations: TestAuthority

        init(_ version: TLSVersion) async throws {
            let ca = try TestAuthority("HQ CA")
            let stations = try TestAuthority("Stations CA")
            let folder = try TemporaryFolder()
            try folder.write(try ca.issue("127.0.0.1"), as: "host")
            try folder.write(try ca.pem, to: "ca.pem")
            try folder.write(try stations.pem, to: "stations.pem")
            let hq = try WireHQ()
            let roots = folder.path("stations.pem")
            let front = try await TLSFront(
                certificate: folder.path("host.pem"),
                key: folder.path("host.key"),
                to: hq.server.port
            ) {
                $0.maximumTLSVersion = version
                $0.certificateVerification = .noHostnameVerification
                $0.trustRoots = .file(roots)
            }
            (self.hq, self.front, self.stations) = (hq, front, stations)
            self.folder = folder
        }
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func aStationWithItsCertificateIsLetIn(version: TLSVersion) async throws {
        let mutual = try await MutualHQ(version)
        try mutual.folder.write(try mutual.stations.issue("store-7"), as: "client")
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let ca = mutual.folder.path("ca.pem")
        let client = TLSSettings.ClientCertificate(
            file: mutual.folder.path("client.pem"),
            keyFile: mutual.folder.path("client.key")
        )
        try await withLink(to: "https://127.0.0.1:\(mutual.front.port)", station: station) {
            $0.tls.caFile = ca
            $0.tls.clientCertificate = client
        } _: { _ in
            try await station.seen.until("all works") { seen in
                seen.delivered == ["e-1"]
                    && HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
        }
        #expect(mutual.hq.server.requests.value.allSatisfy { $0.header("Authorization") == nil })
        try await mutual.front.stop()
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func oneThatIsRefusedIsSaidAndItsRenewalCountsAtOnce(version: TLSVersion) async throws {
        let mutual = try await MutualHQ(version)
        try mutual.folder.write(try TestAuthority().issue("store-7"), as: "client")
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let ca = mutual.folder.path("ca.pem")
        let client = TLSSettings.ClientCertificate(
            file: mutual.folder.path("client.pem"),
            keyFile: mutual.folder.path("client.key")
        )
        let good = try mutual.stations.issue("store-7")
        try await withLink(to: "https://127.0.0.1:\(mutual.front.port)", station: station) {
            $0.tls.caFile = ca
            $0.tls.clientCertificate = client
        } _: { _ in
            let seen = try await station.seen.until("a refusal") { $0.status.feed.isPaused }
            guard case .tls(.clientCertificateRefused) = seen.status.feed.trouble else {
                Issue.record("\(seen.status.feed)")
                return
            }
            // The certificate comes first; until its key is there too the two do not fit, and the old ones are used.
            try mutual.folder.write(try good.pem, to: "client.pem")
            try mutual.folder.write(good.key, to: "client.key")
            try await station.seen.until("all works") { $0.delivered == ["e-1"] && $0.status.feed.isOK }
        }
        try await mutual.front.stop()
    }

    @Test func withoutACertificateThePersonIsToldThatOneIsWanted() async throws {
        let mutual = try await MutualHQ(.tlsv13)
        let station = TestStation()
        let ca = mutual.folder.path("ca.pem")
        try await withLink(to: "https://127.0.0.1:\(mutual.front.port)", station: station) {
            $0.tls.caFile = ca
        } _: { _ in
            let seen = try await station.seen.until("a refusal") { $0.status.feed.isPaused }
            #expect(seen.status.feed.trouble == .tls(.clientCertificateWanted))
        }
        try await mutual.front.stop()
    }

    @Test func filesThatCannotBeUsedAreNamed() async throws {
        let mutual = try await MutualHQ(.tlsv13)
        try mutual.folder.write(try mutual.stations.issue("store-7"), as: "client")
        try mutual.folder.write("no PEM", to: "rubbish")
        let folder = mutual.folder.url
        for (file, key, word) in [
            ("client.pem", "missing.key", "missing.key cannot be read"),
            ("rubbish", "client.key", "rubbish must hold"),
            ("client.pem", "rubbish", "private key"), ("client.pem", "host.key", "is not the key of"),
        ] {
            let station = TestStation()
            try await withLink(to: "https://127.0.0.1:\(mutual.front.port)", station: station) {
                $0.tls.clientCertificate = .init(
                    file: folder.appending(path: file).path,
                    keyFile: folder.appending(path: key).path
                )
            } _: { _ in
                let seen = try await station.seen.until("paused") { $0.status.feed.isPaused }
                #expect(seen.status.feed.trouble?.description.contains(word) == true, "\(seen.status.feed)")
            }
        }
        #expect(mutual.hq.server.requests.value.isEmpty)
        try await mutual.front.stop()
    }
}
