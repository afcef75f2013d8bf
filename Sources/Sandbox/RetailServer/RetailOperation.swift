/// Who calls, as Microsoft's API table names the roles.
enum RetailRole: String, Sendable {
    case employee = "Employee"
    case application = "Application"
    case customer = "Customer"
    case anonymous = "Anonymous"
    case device = "Device"
    case storefront = "Storefront"
}

/// An operation of Retail Server with its parameters and who may call it.
///
/// Names and parameters: `$metadata` of Retail Server; roles: "Retail Server Customer and Consumer APIs"
/// (<https://learn.microsoft.com/dynamics365/commerce/dev-itpro/retail-server-customer-consumer-api>).
struct RetailOperation: Sendable {
    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case patch = "PATCH"
    }

    /// The entity set and the operation, for example `SalesOrders/GetFulfillmentLines`.
    var name: String
    var method: Method
    var roles: Set<RetailRole>
    /// Parameters that must be there (they may be null).
    var required: [String] = []
    /// Parameters that may be left out.
    var optional: [String] = []
    /// Whether it is an action of one entity: `Carts('{id}')/Checkout`.
    var isBoundToOne = false
    /// Whether it needs the real-time service to headquarters.
    var isRealTime = false

    static let all: [RetailOperation] = [
        RetailOperation(
            name: "GetExtensibleEnumerations",
            method: .get,
            roles: [.device, .employee, .application, .anonymous, .customer, .storefront]
        ),
        sales("GetFulfillmentLines", required: ["fulfillmentLineSearchCriteria"]),
        sales("AcceptFulfillmentLines", required: ["FulfillmentLineParameter"], isRealTime: true),
        sales("PickFulfillmentLines", required: ["FulfillmentLineParameter"], isRealTime: true),
        sales("MarkAsPicked", required: ["FulfillmentLineParameter"], isRealTime: true),
        sales("PackFulfillmentLines", required: ["FulfillmentLineParameter"], isRealTime: true),
        sales("MarkFulfillmentLinesAsPacked", required: ["FulfillmentLineParameter"], isRealTime: true),
        sales("RejectFulfillmentLines", required: ["RejectFulfillmentLines"], isRealTime: true),
        sales("GetPackingSlipsData", method: .get, required: ["salesId"]),
        sales(
            "GetSalesOrderDetailsBySalesId",
            method: .get,
            roles: [.employee, .customer],
            required: ["salesId"]
        ),
        sales(
            "CheckInForOrderPickup",
            roles: [.anonymous, .customer],
            required: ["channelId", "PackingSlipId", "channelReferenceId"],
            optional: ["extensionProperties"]
        ),
        RetailOperation(
            name: "Carts/RecallOrder",
            method: .post,
            roles: [.employee],
            required: ["transactionId", "salesId"],
            optional: ["recallOrderSearchCriteria"],
            isRealTime: true
        ),
        RetailOperation(
            name: "Carts",
            method: .patch,
            roles: [.employee, .customer, .anonymous, .application],
            isBoundToOne: true
        ),
        cart("UpdateCartLines", required: ["cartLines"], optional: ["cartVersion"]),
        cart(
            "Checkout",
            required: ["receiptEmail", "tokenizedPaymentCard", "receiptNumberSequence", "cartTenderLines"],
            optional: ["cartVersion", "checkoutLocation"],
            isRealTime: true
        ),
        cart("Void", roles: [.employee], required: ["reasonCodeLines"], optional: ["cartVersion"]),
        RetailOperation(
            name: "Checklists/SearchTasks",
            method: .post,
            roles: [.employee],
            required: ["taskSearchCriteria", "userGraphToken"]
        ),
        RetailOperation(
            name: "GetStationOrders",
            method: .post,
            roles: [.application],
            required: ["stationId", "sinceToken"]
        ),
        RetailOperation(
            name: "CompleteStationPickup",
            method: .post,
            roles: [.application],
            required: ["salesId", "lines", "eventId"],
            isRealTime: true
        ),
    ]

    private static func sales(
        _ name: String,
        method: Method = .post,
        roles: Set<RetailRole> = [.employee],
        required: [String],
        optional: [String] = [],
        isRealTime: Bool = false
    ) -> RetailOperation {
        RetailOperation(
            name: "SalesOrders/\(name)",
            method: method,
            roles: roles,
            required: required,
            optional: optional,
            isRealTime: isRealTime
        )
    }

    private static func cart(
        _ name: String,
        roles: Set<RetailRole> = [.employee, .customer, .anonymous, .application],
        required: [String],
        optional: [String],
        isRealTime: Bool = false
    ) -> RetailOperation {
        RetailOperation(
            name: "Carts/\(name)",
            method: .post,
            roles: roles,
            required: required,
            optional: optional,
            isBoundToOne: true,
            isRealTime: isRealTime
        )
    }
}
