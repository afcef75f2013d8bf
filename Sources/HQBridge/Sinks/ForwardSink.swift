internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOHTTP1
public import StationAPI

/// Sends each event on to a URL as the CloudEvent that it is: for any receiver that takes HTTP.
///
/// `Idempotency-Key` and `webhook-id` are the same at every attempt, so that the receiver can count an event once.
public struct ForwardSink: EventSink {
    /// The configured name.
    public let name: String
    private let url: String
    private let token: String?
    private let signingKey: WebhookSigningKey?
    private let timeout: Duration

    /// A sink of one receiver.
    ///
    /// - Parameters:
    ///   - url: absolute, `https` (or `http` to this machine).
    ///   - token: a bearer token, if the receiver wants one.
    ///   - signingKey: signs each request in the form of Standard Webhooks; nil: not signed.
    ///   - timeout: until an answer must have come; shorter than the lease of the work.
    public init(
        name: String,
        url: String,
        token: String? = nil,
        signingKey: WebhookSigningKey? = nil,
        timeout: Duration = .seconds(60)
    ) {
        self.name = name
        self.url = url
        self.token = token
        self.signingKey = signingKey
        self.timeout = timeout
    }

    /// Posts the event; 2xx is done, a problem of type payload-invalid is for a person, anything else is tried again.
    public func take(_ event: InboxEvent) async -> SinkOutcome {
        do {
            let body = try FeedWriter.json(event.event)
            var request = HTTPClientRequest(url: url)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/cloudevents+json")
            request.headers.add(name: "Idempotency-Key", value: "\"\(event.event.id)\"")
            if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
            if let signingKey {
                let time = WireTime.now.milliseconds / 1000
                let signed = StandardWebhooks.sign(
                    id: event.event.id,
                    timestamp: time,
                    body: body,
                    keys: [signingKey]
                )
                for field in signed.fields { request.headers.add(name: field.name, value: field.value) }
            }
            request.body = .bytes(ByteBuffer(bytes: body))
            let limit = Int64(timeout / .milliseconds(1))
            let response = try await HTTPClient.shared.execute(request, timeout: .milliseconds(limit))
            let answer = try await response.body.collect(upTo: 65_536)
            return outcome(Int(response.status.code), Array(buffer: answer), event)
        } catch {
            return .again(after: backOff(event), reason: "no answer: \(type(of: error))")
        }
    }

    private func outcome(_ status: Int, _ body: [UInt8], _ event: InboxEvent) -> SinkOutcome {
        if (200..<300).contains(status) { return .done }
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
        if let kind = problem?.kind, kind == .payloadInvalid || kind == .unknownOrder {
            return .exception(reason: "refused (\(kind.rawValue)): \(problem?.title ?? "no words")")
        }
        let asked = Duration.seconds(min(problem?.retryAfterSeconds ?? 0, 3600))
        return .again(after: max(asked, backOff(event)), reason: "answered \(status)")
    }

    /// Full jitter, from 1 s to 5 minutes.
    private func backOff(_ event: InboxEvent) -> Duration {
        let longest = min(300, 1 << min(event.attempt, 9))
        return .milliseconds(Int.random(in: 200...(longest * 1000)))
    }
}
