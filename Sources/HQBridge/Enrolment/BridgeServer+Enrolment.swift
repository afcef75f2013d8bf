internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import StationAPI

/// A box's identity.
extension BridgeServer {
    @Sendable func enrol(_ request: Request, _ context: BridgeContext) async throws -> Response {
        let body = try await RequestBody(request, upTo: 65_536)
        let asked = try body.decode(EnrolmentRequest.self, what: "an enrolment")
        let reply = try await enrolment.enrol(asked, from: context.remoteAddress ?? "unknown")
        context.logger.notice("station \(reply.stationID) was enrolled")
        return try Answer.json(reply, status: .created)
    }

    @Sendable func renewCredentials(_ request: Request, _ context: BridgeContext) async throws -> Response {
        let station = try await signedIn(request, context)
        let body = try await RequestBody(request, upTo: 65_536)
        let asked = try body.decode(CredentialRenewal.self, what: "a renewal")
        guard asked.token else { return try Answer.json(RenewedCredentials()) }
        let token = BridgeStore.makeToken()
        try await store.renewToken(of: station.id, to: token)
        return try Answer.json(RenewedCredentials(token: token))
    }
}
