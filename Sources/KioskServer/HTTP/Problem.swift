import HTTPTypes
import Hummingbird
import NIOCore

/// A refused request, sent as an RFC 9457 problem. Its texts are fixed: nothing a client sent is ever quoted.
struct Problem: Error {
    /// The last part of the problem's type.
    var name: String
    var status: HTTPResponse.Status
    var detail: String
    /// Further response headers, such as `Allow`.
    var headers: HTTPFields = [:]
    /// Whether the connection is of no use any more, because its request was not read to the end.
    var closes = false

    static let foreignHost = Problem(
        name: "foreign-host",
        status: .misdirectedRequest,
        detail: "This server answers only to its own loopback name and port in the Host header."
    )
    static let foreignOrigin = Problem(
        name: "foreign-origin",
        status: .forbidden,
        detail: "Requests from pages of another origin are not answered."
    )
    static let notFound = Problem(
        name: "not-found",
        status: .notFound,
        detail: "There is nothing at this path."
    )
    static let tooLarge = Problem(
        name: "too-large",
        status: .contentTooLarge,
        detail: "An input has at most 1024 bytes.",
        closes: true
    )
    static let notJSON = Problem(
        name: "not-json",
        status: .unsupportedMediaType,
        detail: "Send the input with Content-Type: application/json."
    )
    static let badInput = Problem(
        name: "bad-input",
        status: .badRequest,
        detail: "Send a JSON object with exactly one of code (digits), pin (digits) and button."
    )
    static let tooManyReaders = Problem(
        name: "too-many-readers",
        status: .serviceUnavailable,
        detail: "All event streams are taken. Close another screen and try again.",
        headers: [.retryAfter: "1"]
    )
    static let busy = Problem(
        name: "busy",
        status: .serviceUnavailable,
        detail: "Earlier inputs are still being decided. Try again.",
        headers: [.retryAfter: "1"]
    )
    static let stopping = Problem(
        name: "stopping",
        status: .serviceUnavailable,
        detail: "The station is being stopped.",
        headers: [.retryAfter: "2"]
    )
    static let unexpected = Problem(
        name: "unexpected",
        status: .internalServerError,
        detail: "The server failed. Its log says more."
    )

    /// A method that this path does not have.
    static func methodNotAllowed(allowed: [HTTPRequest.Method]) -> Problem {
        Problem(
            name: "method-not-allowed",
            status: .methodNotAllowed,
            detail: "This path does not have that method; the Allow header lists those it has.",
            headers: [.allow: allowed.map(\.rawValue).joined(separator: ", ")]
        )
    }

    /// The response. A connection that `closes` is ended a moment after the answer, so that the answer still
    /// arrives.
    func response(closing channel: any Channel) -> Response {
        let text = """
            {"type":"/problems/\(name)","title":"\(status.reasonPhrase)","status":\(status.code),\
            "detail":"\(detail)"}
            """
        var fields = headers
        fields[.contentType] = "application/problem+json"
        let buffer = ByteBuffer(string: text)
        guard closes else {
            return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: buffer))
        }
        fields[.connection] = "close"
        let body = ResponseBody(contentLength: buffer.readableBytes) { writer in
            try await writer.write(buffer)
            try await writer.finish(nil)
            channel.eventLoop.scheduleTask(in: .milliseconds(250)) { channel.close(promise: nil) }
        }
        return Response(status: status, headers: fields, body: body)
    }
}
