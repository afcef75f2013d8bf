import HTTPTypes
import Hummingbird

/// The headers of every response: nothing inline, nothing from elsewhere, nothing kept.
struct SecurityHeaders: Sendable {
    /// The one file that pages of other origins may load.
    static let sharedPath = "/assets/icon.svg"

    private let fields: HTTPFields

    /// Headers for a kiosk that pages of `frameOrigins` may frame; none may if it is empty.
    init(frameOrigins: [String]) {
        let ancestors = frameOrigins.isEmpty ? "'none'" : frameOrigins.joined(separator: " ")
        var fields: HTTPFields = [
            .contentSecurityPolicy: """
            default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; \
            require-trusted-types-for 'script'; frame-ancestors \(ancestors)
            """,
            .xContentTypeOptions: "nosniff",
            .cacheControl: "no-store",
            .referrerPolicy: "no-referrer",
            .crossOriginResourcePolicy: "same-origin",
            .permissionsPolicy: "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ]
        if frameOrigins.isEmpty { fields[.xFrameOptions] = "DENY" }
        self.fields = fields
    }

    func add(to response: inout Response) {
        for field in fields where response.headers[field.name] == nil {
            response.headers[field.name] = field.value
        }
    }
}

extension HTTPField.Name {
    static let secFetchSite = named("Sec-Fetch-Site")
    static let referrerPolicy = named("Referrer-Policy")
    static let crossOriginResourcePolicy = named("Cross-Origin-Resource-Policy")
    static let permissionsPolicy = named("Permissions-Policy")
    static let xFrameOptions = named("X-Frame-Options")
    static let kioskPage = named("Kiosk-Page")

    private static func named(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("a literal header name is valid") }
        return name
    }
}
