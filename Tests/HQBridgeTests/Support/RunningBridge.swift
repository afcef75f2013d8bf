import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import StationAPI
import Testing

@testable import HQBridge

/// Speaks with a bridge as a station does.
struct BridgeClient: Sendable {
    let base: String

    /// A bridge that is dead is known at once: nobody waits for it to come back.
    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// An answer as it came.
    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var json: JSONValue? { try? JSONDecoder().decode(JSONValue.self, from: Data(body)) }
        var problem: Problem? {
            headers.first(name: "content-type") == "application/problem+json"
                ? try? JSONDecoder().decode(Problem.self, from: Data(body)) : nil
        }
    }

    /// One request; `body` goes as JSON unless a type is given.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        token: String? = nil,
        headers: [String: String] = [:],
        body: String? = nil,
        type: String = "application/json"
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body {
            request.headers.replaceOrAdd(name: "Content-Type", value: type)
            request.body = .bytes(ByteBuffer(string: body))
        }
        let response = try await Self.client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            headers: response.headers,
            body: Array(buffer: bytes)
        )
    }

    /// Sends an event as a station does.
    func send(_ event: CloudEvent, station: String = "s1", token: String) async throws -> Answer {
        try await send(
            .POST,
            "/stations/\(station)/events",
            token: token,
            headers: ["Idempotency-Key": "\"\(event.id)\""],
            body: String(decoding: try FeedWriter.json(event), as: UTF8.self),
            type: "application/cloudevents+json"
        )
    }
}

/// A bridge's server in this process on a port of loopback, with real HTTP in between.
struct RunningBridge {
    let store: BridgeStore
    let client: BridgeClient

    /// Serves while `body` runs.
    static func serve<Value: Sendable>(
        _ engine: Engine = .sqlite,
        clock: TestClock? = nil,
        keys: HQKeys = HQKeys(),
        configure: (inout BridgeServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (RunningBridge) async throws -> Value
    ) async throws -> Value {
        var configuration = BridgeServerConfiguration()
        configuration.port = 0
        configure(&configuration)
        let settings = configuration
        return try await engine.withStore(clock: clock) { store in
            let (ports, port) = AsyncStream.makeStream(of: Int.self)
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let server = BridgeServer(store: store, configuration: settings, keys: keys, logger: logger) {
                port.yield($0)
            }
            let group = ServiceGroup(services: [server], logger: logger)
            let running = Task { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let number = try #require(await iterator.next())
            let bridge = RunningBridge(
                store: store,
                client: BridgeClient(base: "http://127.0.0.1:\(number)\(settings.basePath)")
            )
            let result = await Result<Value, any Error>.of { try await body(bridge) }
            await group.triggerGracefulShutdown()
            try await running.value
            return try result.get()
        }
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous body gives or throws.
    static func of(_ body: () async throws -> Success) async -> Self {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
