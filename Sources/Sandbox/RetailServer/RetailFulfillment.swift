internal import Foundation
internal import StationAPI

/// Fulfilment lines: reading them, and Accepted, Picking, Picked, Packed.
extension SandboxRetailServer {
    /// The properties of `FulfillmentLineSearchCriteria`; another is refused.
    private static let criteria: Set<String> = [
        "CustomerId", "CustomerName", "EmailAddress", "SalesId", "OrderCreatedStartDate",
        "OrderCreatedEndDate", "ReceiptId", "StoreId", "ChannelReferenceId", "RequestedReceiptStartDate",
        "RequestedReceiptEndDate", "RequestedDeliveryStartDate", "RequestedDeliveryEndDate",
        "FulfillmentStatusValues", "DeliveryModeCode", "WarehouseId", "LoyaltyCardNumber",
        "CustomerPhoneNumber", "DeliveryTypeValue", "CustomFilters", "ExtensionProperties",
    ]

    func fulfillmentLines(_ request: RetailRequest) throws -> JSONValue {
        guard case .object(let wanted) = request.parameters["fulfillmentLineSearchCriteria"] else {
            throw RetailError.missing("fulfillmentLineSearchCriteria")
        }
        if let stranger = wanted.keys.first(where: { !Self.criteria.contains($0) }) {
            throw RetailError.badRequest("FulfillmentLineSearchCriteria has no property \(stranger).")
        }
        let types = "FulfillmentLineDeliveryType"
        let statuses = wanted["FulfillmentStatusValues"]?.elements?.compactMap(\.wholeNumber) ?? []
        let delivery = wanted["DeliveryTypeValue"]?.wholeNumber ?? enumerations.number(types, "All")
        guard enumerations.name(types, delivery) != nil else {
            throw RetailError.validation("InvalidRequest", "No delivery type has the number \(delivery).")
        }
        let scope = openPoints.isScopedByWarehouse ? wanted["WarehouseId"]?.text : wanted["StoreId"]?.text
        var found: [JSONValue] = []
        for order in orders where !order.isCancelled {
            let place = openPoints.isScopedByWarehouse ? order.warehouse : order.store
            if let scope, scope != place { continue }
            if let id = wanted["SalesId"]?.text, id != order.salesID { continue }
            for line in order.lines {
                let status = enumerations.number("FulfillmentLineStatus", line.status.rawValue)
                if !statuses.isEmpty, !statuses.contains(status) { continue }
                if let mode = wanted["DeliveryModeCode"]?.text, mode != line.deliveryMode { continue }
                if enumerations.name(types, delivery) == "StoreShipping" { continue }
                found.append(document(line, of: order))
            }
        }
        let top = min(request.top ?? openPoints.largestPage, openPoints.largestPage)
        let page = Array(found.dropFirst(request.skip).prefix(top))
        return Self.collection(.array(page), count: request.isCounted ? found.count : nil)
    }

    private func document(_ line: RetailLine, of order: RetailOrder) -> JSONValue {
        let status = enumerations.number("FulfillmentLineStatus", line.status.rawValue)
        let pickup = enumerations.number("FulfillmentLineDeliveryType", "StorePickup")
        var members: [String: JSONValue] = [
            "SalesId": .string(order.salesID), "SalesLineNumber": .number(line.number),
            "ReceiptId": .string("R\(order.salesID)"),
            "ChannelReferenceId": .string(order.channelReference), "CustomerId": .string("C-2001"),
            "CustomerName": .string(order.customerName), "EmailAddress": .string(order.customerEmail),
            "DeliveryModeCode": .string(line.deliveryMode), "DeliveryTypeValue": .integer(pickup),
            "QuantityOrdered": .number(line.ordered),
            "QuantityPicked": .number(line.picked), "QuantityPacked": .number(line.packed),
            "QuantityInvoiced": .number(line.invoiced),
            "QuantityNotInvoiced": .number(line.wanted - line.invoiced),
            "QuantityNotPacked": .number(line.wanted - line.packed),
            "QuantityNotPicked": .number(line.wanted - line.picked),
            "ItemId": .string(line.itemID), "ItemName": .string("Item \(line.itemID)"),
            "SerialNumber": .string(""), "UnitOfMeasureSymbol": .string("pcs"),
            "FulfillmentStatusValue": .integer(status),
            "FulfillmentStatus": .object([
                "Name": .string(line.status.rawValue), "Value": .integer(status),
            ]),
            "Balance": .number(order.balance),
            "ShippingAddress": .object(["Name": .string(order.customerName), "Street": .string("Weg 1")]),
            "ExtensionProperties": .array([]),
        ]
        members["PickupTimeslotEndDateTime"] = order.pickupEnd.map { .string($0) } ?? .null
        return .object(members)
    }

    func packingSlips(_ request: RetailRequest) throws -> JSONValue {
        let order = try known(request.parameters["salesId"]?.text)
        return Self.collection(
            .array(
                order.slips.map { slip in
                    .object([
                        "PackingSlipId": .string(slip.id), "CreatedDateTime": .string(slip.createdAt),
                        "ExtensionProperties": .array([]),
                    ])
                }
            ),
            count: nil
        )
    }

    func salesOrder(_ request: RetailRequest) throws -> JSONValue {
        document(try known(request.parameters["salesId"]?.text))
    }

    func document(_ order: RetailOrder) -> JSONValue {
        Self.entity(
            [
                "Id": .string("T-\(order.salesID)"), "SalesId": .string(order.salesID),
                "ChannelReferenceId": .string(order.channelReference), "StoreId": .string(order.store),
                "StatusValue": .integer(order.salesStatus), "CurrencyCode": .string(order.currency),
                "CustomerId": .string("C-2001"), "Name": .string(order.customerName),
                "ReceiptEmail": .string(order.customerEmail),
                "SalesLines": .array(
                    order.lines.map { line in
                        let status = enumerations.number("FulfillmentLineStatus", line.status.rawValue)
                        return .object([
                            "LineId": .string("L\(Int(line.number))"), "LineNumber": .number(line.number),
                            "ItemId": .string(line.itemID), "DeliveryMode": .string(line.deliveryMode),
                            "FulfillmentStoreId": .string(order.store),
                            "InventoryLocationId": .string(order.warehouse),
                            "QuantityOrdered": .number(line.ordered),
                            "QuantityCanceled": .number(order.isCancelled ? line.ordered : line.cancelled),
                            "QuantityPacked": .number(line.packed),
                            "QuantityInvoiced": .number(line.invoiced),
                            "FulfillmentStatusValue": .integer(status), "IsVoided": .boolean(false),
                        ])
                    }
                ),
            ],
            set: "SalesOrders"
        )
    }

    func known(_ salesID: String?) throws -> RetailOrder {
        guard let salesID, let order = order(salesID) else {
            throw RetailError.validation("ObjectNotFound", "There is no such order.")
        }
        return order
    }

    // MARK: Steps

    func fulfil(_ request: RetailRequest) throws -> JSONValue? {
        let name = request.name.dropFirst("SalesOrders/".count)
        let parameter = name == "RejectFulfillmentLines" ? name : "FulfillmentLineParameter"
        guard let lines = request.parameters[String(parameter)]?.elements, !lines.isEmpty else {
            throw RetailError.missing(String(parameter))
        }
        let steps = try lines.map { try step(String(name), $0) }
        var packed: Set<String> = []
        for step in steps {
            step.apply(to: &orders[step.order].lines[step.line])
            if step.isPacking { packed.insert(orders[step.order].salesID) }
            change(orders[step.order].salesID) { _ in }
        }
        for salesID in packed.sorted() { addSlip(salesID) }
        guard name == "MarkFulfillmentLinesAsPacked" else { return nil }
        let slip = packed.sorted().first.flatMap { order($0)?.slips.last?.id } ?? ""
        return .object([
            "@odata.context": .string("https://retail.example/Commerce/$metadata#Edm.String"),
            "value": .string(openPoints.isPackingSlipNamed ? slip : ""),
        ])
    }

    private func addSlip(_ salesID: String) {
        change(salesID) { order in
            if openPoints.isSlipPerCall || order.slips.isEmpty { order.slips.append(Self.slip(order)) }
        }
    }

    private struct Step {
        var order: Int
        var line: Int
        var name: String
        var quantity: Double

        var isPacking: Bool { name == "PackFulfillmentLines" || name == "MarkFulfillmentLinesAsPacked" }

        func apply(to line: inout RetailLine) {
            switch name {
            case "AcceptFulfillmentLines": line.isAccepted = true
            case "PickFulfillmentLines": line.isPicking = true
            case "MarkAsPicked": line.picked += quantity
            case "RejectFulfillmentLines": line.isRejected = true
            default:
                line.packed += quantity
                line.picked = max(line.picked, line.packed)
            }
        }
    }

    private func step(_ name: String, _ value: JSONValue) throws -> Step {
        let quantity = value[name == "RejectFulfillmentLines" ? "RejectedQuantity" : "Quantity"]?.decimal ?? 0
        guard let salesID = value["SalesId"]?.text, let number = value["SalesLineNumber"]?.decimal,
            let order = orders.firstIndex(where: { $0.salesID == salesID }),
            let line = orders[order].lines.firstIndex(where: { $0.number == number })
        else {
            throw RetailError.validation("InvalidFulfillmentLineKey", "There is no such fulfilment line.")
        }
        let known = orders[order].lines[line]
        let step = Step(order: order, line: line, name: name, quantity: quantity)
        let isAllowed: Bool =
            switch name {
            case "AcceptFulfillmentLines": known.status == .pending
            case "PickFulfillmentLines": known.isAccepted && known.picked < known.wanted
            case "MarkAsPicked": known.isAccepted && known.picked + quantity <= known.wanted
            case "RejectFulfillmentLines": known.packed == 0 && known.invoiced == 0
            default: known.isAccepted && known.packed + quantity <= known.wanted
            }
        guard isAllowed, !orders[order].isCancelled else {
            throw RetailError.validation(
                name == "RejectFulfillmentLines"
                    ? "UserCannotRejectFulfillmentLines" : "UserCannotAcceptFulfillmentLines",
                "A line that is \(known.status.rawValue) cannot take this step."
            )
        }
        return step
    }
}
