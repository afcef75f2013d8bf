internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOFoundationCompat
internal import StationAPI

/// Retail Server's service root and the token endpoint of the tenant, over HTTP on loopback.
struct RetailRoutes: Sendable {
    static let apiVersion = "7.3"
    private static let bodyLimit = 1 << 20
    private static let operatingUnit = HTTPField.Name("OUN")
    private static let retryAfter = HTTPField.Name.retryAfter

    let server: SandboxRetailServer

    func run(port: Int, logger: Logger, onListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: HQContext.self)
        router.post(":tenant/oauth2/**") { request, context in
            try await token(request, context)
        }
        for method in [HTTPRequest.Method.get, .post, .patch] {
            router.on("Commerce/**", method: method) { request, context in
                try await answer(request, context)
            }
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger
        )
        try await application.serve(logger: logger)
    }

    // MARK: Tokens

    /// Client credentials, in the form of the v1 (`resource`) and the v2 (`scope`) endpoint.
    private func token(_ request: Request, _ context: HQContext) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.bodyLimit)
        let form = Self.form(String(buffer: body))
        let configuration = server.configuration
        guard context.parameters.get("tenant") == configuration.tenant,
            form["grant_type"] == "client_credentials", form["client_id"] == configuration.clientID,
            form["client_secret"] == configuration.clientSecret
        else {
            return Self.json(.object(["error": .string("invalid_client")]), status: .unauthorized)
        }
        let isForUs =
            form["resource"] == configuration.resource
            || form["scope"] == "\(configuration.resource)/.default"
        guard isForUs else {
            return Self.json(.object(["error": .string("invalid_resource")]), status: .badRequest)
        }
        let token = await server.makeToken()
        return Self.json(
            .object([
                "token_type": .string("Bearer"), "expires_in": .integer(3_599),
                "access_token": .string(token),
            ])
        )
    }

    private static func form(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1).map {
                $0.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? ""
            }
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        return fields
    }

    // MARK: The service root

    private func answer(_ request: Request, _ context: HQContext) async throws -> Response {
        let body = Data(buffer: try await request.body.collect(upTo: Self.bodyLimit))
        let path = request.uri.path.removingPercentEncoding ?? request.uri.path
        let parsed = RetailRequest.parse(path: String(path.dropFirst("/Commerce/".count)))
        let index = await server.note(parsed.name, String(decoding: body, as: UTF8.self))
        let fault = await server.fault(for: parsed.name)
        if let reply = try await spoiled(fault, context) {
            await server.note(index, status: reply.status.code)
            return reply
        }
        do {
            let operation = try Self.operation(request, parsed.name)
            let role = try await server.role(
                authorization: request.headers[.authorization],
                device: { name in HTTPField.Name(name).flatMap { request.headers[$0] } }
            )
            var call = try Self.call(request, parsed, body: body, role: role)
            try operation.check(&call)
            if fault == .late {
                await server.defer(operation, call)
                throw ReplyLost()
            }
            let value = try await server.perform(operation, call, fault: fault)
            if fault == .replyLost { throw ReplyLost() }
            await server.note(index, status: value == nil ? 204 : 200)
            guard let value else { return Response(status: .noContent) }
            let whole = Self.json(value)
            guard fault == .truncated else { return whole }
            let bytes = (try? JSONEncoder().encode(value)) ?? Data()
            return HQServer.bytes(bytes.prefix(bytes.count * 2 / 3), "application/json")
        } catch let error as RetailError {
            await server.note(index, status: error.status)
            return HQServer.bytes(
                error.body,
                "application/json; odata.metadata=minimal",
                status: HTTPResponse.Status(code: error.status)
            )
        } catch is ReplyLost {
            throw ConnectionClosed.now(context)
        }
    }

    /// What faults answer in the server's place.
    private func spoiled(_ fault: SandboxRetailServer.Fault?, _ context: HQContext) async throws -> Response?
    {
        switch fault {
        case .closedBefore: throw ConnectionClosed.now(context)
        case .throttled(let status, let seconds):
            var response = Self.json(
                .object(["error": .object(["code": .string("\(status)"), "message": .string("busy")])]),
                status: HTTPResponse.Status(code: status)
            )
            response.headers[Self.retryAfter] = "\(seconds)"
            return response
        case .gateway(let status):
            return HQServer.bytes(
                Data("<html><body>Bad gateway</body></html>".utf8),
                "text/html",
                status: HTTPResponse.Status(code: status)
            )
        case .tokenExpired:
            let error = RetailError.unauthenticated("SessionExpired")
            return HQServer.bytes(error.body, "application/json", status: .unauthorized)
        default: return nil
        }
    }

    private static func operation(_ request: Request, _ name: String) throws -> RetailOperation {
        let method = RetailOperation.Method(rawValue: request.method.rawValue)
        guard let operation = RetailOperation.all.first(where: { $0.name == name && $0.method == method })
        else {
            throw RetailError(
                status: 404,
                type: "DataValidationException",
                resource: RetailError.server + "BadRequest",
                message: "No resource \(name) for \(request.method.rawValue)."
            )
        }
        guard request.uri.queryParameters["api-version"].map(String.init) == apiVersion else {
            throw RetailError(
                status: 400,
                type: "DataValidationException",
                resource: RetailError.server + "RetailServerApiVersionNotSupported",
                message: "Say api-version=\(apiVersion)."
            )
        }
        return operation
    }

    private static func call(
        _ request: Request,
        _ parsed: (name: String, key: String?, arguments: [String: JSONValue]),
        body: Data,
        role: RetailRole
    ) throws -> RetailRequest {
        let query = request.uri.queryParameters
        var parameters = parsed.arguments
        if request.method != .get {
            guard case .object(let members) = try? JSONDecoder().decode(JSONValue.self, from: body) else {
                throw RetailError.badRequest("The body is no JSON object.")
            }
            parameters = members
        }
        return RetailRequest(
            name: parsed.name,
            key: parsed.key,
            parameters: parameters,
            top: query["$top"].flatMap { Int($0) },
            skip: query["$skip"].flatMap { Int($0) } ?? 0,
            isCounted: query["$count"].map { $0 == "true" } ?? false,
            role: role
        )
    }

    private static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        let bytes = (try? JSONEncoder().encode(value)) ?? Data()
        return HQServer.bytes(bytes, "application/json; odata.metadata=minimal", status: status)
    }
}
