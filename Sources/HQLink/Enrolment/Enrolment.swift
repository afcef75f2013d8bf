internal import Foundation
internal import NIOHTTP1
public import StationAPI

/// Makes a new box a station: a one-time code for an identity.
public struct Enrolment: Sendable {
    /// Why a box was not enrolled.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The URL is none.
        case url(HQLinkConfigurationError)
        /// HQ cannot be reached, or not securely.
        case unreachable(HQTrouble)
        /// HQ refuses; its words, reduced to plain characters.
        case refused(String)
        /// HQ answered something else.
        case unexpected(status: Int)
        /// The credentials.
        case credentials(BoxCredentials.Failure)

        /// What is wrong and the next step.
        public var description: String {
            switch self {
            case .url(let error): "\(error)"
            case .unreachable(let trouble): "\(trouble)"
            case .refused(let why):
                "HQ refuses the code\(why.isEmpty ? "" : " (\(why))"); ask HQ for a new one"
            case .unexpected(let status):
                "HQ answered \(status) to an enrolment; check the URL, and whether HQ enrols stations at all"
            case .credentials(let failure): "\(failure)"
            }
        }
    }

    /// What an enrolment brought.
    public struct Outcome: Sendable {
        /// Who the box is now.
        public var identity: EnrolledIdentity
        /// Whether it signs in with a token.
        public var hasToken: Bool
        /// Whether it signs in with a certificate.
        public var hasCertificate: Bool
        /// The key of pickup codes changed: the doors have to be walked again.
        public var isStationKeyNew: Bool
    }

    /// HQ's base URL.
    public let baseURL: String
    private let endpoint: HQEndpoint
    private let transport: HTTPTransport
    private let timing: HQLinkTiming
    /// Tries before giving up: an answer may be lost, and the same request means the same enrolment.
    private let tries = 3

    /// An enrolment at a base URL.
    ///
    /// - Throws: ``Failure/url(_:)``.
    public init(
        baseURL: String,
        tls: TLSSettings = TLSSettings(),
        proxy: ProxySettings? = nil,
        timing: HQLinkTiming = HQLinkTiming()
    ) throws(Failure) {
        do throws(HQLinkConfigurationError) {
            endpoint = try HQEndpoint(baseURL, setting: "--hq").appending("/enrolments")
        } catch {
            throw .url(error)
        }
        self.baseURL = baseURL
        self.timing = timing
        transport = HTTPTransport(
            HTTPTransport.Settings(
                connect: timing.connect,
                material: TLSMaterial(.init(caFile: tls.caFile, storeCAFile: tls.storeCAFile)),
                pins: tls.pins,
                proxy: proxy,
                inflatedLimit: 1 << 20
            )
        )
    }

    /// Enrols this box and stores what HQ gives.
    ///
    /// - Parameters:
    ///   - code: the one-time code.
    ///   - box: what the box calls itself.
    ///   - withCertificate: whether a client certificate is wanted.
    ///   - isReplacing: an identity that the box has may be put aside.
    /// - Throws: ``Failure``; the box is then what it was.
    public func enrol(
        code: EnrolmentCode,
        box: String,
        credentials: BoxCredentials,
        withCertificate: Bool,
        isReplacing: Bool
    ) async throws(Failure) -> Outcome {
        if let before = credentials.identity, !isReplacing {
            throw .credentials(.alreadyEnrolled(station: before.station))
        }
        let keys: (event: WebhookSigningKey, client: ClientKey?)
        do throws(BoxCredentials.Failure) {
            keys = try credentials.pendingKeys(withCertificate: withCertificate)
        } catch {
            throw .credentials(error)
        }
        let request = EnrolmentRequest(
            code: code.text,
            box: String(box.prefix(64)),
            eventKey: keys.event.verificationKey.text,
            csr: try? keys.client?.request(name: box)
        )
        let answer = await ask(request)
        await transport.shutdown()
        return try take(try answer.get(), keys.client, credentials)
    }

    private func ask(_ request: EnrolmentRequest) async -> Result<EnrolmentReply, Failure> {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let message = HQRequest(
            method: .POST,
            url: endpoint.url,
            headers: [
                ("Content-Type", "application/json"),
                ("Accept", "application/json, application/problem+json"),
            ],
            body: (try? encoder.encode(request)).map { Array($0) },
            timeout: timing.request,
            bodyLimit: HTTPTransport.smallBody
        )
        var last = Failure.unreachable(.timedOut)
        for attempt in 1...tries {
            if attempt > 1 {
                try? await Task.sleep(
                    for: timing.delivery.wait(failures: attempt - 1, random: .random(in: 0.5..<1))
                )
            }
            do throws(HQTrouble) {
                let reply = try await transport.send(message)
                switch reply.status {
                case 200, 201: return Self.read(reply)
                case 408, 409, 425, 429, 500...599: last = .unexpected(status: reply.status)
                default: return .failure(Self.refusal(reply))
                }
            } catch {
                last = .unreachable(error)
                // A wrong certificate is no better a moment later.
                if error.needsPerson { break }
            }
        }
        return .failure(last)
    }

    private static func read(_ reply: HQReply) -> Result<EnrolmentReply, Failure> {
        guard reply.isJSON,
            let identity = try? JSONDecoder().decode(EnrolmentReply.self, from: Data(reply.body))
        else { return .failure(.credentials(.badIdentity("it is no identity"))) }
        guard WireID.isValid(identity.stationID), identity.token != nil || identity.certificate != nil else {
            return .failure(
                .credentials(.badIdentity("it has no station id, or neither token nor certificate"))
            )
        }
        return .success(identity)
    }

    private static func refusal(_ reply: HQReply) -> Failure {
        guard reply.isJSON, let problem = try? JSONDecoder().decode(Problem.self, from: Data(reply.body)),
            problem.kind == .enrolmentRefused
        else { return .unexpected(status: reply.status) }
        let words = problem.detail ?? problem.title ?? ""
        return .refused(String(words.unicodeScalars.filter { (0x20..<0x7F).contains($0.value) }.prefix(160)))
    }

    private func take(
        _ reply: EnrolmentReply,
        _ client: ClientKey?,
        _ credentials: BoxCredentials
    ) throws(Failure) -> Outcome {
        if let certificate = reply.certificate {
            guard client?.validity(of: certificate) != nil else {
                throw .credentials(.badIdentity("its certificate is not for the key that was sent"))
            }
        }
        let now = WireTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        do throws(BoxCredentials.Failure) {
            let isNew = try credentials.store(reply, client: client, now: now)
            guard let identity = credentials.identity else {
                throw BoxCredentials.Failure.badIdentity("it could not be read back")
            }
            return Outcome(
                identity: identity,
                hasToken: reply.token != nil,
                hasCertificate: reply.certificate != nil,
                isStationKeyNew: isNew
            )
        } catch {
            throw .credentials(error)
        }
    }
}
