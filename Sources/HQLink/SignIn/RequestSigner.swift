internal import Foundation
internal import StationAPI

/// Signs requests with the keys in a file: one key a line, more than one while keys change. Read for every request, so
/// that a renewed key counts at once.
struct RequestSigner: Sendable {
    let path: String

    /// The headers of Standard Webhooks for one attempt.
    ///
    /// - Throws: `HQTrouble.signingKey`; then nothing is sent: HQ would refuse it, or worse, take it unsigned.
    func headers(id: String, body: [UInt8]) throws(HQTrouble) -> [(String, String)] {
        let keys = try keys()
        let headers = StandardWebhooks.sign(
            id: id,
            timestamp: Int64(Date().timeIntervalSince1970),
            body: body,
            keys: keys
        )
        return headers.fields.map { ($0.name, $0.value) }
    }

    private func keys() throws(HQTrouble) -> [WebhookSigningKey] {
        guard let content = FileManager.default.contents(atPath: path) else {
            throw .signingKey("\(path) cannot be read; check that it exists and belongs to the service.")
        }
        let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.allSatisfy(\.isWhitespace) }
        guard !lines.isEmpty, lines.count <= 4 else {
            throw .signingKey("\(path) must hold one key a line (whsec_… or whsk_…), at most four.")
        }
        do throws(WebhookKeyError) {
            return try lines.map { (line) throws(WebhookKeyError) in try WebhookSigningKey(text: String(line))
            }
        } catch {
            throw .signingKey("\(path): \(error).")
        }
    }
}
