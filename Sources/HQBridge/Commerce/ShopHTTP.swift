internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import StationAPI

/// One JSON exchange with a shop or a message service.
struct ShopHTTP: Sendable {
    private static let answerLimit = 4 << 20

    let client: HTTPClient

    /// Sends JSON and reads JSON; an empty answer is `null`.
    func exchange(
        _ method: HTTPMethod,
        _ url: String,
        headers: [(String, String)],
        body: [UInt8]?
    ) async throws(ShopTrouble) -> JSONValue {
        var request = HTTPClientRequest(url: url)
        request.method = method
        request.headers.add(name: "Accept", value: "application/json")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let status: Int
        let wait: Duration?
        let answer: [UInt8]
        do {
            let response = try await client.execute(request, timeout: .seconds(60))
            status = Int(response.status.code)
            let seconds = response.headers.first(name: "Retry-After").flatMap { Double($0) }
            wait = seconds.map { .milliseconds(Int64(min(max($0, 0), 86_400) * 1_000)) }
            answer = Array(try await response.body.collect(upTo: Self.answerLimit).readableBytesView)
        } catch let error as HTTPClientError where error == .connectTimeout {
            throw .unreachable
        } catch is NIOConnectionError {
            throw .unreachable
        } catch {
            throw .noReply
        }
        switch status {
        case 200..<300: break
        case 401, 403: throw .unauthorized
        case 429, 503: throw .busy(after: wait)
        case 408, 500, 502, 504: throw .noReply
        default: throw .refused("status \(status)")
        }
        guard !answer.isEmpty else { return .null }
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(answer)) else {
            throw .noReply
        }
        return value
    }

    /// A secret from a file, without the line end.
    static func secret(_ path: String) throws(ShopTrouble) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else { throw .unauthorized }
        let text = String(decoding: data, as: UTF8.self).filter { !$0.isNewline && $0 != " " }
        guard !text.isEmpty else { throw .unauthorized }
        return text
    }
}
