public import Foundation
public import Logging

/// Azure Logic Apps' Request triggers, on loopback: what a caller meets there, and what a workflow may answer.
///
/// Reproduced as Microsoft documents it ("Call, trigger, or nest workflows with HTTPS endpoints", "Receive and respond to
/// inbound HTTPS requests"): one method and one unrelated URL per workflow, a shared access signature in the query,
/// 202 at once without a Response action, 504 when a Response does not come in time, no 3xx, headers that are taken away,
/// and never a signature and a bearer token together.
public actor SandboxLogicApps {
    /// How a caller proves that it may call.
    public enum Authorization: Hashable, Sendable {
        /// The whole URL is the credential: `sp`, `sv` and `sig` in its query.
        case signature
        /// A token of Microsoft Entra.
        case bearer(String)
    }

    /// What a Response action answers.
    public struct Reply: Sendable {
        /// 2xx, 4xx or 5xx.
        public var status: Int
        /// Headers; some do not reach the caller.
        public var headers: [String: String]
        /// The body.
        public var body: Data

        /// An answer.
        public init(status: Int, headers: [String: String] = [:], body: Data = Data()) {
            self.status = status
            self.headers = headers
            self.body = body
        }
    }

    /// One workflow that starts with a Request trigger.
    public struct Workflow: Sendable {
        /// Its name.
        public var name: String
        /// The one method that its trigger takes.
        public var method: String
        /// How callers prove that they may.
        public var authorization: Authorization
        /// Members that the trigger's schema requires; checked before anything runs.
        public var required: [String]
        /// What happens with a request's body. Nil is returned where the workflow has no Response action: then the
        /// caller has had its 202 long before.
        public var run: @Sendable (Data) async -> Reply?
        /// Whether the workflow has a Response action.
        public var responds: Bool

        /// A workflow.
        public init(
            name: String,
            method: String = "POST",
            authorization: Authorization = .signature,
            required: [String] = [],
            responds: Bool,
            run: @escaping @Sendable (Data) async -> Reply?
        ) {
            self.name = name
            self.method = method
            self.authorization = authorization
            self.required = required
            self.responds = responds
            self.run = run
        }
    }

    /// A call that was taken or refused.
    public struct Call: Hashable, Sendable {
        /// The workflow.
        public var workflow: String
        /// The request's method.
        public var method: String
        /// The query, byte for byte.
        public var query: String
        /// The status of the answer.
        public var status: Int
    }

    /// Headers that Logic Apps take from a Response: `Allow`, `Content-*` but three, `Cookie`, `Expires`,
    /// `Last-Modified`, `Set-Cookie`, `Transfer-Encoding`.
    static func isTakenAway(_ header: String) -> Bool {
        let name = header.lowercased()
        if name.hasPrefix("content-") {
            return !["content-disposition", "content-encoding", "content-type"].contains(name)
        }
        let taken: Set = ["allow", "cookie", "expires", "last-modified", "set-cookie", "transfer-encoding"]
        return taken.contains(name)
    }

    nonisolated let logger: Logger
    /// How long a Response action may take; 120 s in Consumption.
    nonisolated let responseLimit: Duration
    private(set) var workflows: [String: Workflow] = [:]
    private var signatures: [String: String] = [:]
    private var seen: [Call] = []
    private var server: Task<Void, any Error>?
    private var port = 0

    /// Logic Apps that do not listen yet.
    public init(responseLimit: Duration = .seconds(120), logger: Logger) {
        self.responseLimit = responseLimit
        self.logger = logger
    }

    /// Adds a workflow, or replaces it; its signature stays.
    public func add(_ workflow: Workflow) {
        workflows[workflow.name] = workflow
        if signatures[workflow.name] == nil { regenerateKeys(of: workflow.name) }
    }

    /// A new signature: the old URL is worth nothing any more.
    public func regenerateKeys(of workflow: String) {
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255) }
        signatures[workflow] = Data(bytes).base64EncodedString()
            .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    /// The URL that Azure shows for a workflow's trigger; for Entra without `sp`, `sv` and `sig`.
    public func url(of workflow: String) -> String {
        let base =
            "http://127.0.0.1:\(port)/workflows/\(workflow)/triggers/manual/paths/invoke?api-version=2016-10-01"
        guard case .bearer = workflows[workflow]?.authorization else {
            return "\(base)&\(Self.signed(signatures[workflow] ?? ""))"
        }
        return base
    }

    /// The calls so far.
    public func calls() -> [Call] { seen }

    /// Listens on loopback.
    ///
    /// - Throws: when no port is free.
    public func start() async throws {
        let (ports, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
        let apps = self
        server = Task {
            do {
                try await LogicAppsServer(apps: apps).run(logger: logger) { continuation.yield($0) }
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        for try await port in ports {
            self.port = port
            return
        }
        throw SandboxHQ.Refusal(description: "the Logic Apps did not start to listen")
    }

    /// Stops listening.
    public func stop() async {
        server?.cancel()
        _ = await server?.result
        server = nil
    }

    func note(_ call: Call) { seen.append(call) }

    /// Whether a request's query and header may start this workflow; nil: yes, otherwise Azure's error code.
    func refusal(of workflow: Workflow, query: String, authorization: String?) -> String? {
        let isSigned = query.contains("sig=")
        if isSigned, authorization != nil { return "DirectApiAuthorizationOneSchemeOnly" }
        switch workflow.authorization {
        case .signature:
            // Byte for byte: a query that was encoded anew is another one.
            let wanted = "api-version=2016-10-01&\(Self.signed(signatures[workflow.name] ?? ""))"
            return query == wanted ? nil : "DirectApiAuthorizationRequired"
        case .bearer(let token):
            return authorization == "Bearer \(token)" ? nil : "DirectApiAuthorizationRequired"
        }
    }

    private static func signed(_ signature: String) -> String {
        "sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=\(signature)"
    }
}
