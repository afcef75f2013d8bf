internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import StationAPI

/// Enrolment, renewal, signatures, and a token endpoint in the form of Microsoft Entra's.
extension HQServer {
    func identityRoutes(_ router: Router<HQContext>) {
        router.post("enrolments") { request, _ in
            switch await hq.enrol(try await Self.body(request, EnrolmentRequest.self)) {
            case .success(let reply):
                return Self.bytes(try JSONEncoder().encode(reply), "application/json", status: .created)
            case .failure(let refusal):
                let title = "the box is not enrolled"
                return Self.problem(
                    Problem(.enrolmentRefused, status: 403, title: title, detail: refusal.description)
                )
            }
        }
        router.post("stations/:station/credentials") { request, context in
            if let problem = await refusal(request, context) { return problem }
            let body = try await Self.data(request, upTo: 65_536)
            if let problem = await unsigned(request, body) { return problem }
            return try Self.json(await hq.renew(Self.decode(request, CredentialRenewal.self, body)))
        }
        router.post(":tenant/oauth2/v2.0/token") { request, _ in try await token(request) }
        router.post(":tenant/oauth2/token") { request, _ in try await token(request) }
    }

    /// A problem if a request is not signed by the station; nil if it is, or if no signature is asked for.
    func unsigned(_ request: Request, _ body: Data) async -> Response? {
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
        let headers = StandardWebhooks.Headers(
            id: header(StandardWebhooks.idHeader),
            timestamp: header(StandardWebhooks.timestampHeader),
            signature: header(StandardWebhooks.signatureHeader)
        )
        guard let refusal = await hq.refusal(of: headers, body: body) else { return nil }
        return Self.problem(
            Problem(.signatureInvalid, status: 401, title: "not signed by the station", detail: "\(refusal)")
        )
    }

    private func token(_ request: Request) async throws -> Response {
        let text = String(decoding: try await Self.data(request, upTo: 16_384), as: UTF8.self)
        var form: [String: String] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            form[String(parts[0])] = parts.last.flatMap { String($0).removingPercentEncoding }
        }
        guard form["grant_type"] == "client_credentials" else {
            return Self.bytes(
                Data("{\"error\":\"unsupported_grant_type\"}".utf8),
                "application/json",
                status: .badRequest
            )
        }
        guard let token = await hq.token(client: form["client_id"] ?? "", secret: form["client_secret"] ?? "")
        else {
            let error =
                "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret.\"}"
            return Self.bytes(Data(error.utf8), "application/json", status: .unauthorized)
        }
        let answer = "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"\(token)\"}"
        return Self.bytes(Data(answer.utf8), "application/json")
    }
}
