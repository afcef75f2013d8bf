/// One version of one order, as HQ sends it to the station that is to hand it over.
///
/// The schema has no place for a person's name, phone number or address, and none for product names.
public struct OrderDocument: Hashable, Sendable {
    /// HQ's id of the order: 1 to 64 of `A-Z a-z 0-9 . _ : -`.
    public var orderID: String
    /// Counts HQ's changes of this order, from 1; an older version than the one held is ignored.
    public var version: Int64
    /// What customers and staff call the order: 1 to 32 printable ASCII characters.
    public var displayNumber: String
    /// HQ's view of the order.
    public var status: OrderStatus
    /// How the order is to be handed over.
    public var deliveryMode: DeliveryMode
    /// The parcels of the order, 1 to `OrderDocument.maximumParcels`; ids and labels are unique within it.
    public var parcels: [ParcelDocument]
    /// When the order may be collected.
    public var pickup: PickupWindow
    /// The pickup codes that are valid for this version, at most `OrderDocument.maximumCodes`.
    public var codes: [CodeDocument]
    /// What the customer still has to pay; the station hands nothing over without staff while it is owed.
    public var amountDue: AmountDue?
    /// The designated pickup location if HQ names it; another id than the station's own means: wrong store.
    public var station: String?
    /// The name of that location, for the words on the screen.
    public var stationName: String?
    /// What the order consists of, without product names; empty if HQ does not say.
    public var lines: [OrderLine]
    /// HQ's other names for the order, for example `salesId`; kept for people who look something up.
    public var externalRefs: [String: String]

    /// Parcels an order may have.
    public static let maximumParcels = 64
    /// Pickup codes an order may have at once.
    public static let maximumCodes = 16
    /// Lines an order may have.
    public static let maximumLines = 500

    /// An order of the given parts; whether they fit the limits is checked when a page is read.
    public init(
        orderID: String,
        version: Int64,
        displayNumber: String,
        status: OrderStatus,
        deliveryMode: DeliveryMode = .locker,
        parcels: [ParcelDocument],
        pickup: PickupWindow = PickupWindow(),
        codes: [CodeDocument] = [],
        amountDue: AmountDue? = nil,
        station: String? = nil,
        stationName: String? = nil,
        lines: [OrderLine] = [],
        externalRefs: [String: String] = [:]
    ) {
        self.orderID = orderID
        self.version = version
        self.displayNumber = displayNumber
        self.status = status
        self.deliveryMode = deliveryMode
        self.parcels = parcels
        self.pickup = pickup
        self.codes = codes
        self.amountDue = amountDue
        self.station = station
        self.stationName = stationName
        self.lines = lines
        self.externalRefs = externalRefs
    }
}

/// HQ's view of an order.
public enum OrderStatus: String, Hashable, Sendable, Codable, CaseIterable {
    /// On its way to the station: staff are to load it.
    case awaitingLoad
    /// HQ knows that it is loaded and has told the customer.
    case ready
    /// Nothing may happen with it for now; also what a status that this version does not know becomes.
    case hold
    /// HQ has cancelled it; what is loaded of it is to be recalled.
    case cancelled
    /// HQ has seen it handed over.
    case completed
}

/// How an order is handed over.
public enum DeliveryMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// From a compartment with a lock.
    case locker
    /// By staff, from the shelf at the counter.
    case counter
    /// By staff, to a car in a bay.
    case curbside
}

/// One parcel of an order.
public struct ParcelDocument: Hashable, Sendable {
    /// The parcel's id, unique within its order; characters as for an order's id.
    public var parcelID: String
    /// The text of the barcode on it, 1 to 128 printable ASCII characters; its id if HQ sends none.
    public var label: String
    /// How large it is; nil if HQ does not say.
    public var size: ParcelSize?
    /// What of the order's lines is in it; empty if HQ does not say. Sent back with what happens to the
    /// parcel.
    public var lines: [ParcelLine]

    /// A parcel; `label` is its id if not given.
    public init(parcelID: String, label: String? = nil, size: ParcelSize? = nil, lines: [ParcelLine] = []) {
        self.parcelID = parcelID
        self.label = label ?? parcelID
        self.size = size
        self.lines = lines
    }
}

/// A part of one of an order's lines.
public struct ParcelLine: Hashable, Sendable {
    /// The line's id within its order.
    public var lineID: String
    /// How many of it, from 1.
    public var quantity: Int64

    /// A part of a line.
    public init(lineID: String, quantity: Int64) {
        self.lineID = lineID
        self.quantity = quantity
    }
}

/// How large a parcel is.
public enum ParcelSize: Hashable, Sendable {
    /// One of the four sizes that compartments come in.
    case named(SizeClass)
    /// Outer measures in millimetres, 1 to `ParcelSize.maximumMillimetres` each.
    case millimetres(width: Int, height: Int, depth: Int)

    /// The longest edge that is taken for a measure and not for a mistake.
    public static let maximumMillimetres = 10_000
}

/// The four sizes that compartments come in, smallest first.
public enum SizeClass: String, Hashable, Sendable, Codable, CaseIterable {
    /// Small.
    case small = "S"
    /// Medium.
    case medium = "M"
    /// Large.
    case large = "L"
    /// Extra large.
    case extraLarge = "XL"
}

/// When an order may be collected, by HQ's clock.
public struct PickupWindow: Hashable, Sendable, Codable {
    /// The first moment; nil: as soon as it is loaded.
    public var notBefore: WireTime?
    /// The end of the hold; nil: no end.
    public var expiresAt: WireTime?

    /// A window; both ends may be open.
    public init(notBefore: WireTime? = nil, expiresAt: WireTime? = nil) {
        self.notBefore = notBefore
        self.expiresAt = expiresAt
    }
}

/// One pickup code, as a digest or in clear.
public struct CodeDocument: Hashable, Sendable {
    /// How a customer presents the code.
    public enum Form: String, Hashable, Sendable, Codable, CaseIterable {
        /// Typed at the kiosk: digits only.
        case typed
        /// Scanned: at least 80 random bits.
        case scanned
    }

    /// The code itself.
    public enum Value: Hashable, Sendable {
        /// HMAC-SHA256 (32 bytes) over the code's UTF-8 bytes under the station's key.
        case digest([UInt8])
        /// The code in clear. Whoever receives it digests it before anything stores or logs it.
        case clear(String)
    }

    /// How a customer presents it.
    public var form: Form
    /// Digits of a typed code if HQ says; at least `CodeDocument.minimumDigits`.
    public var digits: Int?
    /// The digest or the code.
    public var value: Value
    /// Under which of the station's keys a digest was made; nil: the key that it was enrolled with.
    public var keyID: String?

    /// Fewest digits of a typed code.
    public static let minimumDigits = 8
    /// Most digits of a typed code.
    public static let maximumDigits = 32
    /// Fewest characters of a scanned code in clear: 95 printable characters carry at most 6.57 bits each, so
    /// 80 random bits need 13.
    public static let minimumScannedLength = 13
    /// Most characters of a scanned code in clear.
    public static let maximumScannedLength = 256
    /// Bytes of a digest.
    public static let digestLength = 32

    /// A pickup code.
    public init(form: Form, digits: Int? = nil, value: Value, keyID: String? = nil) {
        self.form = form
        self.digits = digits
        self.value = value
        self.keyID = keyID
    }
}

extension CodeDocument: CustomStringConvertible, CustomReflectable {
    /// The form only: neither code nor digest ever reaches a log.
    public var description: String { "code(\(form.rawValue))" }

    /// The form only, so that `dump` and test failures do not show the code either.
    public var customMirror: Mirror { Mirror(self, children: ["form": form]) }
}

/// An amount of money that is still to be paid.
public struct AmountDue: Hashable, Sendable, Codable {
    /// Decimal text without sign or exponent, for example `12.50`.
    public var amount: String
    /// ISO 4217 letters.
    public var currency: String

    /// An amount; `amount` is decimal text.
    public init(amount: String, currency: String) {
        self.amount = amount
        self.currency = currency
    }

    /// Whether anything is owed at all.
    public var isOwed: Bool { amount.utf8.contains { (0x31...0x39).contains($0) } }
}

/// One line of an order.
public struct OrderLine: Hashable, Sendable {
    /// The line's id within its order.
    public var lineID: String
    /// The stock keeping unit, 1 to 64 printable ASCII characters.
    public var sku: String
    /// How many, from 1.
    public var quantity: Int64

    /// A line.
    public init(lineID: String, sku: String, quantity: Int64) {
        self.lineID = lineID
        self.sku = sku
        self.quantity = quantity
    }
}

// MARK: Encoding

extension OrderDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case orderID = "orderId"
        case version, displayNumber, status, deliveryMode, parcels, pickup, codes, amountDue, station,
            stationName
        case lines, externalRefs
    }
}

extension ParcelDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case parcelID = "parcelId"
        case label, size, lines
    }

    /// Encodes what is there.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(parcelID, forKey: .parcelID)
        try container.encode(label, forKey: .label)
        try container.encodeIfPresent(size, forKey: .size)
        if !lines.isEmpty { try container.encode(lines, forKey: .lines) }
    }
}

extension ParcelLine: Encodable {
    private enum CodingKeys: String, CodingKey {
        case lineID = "lineId"
        case quantity
    }
}

extension OrderLine: Encodable {
    private enum CodingKeys: String, CodingKey {
        case lineID = "lineId"
        case sku, quantity
    }
}
