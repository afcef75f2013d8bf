import Foundation
import Synchronization

/// A token endpoint of raw sockets: a handler decides about every reply to `POST /tenant/token`.
final class TokenEndpoint: Sendable {
    let server: WireServer

    /// - Parameter answer: the reply to the n-th question (from 0) with the form's fields.
    init(_ answer: @escaping @Sendable (Int, [String: String], WireConnection) -> Void) throws {
        let turns = Turns()
        server = try WireServer { request, connection in
            answer(turns.next(), Self.form(request), connection)
        }
    }

    var url: String { "http://127.0.0.1:\(server.port)/tenant/token" }

    /// What was asked, as forms.
    var forms: [[String: String]] { server.requests.value.map(Self.form) }

    static func token(_ text: String, expiresIn: String = "3600") -> WireReply {
        .json(200, "{\"token_type\":\"Bearer\",\"expires_in\":\(expiresIn),\"access_token\":\"\(text)\"}")
    }

    private static func form(_ request: WireRequest) -> [String: String] {
        var form: [String: String] = [:]
        for pair in request.text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            form[String(parts[0])] = parts.last.flatMap { String($0).removingPercentEncoding }
        }
        return form
    }
}
