import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Sandbox
import StationAPI
import Synchronization
import Testing

@testable import HQBridge

/// A Retail Server double on loopback and a bridge's client of it, for one test.
struct RetailRig: Sendable {
    let double: SandboxRetailServer
    let server: RetailServer
    let configuration: DynamicsConfiguration
    let memory = KeptPostings()
    let client: HTTPClient
    let clock = Held(Int64(1_790_000_000))

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Runs `body` with a double that listens and a client of the wanted variant.
    static func with(
        _ variant: Variant = .worker,
        openPoints: SandboxRetailServer.OpenPoints = SandboxRetailServer.OpenPoints(),
        configure: (inout DynamicsConfiguration) -> Void = { _ in },
        _ body: (RetailRig) async throws -> Void
    ) async throws {
        let double = SandboxRetailServer(openPoints: openPoints, logger: quiet)
        let port = try await double.start()
        let folder = FileManager.default.temporaryDirectory.appending(path: "retail-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var configuration = try Self.configuration(variant, port: port, folder: folder)
        configure(&configuration)
        let client = HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            configuration: HTTPClient.Configuration(redirectConfiguration: .disallow)
        )
        let rig = RetailRig(
            double: double,
            server: RetailServer(configuration, client: client),
            configuration: configuration,
            client: client
        )
        do {
            try await body(rig)
        } catch {
            await double.stop()
            try await client.shutdown()
            throw error
        }
        await double.stop()
        try await client.shutdown()
    }

    enum Variant {
        case worker
        case application(v2: Bool)
    }

    private static func configuration(
        _ variant: Variant,
        port: Int,
        folder: URL
    ) throws -> DynamicsConfiguration {
        let store = SandboxRetailServer.Configuration()
        func secret(_ name: String, _ text: String) throws -> String {
            let url = folder.appending(path: name)
            try Data((text + "\n").utf8).write(to: url)
            return url.path
        }
        let host = "http://127.0.0.1:\(port)"
        let signIn: DynamicsConfiguration.Variant
        switch variant {
        case .worker:
            signIn = .posWorker(
                DynamicsConfiguration.WorkerSignIn(
                    workerTokenFile: try secret("worker", store.workerToken),
                    deviceTokenFile: try secret("device", store.deviceToken)
                )
            )
        case .application(let isV2):
            signIn = .extensionActions(
                DynamicsConfiguration.ApplicationSignIn(
                    tokenURL: "\(host)/\(store.tenant)/oauth2\(isV2 ? "/v2.0" : "")/token",
                    clientID: store.clientID,
                    secretFile: try secret("secret", store.clientSecret),
                    resource: store.resource
                )
            )
        }
        return DynamicsConfiguration(
            serviceRoot: "\(host)/Commerce",
            operatingUnit: store.operatingUnit,
            scope: .store(store.store),
            station: "S1",
            variant: signIn,
            deliveryModes: ["LOCKER": .locker, "COUNTER": .counter, "CURB": .curbside]
        )
    }

    /// A poster as a bridge that has just started makes one: nothing but the memory is older than it.
    func poster() -> PickupPoster {
        PickupPoster(
            server: RetailServer(configuration, client: client),
            memory: memory,
            logger: Self.quiet,
            now: { [clock] in clock.value }
        )
    }

    /// Posts an event and expects this outcome.
    func expectPost(
        _ event: String,
        _ salesID: String,
        _ handedOver: [PickupTarget]?,
        _ outcome: DynamicsOutcome,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await poster().post(event, salesID: salesID, handedOver: handedOver)
        #expect(found == outcome, sourceLocation: sourceLocation)
    }

    /// A packed order of one line.
    func packedOrder(_ quantity: Double = 1, balance: Double = 0) async -> String {
        let salesID = await double.place([.init(item: "1042", quantity: quantity)], balance: balance)
        await double.pack(salesID)
        return salesID
    }

    /// The customer's confirmation page checks in, without signing in.
    func checkIn(_ salesID: String, bay: String) async throws {
        var request = HTTPClientRequest(
            url: "\(configuration.serviceRoot)/SalesOrders/CheckInForOrderPickup?api-version=7.3"
        )
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        let reference = try #require(await double.channelReference(of: salesID))
        let bay: JSONValue = .object([
            "Key": .string("bay"), "Value": .object(["StringValue": .string(bay)]),
        ])
        let body: JSONValue = .object([
            "channelId": .integer(68_719_478_279), "PackingSlipId": .string("PS-\(salesID)-1"),
            "channelReferenceId": .string(reference), "extensionProperties": .array([bay]),
        ])
        request.body = .bytes(ByteBuffer(bytes: try JSONEncoder().encode(body)))
        let response = try await client.execute(request, timeout: .seconds(30))
        #expect(response.status == .ok)
    }

    /// Staff take an order's lines one step further at a POS.
    func step(_ name: String, _ salesID: String) async throws {
        let lines = await double.lines(of: salesID).map { line in
            JSONValue.object([
                "SalesId": .string(salesID), "SalesLineNumber": .number(line.number),
                "Quantity": .decimal(name == "AcceptFulfillmentLines" ? 0 : 2),
            ])
        }
        let body = JSONValue.object(["FulfillmentLineParameter": .array(lines)])
        _ = try await server.connection.call(.POST, "SalesOrders/\(name)", body: body)
    }

    func invoiced(_ salesID: String) async -> [Double] { await double.lines(of: salesID).map(\.invoiced) }
}

/// Postings as a database keeps them over a restart.
actor KeptPostings: PostingMemory {
    private var kept: [String: Data] = [:]

    func posting(_ eventID: String) throws -> PickupPosting? {
        try kept[eventID].map { try JSONDecoder().decode(PickupPosting.self, from: $0) }
    }

    func keep(_ posting: PickupPosting) throws {
        kept[posting.eventID] = try JSONEncoder().encode(posting)
    }
}

/// A value that a test changes while others read it.
final class Held<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) {
        mutex = Mutex(value)
    }

    var value: Value { mutex.withLock { $0 } }

    func set(_ value: Value) { mutex.withLock { $0 = value } }
}
