internal import FoundationEssentials

// What is read of Commerce's entities. Only these properties are decoded: a customer's name, e-mail and address are in
// the same answers and never leave them. Names are those of Retail Server's `$metadata`.

/// A collection as OData sends it.
struct RetailCollection<Element: Decodable & Sendable>: Decodable, Sendable {
    var value: [Element]
    var count: Int?

    private enum CodingKeys: String, CodingKey {
        case value
        case count = "@odata.count"
    }
}

/// One line to fulfil.
struct FulfillmentLine: Decodable, Sendable {
    var salesID: String
    var lineNumber: Decimal
    var channelReference: String?
    var deliveryMode: String
    var itemID: String
    var ordered: Decimal
    var packed: Decimal
    var invoiced: Decimal
    var notPacked: Decimal?
    var statusValue: Int
    var balance: Decimal?
    var slotEnd: String?

    private enum CodingKeys: String, CodingKey {
        case salesID = "SalesId"
        case lineNumber = "SalesLineNumber"
        case channelReference = "ChannelReferenceId"
        case deliveryMode = "DeliveryModeCode"
        case itemID = "ItemId"
        case ordered = "QuantityOrdered"
        case packed = "QuantityPacked"
        case invoiced = "QuantityInvoiced"
        case notPacked = "QuantityNotPacked"
        case statusValue = "FulfillmentStatusValue"
        case balance = "Balance"
        case slotEnd = "PickupTimeslotEndDateTime"
    }
}

/// A packing slip: what the station calls a parcel.
struct PackingSlip: Decodable, Sendable {
    var id: String

    private enum CodingKeys: String, CodingKey {
        case id = "PackingSlipId"
    }
}

/// An order with its lines' quantities.
struct SalesOrderDetails: Decodable, Sendable {
    struct Line: Decodable, Sendable {
        var number: Decimal
        var itemID: String?
        var deliveryMode: String?
        var ordered: Decimal
        var cancelled: Decimal?
        var invoiced: Decimal
        var isVoided: Bool?
        var store: String?
        var warehouse: String?

        /// What can still be handed over at all.
        var wanted: Decimal { isVoided == true ? 0 : ordered - (cancelled ?? 0) }

        private enum CodingKeys: String, CodingKey {
            case number = "LineNumber"
            case itemID = "ItemId"
            case deliveryMode = "DeliveryMode"
            case ordered = "QuantityOrdered"
            case cancelled = "QuantityCanceled"
            case invoiced = "QuantityInvoiced"
            case isVoided = "IsVoided"
            case store = "FulfillmentStoreId"
            case warehouse = "InventoryLocationId"
        }
    }

    var salesID: String
    var status: Int
    var store: String?
    var currency: String?
    var lines: [Line]

    /// `SalesStatus` of the metadata (no extensible enumeration): 7 is Canceled.
    var isCancelled: Bool { status == 7 }

    private enum CodingKeys: String, CodingKey {
        case salesID = "SalesId"
        case status = "StatusValue"
        case store = "StoreId"
        case currency = "CurrencyCode"
        case lines = "SalesLines"
    }
}

/// A recalled order.
struct RetailCart: Decodable, Sendable {
    struct Line: Decodable, Sendable {
        var id: String
        var number: Decimal
        var invoiced: Decimal?

        private enum CodingKeys: String, CodingKey {
            case id = "LineId"
            case number = "LineNumber"
            case invoiced = "QuantityInvoiced"
        }
    }

    var id: String
    var version: Int64?
    var amountDue: Decimal?
    var lines: [Line]

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case version = "Version"
        case amountDue = "AmountDue"
        case lines = "CartLines"
    }
}

/// An extensible enumeration: names that are stable and numbers that are not.
struct ExtensibleEnumeration: Decodable, Sendable {
    struct Member: Decodable, Sendable {
        var name: String
        var value: Int

        private enum CodingKeys: String, CodingKey {
            case name = "Name"
            case value = "Value"
        }
    }

    var type: String
    var members: [Member]

    private enum CodingKeys: String, CodingKey {
        case type = "TypeName"
        case members = "ExtensibleEnumerations"
    }
}

/// A task of the store's workers.
struct StoreTask: Decodable, Sendable {
    struct Property: Decodable, Sendable {
        struct Value: Decodable, Sendable {
            var text: String?

            private enum CodingKeys: String, CodingKey {
                case text = "StringValue"
            }
        }

        var key: String
        var value: Value?

        private enum CodingKeys: String, CodingKey {
            case key = "Key"
            case value = "Value"
        }
    }

    var id: String
    var status: Int?
    var properties: [Property]?

    /// `ChecklistTaskStatus` of the metadata: 3 is Completed.
    var isDone: Bool { status == 3 }

    /// A text among the extension properties; names are compared without regard to case.
    func text(_ key: String) -> String? {
        properties?.first { $0.key.lowercased() == key.lowercased() }?.value?.text
    }

    private enum CodingKeys: String, CodingKey {
        case id = "Id"
        case status = "StatusValue"
        case properties = "ExtensionProperties"
    }
}
