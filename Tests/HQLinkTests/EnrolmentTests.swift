import Foundation
import HQLink
import Logging
import NIOSSL
import Sandbox
import StationAPI
import Testing
import X509

/// A new box becomes a station, also where answers are lost, and the box before it stops being one.
@Suite(.timeLimit(.minutes(1))) struct EnrolmentTests {
    private var quick: HQLinkTiming {
        var timing = HQLinkTiming()
        timing.delivery = HQLinkTiming.Backoff(first: .milliseconds(20), longest: .milliseconds(40))
        timing.request = .seconds(5)
        return timing
    }

    private static let stationKey = "{\"keyId\":\"k1\",\"key\":\"\(String(repeating: "A", count: 43))\"}"

    @Test func anAnswerThatIsLostIsAskedForAgainWithTheSameKeys() async throws {
        let turns = Turns()
        let server = try WireServer { _, connection in
            switch turns.next() {
            case 0: connection.reset()
            case 1: connection.send(.empty(503))
            // The person gives up and starts again.
            case 2: connection.send(.problem(403, "urn:pickup-station:problem:enrolment-refused"))
            default:
                connection.send(
                    .json(
                        201,
                        "{\"stationId\":\"s\",\"token\":\"t\",\"stationKey\":\(Self.stationKey),\"keys\":[]}"
                    )
                )
            }
        }
        let folder = try TemporaryFolder()
        let credentials = BoxCredentials(folder: folder.path("credentials"))
        let code = EnrolmentCode.make()
        func enrol() async throws(Enrolment.Failure) -> Enrolment.Outcome {
            try await Enrolment(baseURL: "http://127.0.0.1:\(server.port)/x?code=a", timing: quick).enrol(
                code: code,
                box: "kiosk",
                credentials: credentials,
                withCertificate: false,
                isReplacing: false
            )
        }
        await #expect(throws: Enrolment.Failure.refused("t")) { try await enrol() }
        #expect(credentials.identity == nil)
        let outcome = try await enrol()
        #expect(outcome.identity.station == "s" && outcome.hasToken && !outcome.hasCertificate)
        #expect(credentials.identity == outcome.identity)
        let requests = server.requests.value
        #expect(requests.count == 4 && Set(requests.map(\.text)).count == 1)
        #expect(
            requests.allSatisfy { $0.target == "/x/enrolments?code=a" && $0.header("Authorization") == nil }
        )
        let key = try String(contentsOfFile: credentials.path("hq-event-key"), encoding: .utf8)
        #expect(requests[0].member("eventKey") == (try WebhookSigningKey(text: key).verificationKey.text))
        #expect(!FileManager.default.fileExists(atPath: credentials.path("hq-event-key.pending")))
    }

    @Test func aCertificateIsMadeForTheBoxesOwnKeyAndLetsItIn() async throws {
        let stations = try TestAuthority("Stations CA")
        let server = try WireServer { request, connection in
            guard let csr = request.member("csr"),
                let certificate = try? stations.sign(csr, until: .now + 86_400),
                let text = try? String(decoding: JSONEncoder().encode(certificate), as: UTF8.self)
            else {
                connection.send(.empty(400))
                return
            }
            connection.send(
                .json(
                    201,
                    "{\"stationId\":\"s\",\"certificate\":\(text),\"stationKey\":\(Self.stationKey),\"keys\":[]}"
                )
            )
        }
        let folder = try TemporaryFolder()
        let credentials = BoxCredentials(folder: folder.path("credentials"))
        let outcome = try await Enrolment(baseURL: "http://127.0.0.1:\(server.port)", timing: quick).enrol(
            code: .make(),
            box: "kiosk",
            credentials: credentials,
            withCertificate: true,
            isReplacing: false
        )
        #expect(outcome.hasCertificate && !outcome.hasToken)
        // In mutual TLS, against an HQ that trusts these certificates only.
        let ca = try TestAuthority("HQ CA")
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
            $0.certificateVerification = .noHostnameVerification
            $0.trustRoots = .file(roots)
        }
        let station = TestStation()
        let caFile = folder.path("ca.pem")
        try await withLink(to: "https://127.0.0.1:\(front.port)", station: station) {
            $0.tls.caFile = caFile
            $0.tls.clientCertificate = .init(
                file: credentials.path("hq-client-cert"),
                keyFile: credentials.path("hq-client-key")
            )
        } _: { _ in
            try await station.seen.until("works") { $0.status.feed.isOK }
        }
        try await front.stop()
    }

    @Test(
        arguments: [
            "{}", "[]",
            "{\"stationId\":\"a b\",\"token\":\"t\",\"stationKey\":{\"keyId\":\"k\",\"key\":\"AA\"},\"keys\":[]}",
            "{\"stationId\":\"s\",\"stationKey\":{\"keyId\":\"k\",\"key\":\"AA\"},\"keys\":[]}",
            "{\"stationId\":\"s\",\"token\":\"t\",\"stationKey\":{\"keyId\":\"k\",\"key\":\"AA\"},\"keys\":[]}",
        ]
    )
    func anAnswerThatIsNoIdentityLeavesTheBoxAsItWas(answer: String) async throws {
        let server = try WireServer { _, connection in connection.send(.json(201, answer)) }
        let folder = try TemporaryFolder()
        let credentials = BoxCredentials(folder: folder.path("credentials"))
        await #expect {
            try await Enrolment(baseURL: "http://127.0.0.1:\(server.port)", timing: quick).enrol(
                code: .make(),
                box: "kiosk",
                credentials: credentials,
                withCertificate: false,
                isReplacing: false
            )
        } throws: { error in
            "\(error)".contains("HQ's answer cannot be used")
        }
        #expect(credentials.identity == nil)
        #expect(!FileManager.default.fileExists(atPath: credentials.path("hq-token")))
        #expect(!FileManager.default.fileExists(atPath: credentials.path("station-hmac-key")))
    }

    @Test func theBoxThatWasReplacedIsToldSoAndTheNewOneWorks() async throws {
        let hq = SandboxHQ(
            .init(station: "store-7", stationKey: [UInt8](repeating: 7, count: 32), token: "unused"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let url = "http://127.0.0.1:\(try await hq.start())"
        let folder = try TemporaryFolder()
        func enrol(_ name: String) async throws -> BoxCredentials {
            let credentials = BoxCredentials(folder: folder.path(name))
            _ = try await Enrolment(baseURL: url, timing: quick).enrol(
                code: await hq.issueEnrolmentCode(),
                box: name,
                credentials: credentials,
                withCertificate: false,
                isReplacing: false
            )
            return credentials
        }
        let old = try await enrol("old")
        let station = TestStation()
        await station.post((nil, "e-1"))
        try await withLink(to: url, station: station) {
            $0.bearerTokenFile = old.path("hq-token")
            $0.signingKeyFile = old.path("hq-event-key")
            $0.longPollSeconds = 0
            $0.stateIntervalSeconds = 1
        } _: { link in
            try await station.seen.until("the old box works") { seen in
                seen.delivered == ["e-1"]
                    && HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
            let new = try await enrol("new")
            await station.post((nil, "e-2"))
            link.outboxChanged()
            try await station.seen.until("the old box knows") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].trouble == .replaced }
            }
            let other = TestStation()
            await other.post((nil, "e-3"))
            try await withLink(to: url, station: other) {
                $0.bearerTokenFile = new.path("hq-token")
                $0.signingKeyFile = new.path("hq-event-key")
            } _: { _ in
                try await other.seen.until("the new box works") {
                    $0.delivered == ["e-3"] && $0.status.state.isOK
                }
            }
            // Its token alone does not make the old box's signature good.
            let mixed = TestStation()
            await mixed.post((nil, "e-4"))
            try await withLink(to: url, station: mixed) {
                $0.bearerTokenFile = new.path("hq-token")
                $0.signingKeyFile = old.path("hq-event-key")
            } _: { _ in
                try await mixed.seen.until("refused") { $0.status.events.trouble == .signatureRefused }
            }
        }
        #expect(station.seen.value.delivered == ["e-1"])
        await hq.stop()
    }

    @Test func theSandboxesTokenEndpointServesALink() async throws {
        var configuration = SandboxHQ.Configuration(
            station: "store-7",
            stationKey: [UInt8](repeating: 7, count: 32),
            token: "unused"
        )
        configuration.client = (id: "client-1", secret: "s3cret")
        let hq = SandboxHQ(configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let url = "http://127.0.0.1:\(try await hq.start())"
        let folder = try TemporaryFolder()
        try folder.write("wrong", to: "secret")
        let oauth = try OAuthSettings(
            tokenURL: "\(url)/tenant-1/oauth2/v2.0/token",
            clientID: "client-1",
            proof: .secretFile(folder.path("secret")),
            target: .scope("api://hq/.default")
        )
        let station = TestStation()
        await station.post((nil, "e-1"))
        try await withLink(to: url, station: station) {
            $0.oauth = oauth
            $0.longPollSeconds = 0
        } _: { _ in
            let seen = try await station.seen.until("refused") { $0.status.events.isPaused }
            #expect(seen.status.events.trouble?.description.contains("AADSTS7000215") == true)
            try folder.write("s3cret", to: "secret")
            try await station.seen.until("works") { $0.delivered == ["e-1"] && $0.status.feed.isOK }
            // Taken back while it is in use: it is replaced, and nobody notices.
            let history = station.seen.value.statusHistory.count
            await hq.revokeTokens()
            let pages = station.seen.value.pages.count
            try await station.seen.until("two more pages") { $0.pages.count >= pages + 2 }
            #expect(station.seen.value.statusHistory.dropFirst(history).allSatisfy { $0.feed.trouble == nil })
        }
        await hq.stop()
    }
}
