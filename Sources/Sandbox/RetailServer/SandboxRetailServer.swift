internal import Foundation
public import Logging
internal import StationAPI

/// A double of Dynamics 365 Commerce's Retail Server, on loopback: it keeps the documented names, roles, errors and
/// rules of the calls that a pickup needs, and nothing else of Commerce.
///
/// Names, parameters and properties are those of a published `$metadata` document (April 2025, product version not
/// stated); roles are those of Microsoft's API table. Where neither says what happens, ``OpenPoints`` has a switch.
public actor SandboxRetailServer {
    /// What a tenant has set up.
    public struct Configuration: Sendable {
        /// The operating unit number that the `OUN` header must carry.
        public var operatingUnit = "052"
        /// The store's number, as `StoreId`.
        public var store = "HOUSTON"
        /// The store's warehouse, as `WarehouseId`.
        public var warehouse = "HOUSTON-WH"
        /// The tenant in the path of the token endpoint.
        public var tenant = "contoso"
        /// The application's id.
        public var clientID = "bridge"
        /// The application's secret.
        public var clientSecret = "secret-of-the-bridge"
        /// What the application asks a token for.
        public var resource = "api://retail-server"
        /// The token of a signed-in worker.
        public var workerToken = "worker-token"
        /// The token of an activated device.
        public var deviceToken = "device-token"
        /// The port on loopback; 0: any.
        public var port = 0

        /// A store of the usual demo data.
        public init() {}
    }

    /// What the public documents leave open, as switches.
    public struct OpenPoints: Sendable {
        /// Schemes that the `Authorization` header may have for an application's token.
        public var applicationSchemes: Set<String> = ["id_token"]
        /// The header that carries the device's token; nil: the worker's token is enough.
        public var deviceHeader: String? = "DeviceToken"
        /// Whether `GetFulfillmentLines` answers by warehouse and not by store.
        public var isScopedByWarehouse = false
        /// Whether lines that were never packed may be picked up.
        public var isPickupWithoutPacking = true
        /// Whether a call that packs says the packing slip's id; otherwise it returns an empty text.
        public var isPackingSlipNamed = true
        /// Whether each call that packs makes a packing slip of its own.
        public var isSlipPerCall = true
        /// Whether `PATCH Carts` takes quantities; otherwise they need `UpdateCartLines`.
        public var isQuantityByPatch = true
        /// Whether a checkout needs an open shift, which an unattended client has not.
        public var isShiftNeeded = false
        /// Whether the extension's actions are installed.
        public var isExtensionInstalled = true
        /// Whether the extension's pickup runs for the role Application.
        public var isExtensionPickupAllowed = true
        /// The page size that the server does not exceed, whatever `$top` says.
        public var largestPage = 250

        /// The values that the sources make likely.
        public init() {}
    }

    nonisolated let configuration: Configuration
    nonisolated let logger: Logger
    /// The switches; a test may turn them while the server runs.
    public var openPoints: OpenPoints
    let enumerations = RetailEnumerations()
    var orders: [RetailOrder] = []
    var carts: [String: RetailCart] = [:]
    var tokens: Set<String> = []
    var planned: [PlannedFault] = []
    var late: [LateEffect] = []
    var calls: [Call] = []
    /// Postings by the extension, by the event that asked for them.
    var posted: [String: String] = [:]
    /// Checked-in customers that were not fetched yet, in the extension's list of changes.
    var tasks: [RetailTask] = []
    var invoices = 0
    var changes = 0
    private var server: Task<Void, any Error>?

    /// A call that arrived, whatever became of it.
    public struct Call: Hashable, Sendable {
        /// The operation, for example `Carts/Checkout`.
        public var operation: String
        /// The body as it came.
        public var body: String
        /// The status of the answer; nil if none was sent.
        public var status: Int?
    }

    /// A server that does not listen yet.
    public init(
        _ configuration: Configuration = Configuration(),
        openPoints: OpenPoints = OpenPoints(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.openPoints = openPoints
        self.logger = logger
    }

    /// Listens on loopback; returns the port.
    ///
    /// - Throws: when the port is taken.
    public func start() async throws -> Int {
        let (ports, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
        let double = self
        server = Task {
            do {
                try await RetailRoutes(server: double).run(port: configuration.port, logger: logger) {
                    continuation.yield($0)
                }
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        for try await port in ports { return port }
        throw SandboxHQ.Refusal(description: "the Retail Server double did not start to listen")
    }

    /// Stops listening.
    public func stop() async {
        server?.cancel()
        _ = await server?.result
        server = nil
    }

    /// Turns the switches.
    public func set(_ change: @Sendable (inout OpenPoints) -> Void) { change(&openPoints) }

    /// The calls so far, oldest first.
    public func receivedCalls() -> [Call] { calls }

    /// Every token that was given out is refused from now on.
    public func expireTokens() { tokens = [] }

    func note(_ operation: String, _ body: String) -> Int {
        calls.append(Call(operation: operation, body: body, status: nil))
        return calls.count - 1
    }

    func note(_ index: Int, status: Int) { calls[index].status = status }
}
