internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOFoundationCompat
internal import StationAPI

/// The triggers' end points over HTTP.
struct LogicAppsServer: Sendable {
    private static let bodyLimit = 16 << 20
    /// The status of a call with another method than the trigger's; its code is known, its number is not documented.
    private static let wrongMethod = 400

    let apps: SandboxLogicApps

    func run(logger: Logger, onListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: HQContext.self)
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            router.on("workflows/:workflow/triggers/manual/paths/invoke", method: method) {
                request,
                context in
                try await call(request, context)
            }
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger
        )
        try await application.serve(logger: logger)
    }

    private func call(_ request: Request, _ context: HQContext) async throws -> Response {
        let name = context.parameters.get("workflow") ?? ""
        let query = request.uri.query ?? ""
        let body = Data(buffer: try await request.body.collect(upTo: Self.bodyLimit))
        let response = await answer(name, request, query: query, body: body)
        await apps.note(
            SandboxLogicApps.Call(
                workflow: name,
                method: request.method.rawValue,
                query: query,
                status: response.status.code
            )
        )
        return response
    }

    private func answer(_ name: String, _ request: Request, query: String, body: Data) async -> Response {
        guard let workflow = await apps.workflows[name] else {
            return Self.error(404, "WorkflowNotFound", "The workflow '\(name)' could not be found.")
        }
        let refusal = await apps.refusal(
            of: workflow,
            query: query,
            authorization: request.headers[.authorization]
        )
        if let refusal { return Self.error(401, refusal, "The request is not authorised.") }
        guard request.method.rawValue == workflow.method else {
            let text = "Expected '\(workflow.method)' and actual '\(request.method.rawValue)'."
            return Self.error(Self.wrongMethod, "TriggerRequestMethodNotValid", text)
        }
        guard Self.keepsSchema(workflow, request, body) else {
            return Self.error(400, "TriggerInputSchemaMismatch", "The input body is not of the schema.")
        }
        guard workflow.responds else {
            // No Response action: received, and whatever the workflow does comes later.
            Task { await workflow.run(body) }
            return Response(status: .accepted, headers: Self.runHeaders)
        }
        return await respond(workflow, body)
    }

    /// A body of another media type than JSON arrives as opaque content, which has no members.
    private static func keepsSchema(
        _ workflow: SandboxLogicApps.Workflow,
        _ request: Request,
        _ body: Data
    ) -> Bool {
        guard !workflow.required.isEmpty else { return true }
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true,
            case .object(let members) = try? JSONDecoder().decode(JSONValue.self, from: body)
        else { return false }
        return workflow.required.allSatisfy { members[$0] != nil }
    }

    /// The caller waits for the Response action, at most as long as Azure lets it.
    private func respond(_ workflow: SandboxLogicApps.Workflow, _ body: Data) async -> Response {
        let limit = apps.responseLimit
        let (replies, continuation) = AsyncStream.makeStream(of: SandboxLogicApps.Reply?.self)
        let run = Task { continuation.yield(await workflow.run(body)) }
        let timer = Task {
            try await Task.sleep(for: limit)
            continuation.finish()
        }
        defer { timer.cancel() }
        for await reply in replies {
            guard let reply else { break }
            return Self.response(reply)
        }
        // The workflow goes on: only the caller has gone.
        _ = run
        return Self.error(504, "GatewayTimeout", "The workflow did not respond within the timeout.")
    }

    private static func response(_ reply: SandboxLogicApps.Reply) -> Response {
        guard (200..<300).contains(reply.status) || (400..<600).contains(reply.status) else {
            return error(502, "NoResponse", "A Response action cannot answer \(reply.status).")
        }
        var headers = runHeaders
        for (name, value) in reply.headers where !SandboxLogicApps.isTakenAway(name) {
            if let field = HTTPField.Name(name) { headers[field] = value }
        }
        return Response(
            status: HTTPResponse.Status(code: reply.status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(data: reply.body))
        )
    }

    private static var runHeaders: HTTPFields {
        var headers = HTTPFields()
        if let field = HTTPField.Name("x-ms-workflow-run-id") { headers[field] = UUID().uuidString }
        return headers
    }

    private static func error(_ status: Int, _ code: String, _ message: String) -> Response {
        let body: JSONValue = .object([
            "error": .object(["code": .string(code), "message": .string(message)])
        ])
        return HQServer.bytes(
            (try? JSONEncoder().encode(body)) ?? Data(),
            "application/json; charset=utf-8",
            status: HTTPResponse.Status(code: status)
        )
    }
}
