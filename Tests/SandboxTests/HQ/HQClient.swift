import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import StationAPI
import Testing

@testable import Sandbox

/// An HQ that listens on loopback, and a station's way to talk to it, for one test.
struct HQClient {
    static let key = [UInt8](repeating: 7, count: 32)
    static let token = "token-of-the-station"

    struct Reply {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var problem: Problem.Kind? {
            (try? JSONDecoder().decode(Problem.self, from: Data(body)))?.kind
        }
    }

    let hq: SandboxHQ
    let base: String

    static func quietHQ() -> SandboxHQ {
        SandboxHQ(
            SandboxHQ.Configuration(station: "S1", stationKey: key, token: token),
            logger: Logger(label: "hq") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// Runs `body` against an HQ that listens.
    static func with(_ body: (HQClient) async throws -> Void) async throws {
        let hq = quietHQ()
        let port = try await hq.start()
        do {
            try await body(HQClient(hq: hq, base: "http://127.0.0.1:\(port)"))
        } catch {
            await hq.stop()
            throw error
        }
        await hq.stop()
    }

    func ask(
        _ method: HTTPMethod,
        _ path: String,
        token: String? = HQClient.token,
        headers: [(String, String)] = [],
        body: [UInt8]? = nil
    ) async throws -> Reply {
        var request = HTTPClientRequest(url: base + path)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(70))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return Reply(
            status: Int(response.status.code),
            headers: response.headers,
            body: Array(bytes.readableBytesView)
        )
    }

    func feed(_ query: String = "") async throws -> Reply {
        try await ask(.GET, "/stations/S1/orders\(query)")
    }

    func expectFeed(
        _ query: String = "",
        status: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let reply = try await feed(query)
        #expect(reply.status == status, sourceLocation: sourceLocation)
    }

    func page(_ query: String = "") async throws -> FeedPage {
        try FeedPage(json: try await feed(query).body)
    }

    func deliver(_ event: CloudEvent) async throws -> Reply {
        try await ask(
            .POST,
            "/stations/S1/events",
            headers: [
                ("Content-Type", "application/cloudevents+json"), ("Idempotency-Key", "\"\(event.id)\""),
            ],
            body: Array(try JSONEncoder().encode(event))
        )
    }
}

/// An event of the station about some of an order's parcels.
func stationEvent(
    _ type: EventType,
    of order: SandboxHQ.PlacedOrder,
    parcels: [SandboxHQ.PlacedOrder.Parcel]? = nil,
    id: String = UUID().uuidString,
    sequence: Int64 = 1
) -> CloudEvent {
    CloudEvent(
        id: id,
        station: "S1",
        type: type,
        orderID: order.orderId,
        time: WireTime(milliseconds: 1_767_225_600_000),
        sequence: sequence,
        data: .object(["parcelIds": .array((parcels ?? order.parcels).map { .string($0.parcelId) })])
    )
}
