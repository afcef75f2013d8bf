internal import StationAPI

extension SandboxHQ {
    /// Something the shop sells.
    public struct Product: Hashable, Sendable, Codable {
        /// Its stock-keeping unit.
        public var sku: String
        /// What the shop calls it.
        public var title: String
        /// Its parcel's size class.
        public var size: String
        /// Its price, in cents.
        public var price: Int
        /// How many the store has.
        public var onHand: Int
        /// How many of them are promised to somebody.
        public var reserved: Int
        /// How many can be ordered.
        public var available: Int { onHand - reserved }

        private enum CodingKeys: String, CodingKey {
            case sku, title, size, price, onHand, reserved, available
        }

        init(sku: String, title: String, size: String, price: Int, onHand: Int) {
            self.sku = sku
            self.title = title
            self.size = size
            self.price = price
            self.onHand = onHand
            reserved = 0
        }

        /// Reads what ``encode(to:)`` writes.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            sku = try container.decode(String.self, forKey: .sku)
            title = try container.decode(String.self, forKey: .title)
            size = try container.decode(String.self, forKey: .size)
            price = try container.decode(Int.self, forKey: .price)
            onHand = try container.decode(Int.self, forKey: .onHand)
            reserved = try container.decode(Int.self, forKey: .reserved)
        }

        /// Writes what is available too, for the shop's page.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(sku, forKey: .sku)
            try container.encode(title, forKey: .title)
            try container.encode(size, forKey: .size)
            try container.encode(price, forKey: .price)
            try container.encode(onHand, forKey: .onHand)
            try container.encode(reserved, forKey: .reserved)
            try container.encode(available, forKey: .available)
        }
    }
}

extension SandboxHQ {
    /// One change of the store's stock.
    public struct StockMovement: Hashable, Sendable, Codable {
        /// When.
        public var at: String
        /// The product.
        public var sku: String
        /// The order that it is about.
        public var orderId: String
        /// `reserved`, `released`, `sold`, or `returned` to stock after a sale that was none.
        public var what: String
        /// How many the store has after it.
        public var onHand: Int
        /// How many of them are promised after it.
        public var reserved: Int
    }
}

/// The store's stock: ordered goods are reserved, collected goods leave.
struct Inventory {
    private(set) var products: [SandboxHQ.Product] = [
        SandboxHQ.Product(sku: "1042", title: "Item 1042", size: "S", price: 1990, onHand: 25),
        SandboxHQ.Product(sku: "2077", title: "Item 2077", size: "M", price: 4900, onHand: 12),
        SandboxHQ.Product(sku: "3310", title: "Item 3310", size: "L", price: 12_900, onHand: 6),
        SandboxHQ.Product(sku: "4501", title: "Item 4501", size: "XL", price: 24_900, onHand: 2),
    ]

    /// The newest changes, oldest first.
    private(set) var movements: [SandboxHQ.StockMovement] = []
    private static let movementsKept = 200

    func product(_ sku: String) -> SandboxHQ.Product? {
        products.first { $0.sku == sku }
    }

    mutating func reserve(_ sku: String, for order: String) throws(SandboxHQ.Refusal) {
        guard let index = products.firstIndex(where: { $0.sku == sku }) else {
            throw SandboxHQ.Refusal(description: "there is no product \(sku)")
        }
        guard products[index].available > 0 else {
            throw SandboxHQ.Refusal(description: "\(products[index].title) is sold out")
        }
        products[index].reserved += 1
        note("reserved", of: index, order)
    }

    /// A parcel of this product goes from one place to another: what its old place counted for is taken back,
    /// what its new place counts for is added. A sum of facts never drifts, in whatever order late reports come.
    mutating func move(
        _ sku: String,
        from old: SandboxHQ.Place,
        to new: SandboxHQ.Place,
        of order: String
    ) {
        guard let index = products.firstIndex(where: { $0.sku == sku }) else { return }
        products[index].onHand += (new.isSold ? -1 : 0) - (old.isSold ? -1 : 0)
        products[index].reserved += (new.isReserved ? 1 : 0) - (old.isReserved ? 1 : 0)
        switch (old.isSold, new.isSold) {
        case (false, true): note("sold", of: index, order)
        case (true, false): note("returned", of: index, order)
        default:
            if old.isReserved != new.isReserved {
                note(new.isReserved ? "reserved" : "released", of: index, order)
            }
        }
    }

    private mutating func note(_ what: String, of index: Int, _ order: String) {
        movements.append(
            SandboxHQ.StockMovement(
                at: WireTime.now().text,
                sku: products[index].sku,
                orderId: order,
                what: what,
                onHand: products[index].onHand,
                reserved: products[index].reserved
            )
        )
        if movements.count > Self.movementsKept { movements.removeFirst() }
    }
}
