public import StationAPI

extension SandboxHQ {
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
            /// Where it is: `awaited`, `loaded`, `collected` or `recalled`.
            public var place: String
        }

        /// Something that happened to it.
        public struct Step: Hashable, Sendable, Codable {
            /// When.
            public var at: String
            /// What.
            public var what: String
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
        /// What the customer was told once the order was loaded.
        public var message: String?
    }

    /// An event of the station.
    public struct ReceivedEvent: Hashable, Sendable, Codable {
        /// Its id.
        public var id: String
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
