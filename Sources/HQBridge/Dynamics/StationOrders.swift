internal import FoundationEssentials

// What the extension's two actions answer. They are this project's own: the guide says what an extension must do.

/// Orders that changed since a token.
struct StationOrders: Decodable, Sendable {
    struct Order: Decodable, Sendable {
        struct Line: Decodable, Sendable {
            var number: Decimal
            var itemID: String
            var ordered: Decimal
            var packed: Decimal
            var invoiced: Decimal

            private enum CodingKeys: String, CodingKey {
                case number = "SalesLineNumber"
                case itemID = "ItemId"
                case ordered = "QuantityOrdered"
                case packed = "QuantityPacked"
                case invoiced = "QuantityInvoiced"
            }
        }

        var salesID: String
        var channelReference: String?
        var deliveryMode: String
        var currency: String?
        var balance: Decimal?
        /// `Canceled`, `Rerouted` or `Invoiced`; nil: the order is the station's.
        var removedReason: String?
        var lines: [Line]
        var slips: [PackingSlip]

        private enum CodingKeys: String, CodingKey {
            case salesID = "SalesId"
            case channelReference = "ChannelReferenceId"
            case deliveryMode = "DeliveryModeCode"
            case currency = "CurrencyCode"
            case balance = "Balance"
            case removedReason = "RemovedReason"
            case lines = "Lines"
            case slips = "PackingSlips"
        }
    }

    struct CheckIn: Decodable, Sendable {
        var taskID: String
        var salesID: String
        var bay: String?

        private enum CodingKeys: String, CodingKey {
            case taskID = "TaskId"
            case salesID = "SalesId"
            case bay = "Bay"
        }
    }

    var nextToken: String
    var orders: [Order]
    var checkIns: [CheckIn]?

    private enum CodingKeys: String, CodingKey {
        case nextToken = "NextToken"
        case orders = "Orders"
        case checkIns = "CheckIns"
    }
}

/// What became of a pickup that the extension posts.
struct StationPickupResult: Decodable, Sendable {
    /// `Posted`, `AlreadyPosted` or `PaymentDue`.
    var result: String
    var amountDue: Decimal?
    var currency: String?

    private enum CodingKeys: String, CodingKey {
        case result = "Result"
        case amountDue = "AmountDue"
        case currency = "CurrencyCode"
    }
}

/// How much of one line is handed over.
struct PickupTarget: Hashable, Sendable, Codable {
    /// The line's number.
    var number: Decimal
    /// How many are handed over by this event.
    var quantity: Decimal
}
