internal import Foundation
internal import StationAPI

/// A pickup as the POS does it: recall, mode Pickup with quantities, checkout.
extension SandboxRetailServer {
    private static let recalled: Int64 = 2
    private static let pickup: Int64 = 3

    func recall(_ request: RetailRequest) throws -> JSONValue {
        let order = try known(request.parameters["salesId"]?.text)
        guard let id = request.parameters["transactionId"]?.text, !id.isEmpty else {
            throw RetailError.missing("transactionId")
        }
        guard carts[id] == nil else {
            throw RetailError.cart("DuplicateTransactionId", "The transaction id was used before.")
        }
        guard !order.isCancelled else {
            throw RetailError.cart("OrderAlreadyCanceled", "The order is cancelled.")
        }
        let cart = RetailCart(
            id: id,
            salesID: order.salesID,
            lines: order.lines.map { line in
                RetailCart.Line(id: "L\(Int(line.number))", number: line.number, quantity: line.ordered)
            }
        )
        carts[id] = cart
        return document(cart, order)
    }

    func patch(_ request: RetailRequest) throws -> JSONValue {
        var cart = try open(request)
        if let id = request.parameters["Id"]?.text, id != cart.id {
            throw RetailError.badRequest("The Id of the body is another cart's.")
        }
        if let mode = request.parameters["CustomerOrderModeValue"]?.wholeNumber {
            guard cart.mode == Self.recalled, mode != Self.recalled else {
                throw RetailError.cart("InvalidCustomerOrderModeChange", "The mode cannot change to \(mode).")
            }
            cart.mode = mode
            // Nothing is picked up until a quantity says so.
            if mode == Self.pickup { for index in cart.lines.indices { cart.lines[index].quantity = 0 } }
        } else if cart.mode == Self.recalled {
            throw RetailError.cart("InvalidCustomerOrderModeChange", "The first update must set the mode.")
        }
        if let lines = request.parameters["CartLines"]?.elements {
            guard openPoints.isQuantityByPatch else {
                throw RetailError.badRequest("Quantities go through UpdateCartLines here.")
            }
            try set(lines, of: &cart)
        }
        cart.version += 1
        carts[cart.id] = cart
        return document(cart, try known(cart.salesID))
    }

    func updateCartLines(_ request: RetailRequest) throws -> JSONValue {
        var cart = try open(request)
        guard cart.mode != Self.recalled else {
            throw RetailError.cart("InvalidCustomerOrderModeChange", "The first update must set the mode.")
        }
        try set(request.parameters["cartLines"]?.elements ?? [], of: &cart)
        cart.version += 1
        carts[cart.id] = cart
        return document(cart, try known(cart.salesID))
    }

    private func set(_ lines: [JSONValue], of cart: inout RetailCart) throws {
        let order = try known(cart.salesID)
        for value in lines {
            guard let id = value["LineId"]?.text, let quantity = value["Quantity"]?.decimal,
                let index = cart.lines.firstIndex(where: { $0.id == id })
            else { throw RetailError.cart("ObjectNotFound", "The cart has no such line.") }
            guard quantity >= 0 else { throw RetailError.cart("InvalidQuantity", "Less than nothing.") }
            let line = order.lines[index]
            guard line.deliveryMode != "SHIP" else {
                throw RetailError.cart("SalesLineMustHavePickupDeliveryMode", "The line is shipped.")
            }
            try checkRemaining(line, quantity)
            cart.lines[index].quantity = quantity
        }
    }

    private func checkRemaining(_ line: RetailLine, _ quantity: Double) throws {
        let most = openPoints.isPickupWithoutPacking ? line.wanted : line.packed
        guard quantity + line.invoiced <= most else {
            throw RetailError.cart(
                "UnableToPickupMoreThanQtyRemaining",
                "Only \(max(0, most - line.invoiced)) remain."
            )
        }
    }

    func checkout(_ request: RetailRequest) throws -> JSONValue {
        let cart = try open(request)
        guard cart.mode == Self.pickup else {
            throw RetailError.cart("InvalidCustomerOrderModeChange", "The cart is not in the mode Pickup.")
        }
        guard cart.lines.contains(where: { $0.quantity > 0 }) else {
            throw RetailError.cart("PickupQuantityMissing", "Nothing is to be picked up.")
        }
        guard !openPoints.isShiftNeeded else {
            throw RetailError.validation("ShiftNotFound", "Open a shift first.")
        }
        let order = try known(cart.salesID)
        guard order.balance == 0 else {
            throw RetailError(
                status: 400,
                type: "PaymentException",
                resource: RetailError.runtime + "AmountDueMustBePaidBeforeCheckout",
                message: "\(order.balance) are due."
            )
        }
        try invoice(cart.lines.map { ($0.number, $0.quantity) }, of: cart.salesID)
        carts[cart.id]?.isConcluded = true
        return document(try known(cart.salesID))
    }

    /// Headquarters invoices the lines and issues the goods.
    func invoice(_ quantities: [(number: Double, quantity: Double)], of salesID: String) throws {
        let order = try known(salesID)
        guard !order.isCancelled else {
            throw RetailError.cart("OrderAlreadyCanceled", "The order is cancelled.")
        }
        for (number, quantity) in quantities {
            guard let line = order.lines.first(where: { $0.number == number }) else {
                throw RetailError.validation("ObjectNotFound", "There is no such line.")
            }
            try checkRemaining(line, quantity)
        }
        invoices += 1
        change(salesID) { order in
            for (number, quantity) in quantities {
                guard let index = order.lines.firstIndex(where: { $0.number == number }) else { continue }
                order.lines[index].invoiced += quantity
            }
        }
    }

    func void(_ request: RetailRequest) throws -> JSONValue {
        let cart = try open(request)
        carts[cart.id]?.isVoided = true
        return document(try known(cart.salesID))
    }

    /// The cart of a request, which must still be open and of the version that the request names.
    private func open(_ request: RetailRequest) throws -> RetailCart {
        guard let id = request.key, let cart = carts[id], !cart.isConcluded, !cart.isVoided else {
            throw RetailError.cart("ObjectNotFound", "There is no such open cart.")
        }
        if let version = request.parameters["cartVersion"]?.wholeNumber, version != cart.version {
            throw RetailError.cart("InvalidCartVersion", "The cart was changed by someone else.")
        }
        return cart
    }

    private func document(_ cart: RetailCart, _ order: RetailOrder) -> JSONValue {
        Self.entity(
            [
                "Id": .string(cart.id), "SalesId": .string(cart.salesID), "CartTypeValue": .integer(3),
                "CustomerOrderModeValue": .integer(cart.mode), "Version": .integer(cart.version),
                "AmountDue": .number(cart.mode == Self.pickup ? order.balance : 0),
                "CustomerId": .string("C-2001"), "Name": .string(order.customerName),
                "CartLines": .array(
                    zip(cart.lines, order.lines).map { line, known in
                        .object([
                            "LineId": .string(line.id), "LineNumber": .number(line.number),
                            "ItemId": .string(known.itemID), "Quantity": .number(line.quantity),
                            "QuantityOrdered": .number(known.ordered),
                            "QuantityInvoiced": .number(known.invoiced),
                            "DeliveryMode": .string(known.deliveryMode),
                        ])
                    }
                ),
            ],
            set: "Carts"
        )
    }
}
