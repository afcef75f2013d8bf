import Foundation
import HQLink
import Logging

/// An HQ of raw sockets with a handler per operation; whatever is not given answers well and asks for quiet.
final class WireHQ: Sendable {
    let server: WireServer

    init(
        port: Int = 0,
        feed: WireServer.Handler? = nil,
        events: WireServer.Handler? = nil,
        state: WireServer.Handler? = nil
    ) throws {
        server = try WireServer(port: port) { request, connection in
            switch request.operation {
            case .feed:
                if let feed { feed(request, connection) } else { connection.send(.page()) }
            case .events:
                if let events { events(request, connection) } else { connection.send(.empty(200)) }
            case .state:
                if let state { state(request, connection) } else { connection.send(.empty(204)) }
            }
        }
    }

    var baseURL: String { "http://127.0.0.1:\(server.port)" }

    /// The requests of one operation so far.
    func requests(_ operation: WireRequest.Operation) -> [WireRequest] {
        server.requests.value.filter { $0.operation == operation }
    }

    /// Waits until so many requests of an operation have come.
    @discardableResult
    func requests(_ operation: WireRequest.Operation, _ count: Int) async throws -> [WireRequest] {
        let all = try await server.requests.until("\(count) requests for \(operation)") { requests in
            requests.count { $0.operation == operation } >= count
        }
        return all.filter { $0.operation == operation }
    }
}

/// Back-offs of milliseconds in place of seconds.
func quickConfiguration(_ baseURL: String) throws -> HQLinkConfiguration {
    var configuration = try HQLinkConfiguration(station: "store-7", baseURL: baseURL)
    configuration.stateIntervalSeconds = 3_600
    configuration.timing.connect = .seconds(10)
    configuration.timing.request = .seconds(20)
    configuration.timing.poll = HQLinkTiming.Backoff(first: .milliseconds(10), longest: .milliseconds(80))
    configuration.timing.delivery = HQLinkTiming.Backoff(
        first: .milliseconds(20),
        longest: .milliseconds(160)
    )
    configuration.timing.idlePoll = .milliseconds(40)
    configuration.timing.spread = .zero
    configuration.timing.tokenGap = .zero
    return configuration
}

/// Runs a link against a URL while `body` runs; then ends it.
@discardableResult
func withLink<Result>(
    to baseURL: String,
    station: TestStation,
    logs: LogCapture = LogCapture(),
    isolation: isolated (any Actor)? = #isolation,
    configure: (inout HQLinkConfiguration) -> Void = { _ in },
    _ body: (HQLink) async throws -> Result
) async throws -> Result {
    var configuration = try quickConfiguration(baseURL)
    configure(&configuration)
    let link = HQLink(configuration: configuration, station: station, logger: logs.logger)
    await Slots.links.take()
    let outcome: Swift.Result<Result, any Error>
    do {
        let result = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run() }
            let result = try await body(link)
            group.cancelAll()
            return result
        }
        outcome = .success(result)
    } catch {
        outcome = .failure(error)
    }
    await Slots.links.giveBack()
    return try outcome.get()
}

/// A folder for one test's files.
struct TemporaryFolder: ~Copyable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "hqlink-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name), options: .atomic)
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: url.appending(path: name), options: .atomic)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
