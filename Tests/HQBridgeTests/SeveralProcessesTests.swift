import AsyncHTTPClient
import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import StationAPI
import Synchronization
import Testing

@testable import HQBridge

/// Three real `pickup-bridge` processes on one PostgreSQL, real HTTP, and one of them killed under load.
@Suite struct SeveralProcessesTests {
    private static let stations = (1...6).map { "s\($0)" }
    private static let ordersPerStation = 15
    private static let types: [EventType] = [.orderLoaded, .pickupStarted, .pickupPartial, .pickupCompleted]

    /// What the receiver behind the sink got, in its order.
    private final class Receiver: Sendable {
        let events = Mutex<[CloudEvent]>([])
    }

    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        var count: Int { value.load(ordering: .relaxed) }
        func add() { value.add(1, ordering: .relaxed) }
    }

    @Test func oneProcessIsKilledUnderLoadAndNothingIsLostOrDoubled() async throws {
        guard case .postgreSQL(let settings, _) = try await Engine.postgreSQL.place() else { return }
        let folder = NSTemporaryDirectory() + "/bridges-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let receiver = Receiver()
        try await Self.withReceiver(receiver) { port in
            let yaml = """
                database: { postgresql: "\(settings)", connections: 4 }
                listen: { port: 0 }
                standalone: false
                leaseSeconds: 5
                forward: [{ name: test, url: "http://127.0.0.1:\(port)/" }]
                """
            let store = try await BridgeStore.open(.postgreSQL(settings, connections: 4))
            var tokens: [String: String] = [:]
            for station in Self.stations {
                let token = BridgeStore.makeToken()
                tokens[station] = token
                try await store.add(try stationID(station), signIn: .init(token: token))
            }
            let signIns = tokens
            let bridges = try await withThrowingTaskGroup(of: BridgeProcess.self) { group in
                for number in 1...3 {
                    group.addTask {
                        try await BridgeProcess(configuration: yaml, folder: folder, name: "b\(number)")
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try await Self.load(bridges, store, signIns)
            try await Self.checkInbox(store)
            try await Self.waitForSink(receiver)
            Self.checkOrder(receiver)
            #expect(bridges[1].stop() == 0 && bridges[2].stop() == 0)
            await store.close()
        }
    }

    /// Every station reports its orders and reads its feed, while HQ writes the orders and the first bridge dies.
    private static func load(
        _ bridges: [BridgeProcess],
        _ store: BridgeStore,
        _ tokens: [String: String]
    ) async throws {
        let acknowledged = Counter()
        let bases = bridges.map(\.base)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for station in stations {
                let token = try #require(tokens[station])
                group.addTask {
                    for number in 1...ordersPerStation {
                        try await store.put(order("\(station)-\(number)"), at: try stationID(station))
                    }
                    for number in 1...ordersPerStation {
                        let changed = order("\(station)-\(number)", status: .ready)
                        try await store.put(changed, at: try stationID(station))
                    }
                }
                group.addTask { try await report(station, token, bases, acknowledged) }
                group.addTask { try await read(station, token, bases) }
            }
            let half = stations.count * ordersPerStation * types.count / 3
            while acknowledged.count < half { try await Task.sleep(for: .milliseconds(2)) }
            bridges[0].kill()
            try await group.waitForAll()
        }
    }

    /// A station's outbox: each order's events in turn, four orders at once, each sent until it is acknowledged.
    private static func report(
        _ station: String,
        _ token: String,
        _ bases: [String],
        _ acknowledged: Counter
    ) async throws {
        var sequence: Int64 = 0
        for number in 1...ordersPerStation {
            for type in types {
                sequence += 1
                let id = "\(station)-\(number)-\(type.rawValue)"
                let event = CloudEvent(
                    id: id,
                    station: station,
                    type: type,
                    orderID: "\(station)-\(number)",
                    time: WireTime(milliseconds: 1_780_000_000_000),
                    sequence: sequence
                )
                // The balancer in front knows nothing: any bridge, the dead one as well, and twice now and then.
                var sent = 0
                while sent < (sequence % 7 == 0 ? 2 : 1) {
                    guard let base = bases.randomElement() else { return }
                    let bridge = BridgeClient(base: base)
                    let answer = try? await bridge.send(event, station: station, token: token)
                    guard let answer else { continue }
                    #expect(answer.status == 202 || answer.status == 503, "\(answer.status)")
                    if answer.status == 202 { sent += 1 }
                }
                acknowledged.add()
            }
        }
    }

    /// A station's feed: on from the cursor, at any bridge, until every order has been seen in its last version.
    private static func read(_ station: String, _ token: String, _ bases: [String]) async throws {
        var cursor: String?
        var seen: [String: Int64] = [:]
        while seen.count(where: { $0.value == 2 }) < ordersPerStation {
            guard let base = bases.randomElement() else { return }
            let bridge = BridgeClient(base: base)
            let query = cursor.map { "?limit=4&wait=1&cursor=\($0)" } ?? "?limit=4"
            let answer = try? await bridge.send(.GET, "/stations/\(station)/orders\(query)", token: token)
            guard let answer, answer.status != 503 else { continue }
            try #require(answer.status == 200, "\(answer.status)")
            let page = try FeedPage(json: answer.body)
            cursor = page.nextCursor
            for case .order(let order) in page.items {
                #expect(order.version > seen[order.orderID] ?? 0, "\(order.orderID) went back")
                seen[order.orderID] = order.version
            }
        }
    }

    private static func checkInbox(_ store: BridgeStore) async throws {
        let inbox = try await store.events(limit: 10_000)
        let expected = stations.flatMap { station in
            (1...ordersPerStation).flatMap { number in types.map { "\(station)-\(number)-\($0.rawValue)" } }
        }
        #expect(inbox.map(\.event.id).sorted() == expected.sorted())
    }

    /// What the dead process held comes again once its lease is over.
    private static func waitForSink(_ receiver: Receiver) async throws {
        let all = stations.count * ordersPerStation * types.count
        while receiver.events.withLock({ Set($0.map(\.id)).count }) < all {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Each event at least once, and each order's in their order: one that comes again comes before the next.
    private static func checkOrder(_ receiver: Receiver) {
        var last: [String: Int64] = [:]
        for event in receiver.events.withLock({ $0 }) {
            let order = event.subject ?? ""
            let number = event.sequenceNumber ?? 0
            let before = last[order] ?? number - 1
            #expect(number == before || number == before + 1, "\(order): \(number) after \(before)")
            last[order] = number
        }
        #expect(last.count == stations.count * ordersPerStation)
    }

    // MARK: The other ends

    private static func withReceiver(
        _ receiver: Receiver,
        _ body: (Int) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("/") { request, _ in
            let bytes = try await request.body.collect(upTo: 65_536)
            let event = try JSONDecoder().decode(CloudEvent.self, from: Data(Array(buffer: bytes)))
            receiver.events.withLock { $0.append(event) }
            return Response(status: .noContent)
        }
        var logger = Logger(label: "receiver")
        logger.logLevel = .critical
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in if let number = channel.localAddress?.port { port.yield(number) } },
            logger: logger
        )
        let group = ServiceGroup(services: [application], logger: logger)
        let running = Task { try await group.run() }
        var iterator = ports.makeAsyncIterator()
        let number = try #require(await iterator.next())
        let result = await Result<Void, any Error>.of { try await body(number) }
        await group.triggerGracefulShutdown()
        try await running.value
        try result.get()
    }
}
