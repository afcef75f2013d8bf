internal import Foundation
internal import HTTPTypes
internal import Hummingbird
public import Logging
internal import NIOCore
internal import NIOFoundationCompat
public import StationAPI

/// A message service: takes the bridge's calls, checks that they are signed, and sends each message once.
public actor SandboxMessages {
    /// The key that signs the calls.
    public nonisolated let key = WebhookSigningKey.makeSecret()
    /// The messages that customers got, by the id of the call.
    public private(set) var sent: [(id: String, message: JSONValue)] = []
    private var server: Task<Void, any Error>?

    /// A service that does not listen yet.
    public init() {}

    /// Listens on loopback; returns the port.
    ///
    /// - Throws: when no port is free.
    public func start(logger: Logger) async throws -> Int {
        let (ports, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
        let messages = self
        server = Task {
            let router = Router(context: HQContext.self)
            router.post("messages") { request, _ in
                let body = Data(buffer: try await request.body.collect(upTo: 1 << 16))
                let status = await messages.take(body) { name in
                    HTTPField.Name(name).flatMap { request.headers[$0] }
                }
                return Response(status: HTTPResponse.Status(code: status))
            }
            let application = Application(
                router: router,
                configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
                onServerRunning: { channel in
                    if let port = channel.localAddress?.port { continuation.yield(port) }
                },
                logger: logger
            )
            do {
                try await application.serve(logger: logger)
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        for try await port in ports { return port }
        throw SandboxHQ.Refusal(description: "the message service did not start to listen")
    }

    /// Stops listening.
    public func stop() async {
        server?.cancel()
        _ = await server?.result
        server = nil
    }

    func take(_ body: Data, header: (String) -> String?) -> Int {
        let headers = StandardWebhooks.Headers(
            id: header(StandardWebhooks.idHeader),
            timestamp: header(StandardWebhooks.timestampHeader),
            signature: header(StandardWebhooks.signatureHeader)
        )
        do {
            // Whoever tests with a clock of its own signs with that clock's time.
            try StandardWebhooks.verify(
                headers,
                body: body,
                keys: [key.verificationKey],
                now: 0,
                tolerance: nil
            )
        } catch {
            return 401
        }
        guard let message = try? JSONDecoder().decode(JSONValue.self, from: body) else { return 400 }
        if !sent.contains(where: { $0.id == headers.id }) { sent.append((headers.id, message)) }
        return 204
    }
}
