import Foundation
import HQLink
import NIOSSL
import StationAPI
import Testing

/// The station's own certificate: shown, renewed while it runs, refused in words.
@Suite(.timeLimit(.minutes(1))) struct MutualTLSTests {
    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func aStationWithItsCertificateIsLetIn(version: TLSVersion) async throws {
        let stations = try TestAuthority("Stations CA")
        let mutual = try await SecureHQ(stations: stations) { $0.maximumTLSVersion = version }
        try mutual.folder.write(try stations.issue("store-7"), as: "client")
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let ca = mutual.ca
        let client = TLSSettings.ClientCertificate(
            file: mutual.path("client.pem"),
            keyFile: mutual.path("client.key")
        )
        try await withLink(to: "https://127.0.0.1:\(mutual.port)", station: station) {
            $0.tls.caFile = ca
            $0.tls.clientCertificate = client
        } _: { _ in
            try await station.seen.until("all works") { $0.delivered == ["e-1"] && $0.allWorks }
        }
        #expect(mutual.hq.server.requests.value.allSatisfy { $0.header("Authorization") == nil })
        try await mutual.stop()
    }

    @Test(arguments: [TLSVersion.tlsv12, .tlsv13])
    func oneThatIsRefusedIsSaidAndItsRenewalCountsAtOnce(version: TLSVersion) async throws {
        let stations = try TestAuthority("Stations CA")
        let mutual = try await SecureHQ(stations: stations) { $0.maximumTLSVersion = version }
        try mutual.folder.write(try TestAuthority().issue("store-7"), as: "client")
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let ca = mutual.ca
        let client = TLSSettings.ClientCertificate(
            file: mutual.path("client.pem"),
            keyFile: mutual.path("client.key")
        )
        let good = try stations.issue("store-7")
        try await withLink(to: "https://127.0.0.1:\(mutual.port)", station: station) {
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
        try await mutual.stop()
    }

    @Test func withoutACertificateThePersonIsToldThatOneIsWanted() async throws {
        let stations = try TestAuthority("Stations CA")
        let mutual = try await SecureHQ(stations: stations)
        let station = TestStation()
        let ca = mutual.ca
        try await withLink(to: "https://127.0.0.1:\(mutual.port)", station: station) {
            $0.tls.caFile = ca
        } _: { _ in
            let seen = try await station.seen.until("a refusal") { $0.status.feed.isPaused }
            #expect(seen.status.feed.trouble == .tls(.clientCertificateWanted))
        }
        try await mutual.stop()
    }

    @Test func filesThatCannotBeUsedAreNamed() async throws {
        let stations = try TestAuthority("Stations CA")
        let mutual = try await SecureHQ(stations: stations)
        try mutual.folder.write(try stations.issue("store-7"), as: "client")
        try mutual.folder.write("no PEM", to: "rubbish")
        let folder = mutual.folder.url
        for (file, key, word) in [
            ("client.pem", "missing.key", "missing.key cannot be read"),
            ("rubbish", "client.key", "rubbish must hold"),
            ("client.pem", "rubbish", "private key"), ("client.pem", "host.key", "is not the key of"),
        ] {
            let station = TestStation()
            try await withLink(to: "https://127.0.0.1:\(mutual.port)", station: station) {
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
        try await mutual.stop()
    }
}
