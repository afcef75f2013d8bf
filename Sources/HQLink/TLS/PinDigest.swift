internal import Crypto
internal import Foundation

/// The digest behind a pin.
enum PinDigest {
    static func of(_ publicKeyInfo: [UInt8]) -> String {
        Data(SHA256.hash(data: publicKeyInfo)).base64EncodedString()
    }

    static func isBase64(_ text: String) -> Bool {
        Data(base64Encoded: text)?.count == 32
    }
}
