public import StationAPI

/// How the bridge reaches one store of Dynamics 365 Commerce, and what the customer has decided there.
///
/// What depends on the tenant and is not in public documents is a setting here; the guide
/// (`Sources/HQBridge/README.md`) lists what must be looked up.
public struct DynamicsConfiguration: Sendable {
    /// Who the bridge is for Retail Server.
    public enum Variant: Sendable {
        /// A client application of Microsoft Entra (role Application) that calls the customer's own extension
        /// actions, `GetStationOrders` and `CompleteStationPickup`: stock calls let an application do neither.
        case extensionActions(ApplicationSignIn)
        /// A dedicated register with a worker (role Employee) that calls what the POS calls.
        case posWorker(WorkerSignIn)
    }

    /// Client credentials of Microsoft Entra.
    public struct ApplicationSignIn: Sendable {
        /// The token endpoint, v1 or v2: `https://login.microsoftonline.com/{tenant}/oauth2/token` or
        /// `…/oauth2/v2.0/token`.
        public var tokenURL: String
        /// The application's id.
        public var clientID: String
        /// A file that holds the application's secret; read for each token.
        public var secretFile: String
        /// The resource that the token is for; sent as `resource` to a v1 endpoint and as `{resource}/.default` to a
        /// v2 endpoint.
        public var resource: String
        /// The scheme of the `Authorization` header: `id_token` in Microsoft's samples.
        public var scheme = "id_token"

        /// Client credentials.
        public init(tokenURL: String, clientID: String, secretFile: String, resource: String) {
            self.tokenURL = tokenURL
            self.clientID = clientID
            self.secretFile = secretFile
            self.resource = resource
        }
    }

    /// The tokens of a signed-in worker on an activated device.
    ///
    /// How a device is activated and a worker signs in over the wire is not published; whatever does it for the
    /// customer keeps these files fresh, and the bridge reads them again when Retail Server refuses a token.
    public struct WorkerSignIn: Sendable {
        /// A file with the worker's token.
        public var workerTokenFile: String
        /// The scheme of the `Authorization` header.
        public var scheme = "Bearer"
        /// A file with the device's token; nil: none is sent.
        public var deviceTokenFile: String?
        /// The header that carries the device's token.
        public var deviceHeader = "DeviceToken"

        /// Tokens in files.
        public init(workerTokenFile: String, deviceTokenFile: String? = nil) {
            self.workerTokenFile = workerTokenFile
            self.deviceTokenFile = deviceTokenFile
        }
    }

    /// How a store is told apart in `GetFulfillmentLines`.
    public enum Scope: Sendable {
        /// By `StoreId`.
        case store(String)
        /// By `WarehouseId`.
        case warehouse(String)
    }

    /// The service root, for example `https://{host}/Commerce`.
    public var serviceRoot: String
    /// The operating unit number of the store (`OUN` header).
    public var operatingUnit: String
    /// Which orders are this store's.
    public var scope: Scope
    /// The station that hands the store's orders over.
    public var station: String
    /// Who the bridge is.
    public var variant: Variant
    /// Delivery modes of Commerce and how the station hands their orders over; orders of other modes are not the
    /// station's.
    public var deliveryModes: [String: DeliveryMode]
    /// The version of the API that every call names.
    public var apiVersion = "7.3"
    /// Whether staff pack only when they load: lines come to the station once picked, and `order.loaded` posts the
    /// packing slip (`MarkFulfillmentLinesAsPacked`).
    public var packsOnLoad = false
    /// Whether quantities go with `PATCH Carts('…')`; otherwise through `UpdateCartLines` after it.
    public var setsQuantitiesByPatch = true
    /// Lines per page of `GetFulfillmentLines`.
    public var pageSize = 250
    /// How long a call may take; real-time service to headquarters is slow.
    public var callTimeoutSeconds: Int64 = 120
    /// The currency of `Balance` where the answer does not name one (ISO 4217).
    public var currency = "EUR"
    /// How long an order is held, in hours, where Commerce names no time slot; 0: no end.
    public var holdHours = 72
    /// How long after a checkout its invoice may take until people are asked to look, in seconds.
    public var invoiceWithinSeconds: Int64 = 1_800
    /// Whether the worker's tasks are read for customers who checked in at the curb.
    public var readsTasks = true

    /// A store.
    public init(
        serviceRoot: String,
        operatingUnit: String,
        scope: Scope,
        station: String,
        variant: Variant,
        deliveryModes: [String: DeliveryMode]
    ) {
        self.serviceRoot = serviceRoot
        self.operatingUnit = operatingUnit
        self.scope = scope
        self.station = station
        self.variant = variant
        self.deliveryModes = deliveryModes
    }
}
