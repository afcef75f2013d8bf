internal import FoundationEssentials

/// What Retail Server says is wrong, read from the JSON text inside the JSON error.
struct RetailServerError: Hashable, Sendable {
    /// The exception's type, for example `CartValidationException`.
    var type: String
    /// The error's id, for example `Microsoft_Dynamics_Commerce_Runtime_InvalidCartVersion`; empty if there is none.
    var resource: String
    /// The HTTP status.
    var status: Int

    /// The id without the name of the product's part.
    var name: String {
        for prefix in ["Microsoft_Dynamics_Commerce_Runtime_", "Microsoft_Dynamics_RetailServer_"]
        where resource.hasPrefix(prefix) {
            return String(resource.dropFirst(prefix.count))
        }
        return resource.isEmpty ? type : resource
    }

    private struct Envelope: Decodable {
        struct Body: Decodable {
            var code: String?
            var message: String?
        }
        var error: Body
    }

    private struct Inner: Decodable {
        var resource: String?

        // Nothing else of the exception is read.
        private enum CodingKeys: String, CodingKey {
            case resource = "ErrorResourceId"
        }
    }

    /// Reads a reply's body; nil if it is no OData error.
    ///
    /// The localised message is left out: it can name a customer, and people read the id.
    init?(status: Int, body: [UInt8]) {
        let decoder = JSONDecoder()
        guard let outer = try? decoder.decode(Envelope.self, from: Data(body)).error else { return nil }
        let inner = outer.message.flatMap { try? decoder.decode(Inner.self, from: Data($0.utf8)) }
        self.status = status
        type = outer.code ?? ""
        resource = inner?.resource ?? ""
    }
}

/// Why a call to Retail Server did not do what it should.
enum RetailServerTrouble: Error, Hashable, Sendable {
    /// No connection: nothing was sent.
    case unreachable(String)
    /// The reply is lost, cut off, late, or a gateway's: the call may have had its effect.
    case noReply(String)
    /// Too many requests or maintenance: nothing happened.
    case busy(status: Int, after: Duration?)
    /// Real-time service to headquarters does not answer; the call may have had its effect.
    case headquartersDown(String)
    /// No token that Retail Server accepts.
    case unauthorized(String)
    /// The role may not do this.
    case forbidden(RetailServerError)
    /// A rule of Commerce refuses it.
    case refused(RetailServerError)
    /// An answer that is not what the metadata says.
    case unreadable(String)

    /// Sorts an answer that is no success.
    static func sort(status: Int, body: [UInt8], retryAfter: Duration?) -> RetailServerTrouble {
        if status == 429 { return .busy(status: status, after: retryAfter) }
        guard let error = RetailServerError(status: status, body: body) else {
            switch status {
            case 401: return .unauthorized("401")
            case 503: return .busy(status: status, after: retryAfter)
            case 408, 500, 502, 504: return .noReply("status \(status)")
            default: return .unreadable("status \(status) without an error of Commerce")
            }
        }
        switch error.name {
        case "HeadquarterCommunicationFailure", "TransactionServiceTimeOut":
            return .headquartersDown(error.name)
        default: break
        }
        switch (status, error.type) {
        case (401, _): return .unauthorized(error.name)
        case (403, _), (_, "UserAuthorizationException"): return .forbidden(error)
        case (503, _): return .busy(status: status, after: retryAfter)
        case (_, "StorageException"), (408, _), (502, _), (504, _): return .noReply(error.name)
        case (500, "HeadquarterTransactionServiceException"): return .headquartersDown(error.name)
        default: return .refused(error)
        }
    }
}

extension RetailServerTrouble: CustomStringConvertible {
    /// What happened, in one line, without anything of the request or of a customer.
    var description: String {
        switch self {
        case .unreachable(let why): "Retail Server cannot be reached (\(why))"
        case .noReply(let why): "no usable reply (\(why)); it may have happened all the same"
        case .busy(let status, _): "Retail Server is busy (\(status))"
        case .headquartersDown(let what): "headquarters do not answer (\(what))"
        case .unauthorized(let what):
            "Retail Server accepts no token of the bridge (\(what)); check the sign-in files and app registration"
        case .forbidden(let error): "the bridge's role may not do this (\(error.name)); see the guide's roles"
        case .refused(let error): "Commerce refuses it: \(error.name)"
        case .unreadable(let what): "an answer that the metadata does not describe (\(what))"
        }
    }
}
