public import StationAPI

extension SandboxHQ {
    /// Where a parcel is, as far as HQ knows.
    public enum Place: String, Hashable, Sendable, Codable, CaseIterable {
        /// On its way into the wall.
        case awaited
        /// In the wall.
        case loaded
        /// With the customer.
        case collected
        /// Taken out again by staff.
        case recalled
        /// Not wanted any more before it was loaded.
        case released

        /// Whether its goods are promised to the customer and still the store's.
        var isReserved: Bool { self == .awaited || self == .loaded }

        /// Whether its goods have left the store.
        var isSold: Bool { self == .collected }
    }

    /// An order as the shop keeps it, with the clear codes that only HQ has.
    public struct PlacedOrder: Hashable, Sendable, Codable {
        /// A parcel of it.
        public struct Parcel: Hashable, Sendable, Codable {
            /// The parcel's id.
            public var parcelId: String
            /// The text on its label.
            public var label: String
            /// Its size class.
            public var size: String
            /// What is in it.
            public var sku: String
            /// Where it is.
            public var place: Place
        }

        /// Something that happened to it.
        public struct Step: Hashable, Sendable, Codable {
            /// When.
            public var at: String
            /// What.
            public var what: String
        }

        /// One of the seven stages of an order that goes well, in their turn.
        public enum Stage: String, Hashable, Sendable, Codable, CaseIterable {
            /// The customer has ordered.
            case placed
            /// The goods are set aside in the store's stock.
            case reserved
            /// Staff have picked and packed the goods.
            case prepared
            /// All parcels are in the wall.
            case loaded
            /// The customer was told, once.
            case announced
            /// The customer has everything.
            case collected
            /// HQ has posted it, and the stock is adjusted.
            case completed
        }

        /// A stage and when the order came to it.
        public struct Reached: Hashable, Sendable, Codable {
            /// Which.
            public var stage: Stage
            /// When.
            public var at: String
        }

        /// The order's id.
        public var orderId: String
        /// The number the customer knows.
        public var displayNumber: String
        /// `placed`, `ready`, `completed`, `cancelled`, `rerouted` or `expired`.
        public var status: String
        /// Its parcels.
        public var parcels: [Parcel]
        /// The code to type.
        public var typedCode: String
        /// The code to scan.
        public var scannedCode: String
        /// What happened.
        public var timeline: [Step]
        /// The stages that the order has come to.
        public var reached: [Reached] = []
        /// What the customer was told once the order was loaded.
        public var message: String?
    }

    /// An event of the station.
    public struct ReceivedEvent: Hashable, Sendable, Codable {
        /// Its id.
        public var id: String
        /// Who made it; id and source together name it.
        public var source: String
        /// Its type.
        public var type: String
        /// Its order.
        public var orderID: String?
        /// Its number at the station.
        public var sequence: String
        /// When it happened.
        public var time: String
        /// How often it arrived.
        public var deliveries: Int
        /// What it says.
        public var data: JSONValue?
    }
}
