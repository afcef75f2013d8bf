internal import Foundation
internal import StationAPI

/// Who calls, and whether they may.
extension SandboxRetailServer {
    func makeToken() -> String {
        let token = "app-\(UUID().uuidString)"
        tokens.insert(token)
        return token
    }

    func role(authorization: String?, device: @Sendable (String) -> String?) throws -> RetailRole {
        guard let authorization else { return .anonymous }
        let parts = authorization.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw RetailError.unauthenticated("InvalidToken") }
        if parts[1] == configuration.workerToken {
            if let header = openPoints.deviceHeader, device(header) != configuration.deviceToken {
                throw RetailError(
                    status: 401,
                    type: "DeviceAuthenticationException",
                    resource: RetailError.runtime + "DeviceTokenNotPresent",
                    message: "The device is not activated."
                )
            }
            return .employee
        }
        guard openPoints.applicationSchemes.contains(parts[0]), tokens.contains(parts[1]) else {
            throw RetailError.unauthenticated("InvalidToken")
        }
        return .application
    }
}

extension RetailOperation {
    /// Checks role and parameters, as the server does before it does anything.
    func check(_ request: inout RetailRequest) throws {
        guard roles.contains(request.role) else {
            let who = request.role.rawValue
            throw RetailError.forbidden("The role \(who) may not call \(name).")
        }
        guard isBoundToOne == (request.key != nil) else {
            throw RetailError.badRequest("\(name) is \(isBoundToOne ? "" : "not ")bound to one entity.")
        }
        // The body of a PATCH is an entity, whose members are checked where it is used.
        guard method != .patch else { return }
        for parameter in required where request.parameters[parameter] == nil {
            throw RetailError.missing(parameter)
        }
        let known = Set(required + optional)
        if let stranger = request.parameters.keys.first(where: { !known.contains($0) }) {
            throw RetailError.badRequest("\(name) has no parameter \(stranger).")
        }
    }
}

extension SandboxRetailServer {
    func `defer`(_ operation: RetailOperation, _ request: RetailRequest) {
        late.append(LateEffect(operation: operation, request: request))
    }

    /// Carries a call out; nil: there is nothing to return.
    func perform(
        _ operation: RetailOperation,
        _ request: RetailRequest,
        fault: Fault? = nil
    ) throws -> JSONValue? {
        if operation.isRealTime {
            if fault == .headquartersDown {
                throw RetailError.headquarters("HeadquarterCommunicationFailure")
            }
            if fault == .transactionServiceTimeOut {
                throw RetailError.headquarters("TransactionServiceTimeOut")
            }
        }
        if fault == .cartTouched, let key = request.key { carts[key]?.version += 1 }
        switch operation.name {
        case "GetExtensibleEnumerations": return Self.collection(enumerations.document, count: nil)
        case "SalesOrders/GetFulfillmentLines": return try fulfillmentLines(request)
        case "SalesOrders/GetPackingSlipsData": return try packingSlips(request)
        case "SalesOrders/GetSalesOrderDetailsBySalesId": return try salesOrder(request)
        case "SalesOrders/AcceptFulfillmentLines", "SalesOrders/PickFulfillmentLines",
            "SalesOrders/MarkAsPicked", "SalesOrders/PackFulfillmentLines",
            "SalesOrders/MarkFulfillmentLinesAsPacked", "SalesOrders/RejectFulfillmentLines":
            return try fulfil(request)
        case "SalesOrders/CheckInForOrderPickup": return try checkIn(request)
        case "Carts/RecallOrder": return try recall(request)
        case "Carts": return try patch(request)
        case "Carts/UpdateCartLines": return try updateCartLines(request)
        case "Carts/Checkout": return try checkout(request)
        case "Carts/Void": return try void(request)
        case "Checklists/SearchTasks": return try searchTasks(request)
        case "GetStationOrders": return try stationOrders(request)
        case "CompleteStationPickup": return try completeStationPickup(request)
        default: throw RetailError.badRequest("\(operation.name) is not in this double.")
        }
    }

    /// A collection as OData sends it.
    static func collection(_ value: JSONValue, count: Int?) -> JSONValue {
        var members: [String: JSONValue] = [
            "@odata.context": .string("https://retail.example/Commerce/$metadata"), "value": value,
        ]
        if let count { members["@odata.count"] = .integer(Int64(count)) }
        return .object(members)
    }

    static func entity(_ members: [String: JSONValue], set: String) -> JSONValue {
        var members = members
        members["@odata.context"] = .string("https://retail.example/Commerce/$metadata#\(set)/$entity")
        return .object(members)
    }
}
