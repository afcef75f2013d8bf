internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// One HTTP exchange with Retail Server: service root, `api-version`, `OUN`, tokens, and sorted trouble.
struct RetailServerConnection: Sendable {
    /// Largest answer that is read, in bytes.
    private static let answerLimit = 16 << 20

    let configuration: DynamicsConfiguration
    let client: HTTPClient
    let tokens: any RetailServerTokens

    /// Calls an action or a function.
    ///
    /// - Parameters:
    ///   - path: behind the service root, with keys in OData's form.
    ///   - options: OData's query options, for example `$top`.
    ///   - body: the action's parameters; nil for a function.
    func call(
        _ method: HTTPMethod,
        _ path: String,
        options: [(String, String)] = [],
        body: (any Encodable & Sendable)? = nil
    ) async throws(RetailServerTrouble) -> [UInt8] {
        let first = try await tokens.headers(renewed: false)
        do {
            return try await send(method, path, options: options, body: body, headers: first)
        } catch .unauthorized {
            // The token has expired, or was replaced: once more with a new one.
            let second = try await tokens.headers(renewed: true)
            return try await send(method, path, options: options, body: body, headers: second)
        }
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        options: [(String, String)],
        body: (any Encodable & Sendable)?,
        headers: [(String, String)]
    ) async throws(RetailServerTrouble) -> [UInt8] {
        var request = HTTPClientRequest(url: url(path, options))
        request.method = method
        request.headers.add(name: "OUN", value: configuration.operatingUnit)
        request.headers.add(name: "Accept", value: "application/json")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            guard let bytes = try? JSONEncoder().encode(body) else { throw .unreadable("body") }
            request.body = .bytes(ByteBuffer(bytes: bytes))
        }
        let (status, retryAfter, answer) = try await Self.exchange(
            request,
            client: client,
            within: .seconds(configuration.callTimeoutSeconds),
            limit: Self.answerLimit
        )
        guard (200..<300).contains(status) else {
            throw .sort(status: status, body: answer, retryAfter: retryAfter)
        }
        return answer
    }

    private func url(_ path: String, _ options: [(String, String)]) -> String {
        let root =
            configuration.serviceRoot.hasSuffix("/")
            ? String(configuration.serviceRoot.dropLast()) : configuration.serviceRoot
        let query = (options + [("api-version", configuration.apiVersion)])
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        return "\(root)/\(path)?\(query)"
    }

    /// Sends a request and reads its answer whole.
    static func exchange(
        _ request: HTTPClientRequest,
        client: HTTPClient,
        within limit: TimeAmount,
        limit bytes: Int
    ) async throws(RetailServerTrouble) -> (status: Int, retryAfter: Duration?, body: [UInt8]) {
        do {
            let response = try await client.execute(request, timeout: limit)
            let body = try await response.body.collect(upTo: bytes)
            let wait = response.headers.first(name: "Retry-After").flatMap { Int64($0) }
            return (
                Int(response.status.code), wait.map { .seconds(min(max($0, 0), 86_400)) },
                Array(body.readableBytesView)
            )
        } catch let error as HTTPClientError where error == .connectTimeout {
            throw .unreachable("no connection in time")
        } catch is NIOConnectionError {
            throw .unreachable("connection refused or no route")
        } catch {
            // Whatever else happens, the request may have arrived.
            throw .noReply("\(type(of: error))")
        }
    }

    /// A text inside OData's quotes, ready for a URL.
    static func quoted(_ text: String) -> String {
        let doubled = text.replacing("'", with: "''")
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in doubled.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "-._~'".utf8.contains(byte)
            if isPlain {
                output.append(byte)
            } else {
                output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return "'\(String(decoding: output, as: UTF8.self))'"
    }
}
