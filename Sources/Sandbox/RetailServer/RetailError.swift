internal import Foundation
internal import StationAPI

/// A business error as Retail Server answers it: OData's envelope, whose message is the exception as a JSON *text*.
struct RetailError: Error {
    var status: Int
    var type: String
    var resource: String
    var message: String

    static let runtime = "Microsoft_Dynamics_Commerce_Runtime_"
    static let server = "Microsoft_Dynamics_RetailServer_"

    static func validation(_ resource: String, _ message: String) -> RetailError {
        RetailError(
            status: 400,
            type: "DataValidationException",
            resource: runtime + resource,
            message: message
        )
    }

    static func cart(_ resource: String, _ message: String) -> RetailError {
        RetailError(
            status: 400,
            type: "CartValidationException",
            resource: runtime + resource,
            message: message
        )
    }

    static func badRequest(_ message: String) -> RetailError {
        RetailError(
            status: 400,
            type: "DataValidationException",
            resource: server + "BadRequest",
            message: message
        )
    }

    static func missing(_ parameter: String) -> RetailError {
        RetailError(
            status: 400,
            type: "DataValidationException",
            resource: server + "MissingRequiredArgument",
            message: "The argument \(parameter) is missing."
        )
    }

    static func headquarters(_ resource: String) -> RetailError {
        RetailError(
            status: 500,
            type: "HeadquarterTransactionServiceException",
            resource: runtime + resource,
            message: "The real-time service could not be reached."
        )
    }

    static func forbidden(_ message: String) -> RetailError {
        RetailError(
            status: 403,
            type: "UserAuthorizationException",
            resource: runtime + "AuthorizationFailed",
            message: message
        )
    }

    static func unauthenticated(_ resource: String) -> RetailError {
        RetailError(
            status: 401,
            type: "UserAuthenticationException",
            resource: runtime + resource,
            message: "Sign in first."
        )
    }

    /// The whole body.
    var body: Data {
        let inner: JSONValue = .object([
            "ErrorResourceId": .string(resource),
            "LocalizedMessage": .string(message),
        ])
        let text = (try? JSONEncoder().encode(inner)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        let outer: JSONValue = .object([
            "error": .object(["code": .string(type), "message": .string(text)])
        ])
        return (try? JSONEncoder().encode(outer)) ?? Data()
    }
}
