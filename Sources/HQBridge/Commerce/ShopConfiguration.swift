/// A web shop whose pickup orders stations hand over.
public struct ShopConfiguration: Sendable {
    /// The shop's software and how it is reached.
    public enum Platform: Sendable {
        /// Shopify's Admin API (GraphQL): `https://{shop}.myshopify.com/admin/api/{version}/graphql.json`, with a file
        /// that holds the access token, and a file that holds the app's secret, with which webhooks are signed.
        case shopify(endpoint: String, tokenFile: String, webhookSecretFile: String)
        /// Adobe Commerce or Magento with multi-source inventory: the REST base `https://{host}/rest/V1`, with a file
        /// that holds an integration's access token, and a file that holds the Standard Webhooks key (`whsec_…` or
        /// `whpk_…`) of whatever sends its order events: Magento has no webhooks of its own.
        case magento(base: String, tokenFile: String, webhookKeyFile: String)
    }

    /// The shop's name: part of its orders' ids. Letters, digits and `-`, 1 to 20.
    public var name: String
    /// The shop's software.
    public var platform: Platform
    /// The shop's pickup locations (Shopify: the location's gid; Magento: the pickup location's code) and the stations
    /// that serve them. Orders for other locations are none of the bridge's business.
    public var locations: [String: String]
    /// Who tells the customer.
    public var voice: CustomerVoice
    /// How long an order is held, in hours; 0: no end.
    public var holdHours = 72
    /// When the customer is reminded, in hours after loading, ascending.
    public var reminderHours: [Int] = [24, 48]

    /// A shop.
    public init(name: String, platform: Platform, locations: [String: String], voice: CustomerVoice) {
        self.name = name
        self.platform = platform
        self.locations = locations
        self.voice = voice
    }
}

/// Who tells the customer that an order is ready: exactly one system, so that nobody is told twice.
public enum CustomerVoice: Hashable, Sendable {
    /// The shop's own mail, which "ready for pickup" sends.
    case shop
    /// Commerce's packing-completed mail; the shop is then only told of the pickup.
    case dynamics
    /// The customer's own message service, which the bridge calls: a URL and a file with the `whsec_…` key that signs
    /// the calls. It is told the order's number and codes, never a person: it asks the shop for whom.
    case messages(url: String, keyFile: String)
}
