internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import StationAPI

/// What stations report.
extension BridgeServer {
    private struct Receipt: Codable {
        var eventId: String
        var result: String
    }

    @Sendable func takeEvent(_ request: Request, _ context: BridgeContext) async throws -> Response {
        let station = try await signedIn(request, context)
        let body = try await RequestBody(
            request,
            upTo: 1 << 18,
            types: ["application/cloudevents+json", "application/json"]
        )
        try checkSignature(request, body, of: station)
        let event = try body.decode(CloudEvent.self, what: "a CloudEvent of this contract")
        try check(event, request, station.id)
        let reception = try await store.take(
            event,
            from: station.id,
            status: configuration.acknowledgement.status
        )
        switch reception {
        case .mismatch:
            throw Problem(
                .idempotencyMismatch,
                status: 422,
                title: "this id came before with another content"
            )
        case .taken(let status), .repeated(let status):
            let result = status == 202 ? "accepted" : "applied"
            var response = try Answer.json(
                Receipt(eventId: event.id, result: result),
                status: .init(code: status)
            )
            if case .repeated = reception, let name = HTTPField.Name("Idempotency-Replayed") {
                // The answer is the first one's, byte for byte; this is for who looks at a trace.
                response.headers[name] = "true"
            }
            return response
        }
    }

    private func check(_ event: CloudEvent, _ request: Request, _ station: BridgeStationID) throws {
        func refuse(_ title: String, _ pointer: String, status: Int = 422) -> Problem {
            var problem = Problem(.payloadInvalid, status: status, title: title)
            problem.retryable = false
            problem.errors = [Problem.Fault(detail: title, pointer: pointer)]
            return problem
        }
        guard event.specversion == "1.0" else { throw refuse("specversion must be 1.0", "/specversion") }
        guard (1...256).contains(event.id.utf8.count) else {
            throw refuse("id must have 1 to 256 bytes", "/id")
        }
        guard let name = HTTPField.Name("Idempotency-Key"), request.headers[name] == "\"\(event.id)\"" else {
            throw refuse("Idempotency-Key must be the event's id in quotes", "/id", status: 400)
        }
        guard event.source == "/stations/\(station)" else {
            throw refuse("source must be /stations/\(station)", "/source")
        }
        guard (1...128).contains(event.type.utf8.count) else {
            throw refuse("type is empty or too long", "/type")
        }
        guard event.subject.map({ WireID.isValid($0) }) ?? true else {
            throw refuse("subject must be an order's id", "/subject")
        }
        guard event.sequence.utf8.count == 20, let number = event.sequenceNumber, number >= 0 else {
            throw refuse("sequence must have 20 digits", "/sequence")
        }
    }

    @Sendable func takeState(_ request: Request, _ context: BridgeContext) async throws -> Response {
        let station = try await signedIn(request, context)
        let body = try await RequestBody(request, upTo: 1 << 20)
        try checkSignature(request, body, of: station)
        let report = try body.decode(StationReport.self, what: "a state of this contract")
        guard report.station == station.id.rawValue else {
            throw Problem(.payloadInvalid, status: 422, title: "station is not the station of the path")
        }
        try await store.keep(state: body.bytes, of: station.id)
        return Response(status: .noContent)
    }
}
