internal import Foundation
internal import SwiftASN1
internal import X509

/// Certificates in PEM texts that may hold keys as well.
enum CertificateText {
    /// The first certificate; nil if there is none.
    static func leaf(of text: String) -> Certificate? {
        let begin = "-----BEGIN CERTIFICATE-----"
        guard let start = text.range(of: begin) else { return nil }
        let rest = text[start.lowerBound...]
        guard let end = rest.range(of: "-----END CERTIFICATE-----") else { return nil }
        return try? Certificate(pemEncoded: String(rest[..<end.upperBound]))
    }
}
