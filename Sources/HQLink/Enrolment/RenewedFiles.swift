internal import Crypto
internal import Foundation
internal import StationAPI

/// Where an enrolled box keeps the credentials that followed those of its enrolment.
///
/// The service cannot write where systemd's credentials come from, and reads those only when it starts. So the ones that
/// follow are kept in a folder of its own. Each is named after a digest of the enrolled one that it follows: a box that
/// is enrolled again has others, and what an earlier identity left is no longer looked at.
public struct RenewalSettings: Hashable, Sendable {
    /// The file with the ``EnrolledIdentity``.
    public var identityFile: String
    /// The folder, which the service may write to; it is made when it is needed.
    public var folder: String

    /// Where to keep them.
    public init(identityFile: String, folder: String) {
        self.identityFile = identityFile
        self.folder = folder
    }
}

/// The files in that folder.
struct RenewedFiles: Sendable {
    /// A token and how long it lives.
    struct Token: Codable {
        var token: String
        var since: WireTime
        var until: WireTime?
    }

    let folder: String

    /// The token that follows an enrolled one, whose file holds `content`; nil: none does.
    func token(after content: Data) -> Token? {
        guard let data = FileManager.default.contents(atPath: tokenPath(after: content)) else { return nil }
        return try? JSONDecoder().decode(Token.self, from: data)
    }

    func store(_ token: Token, after content: Data) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try SecretFile.makeFolder(folder)
        try SecretFile.write(
            String(decoding: try encoder.encode(token), as: UTF8.self),
            to: tokenPath(after: content)
        )
    }

    /// The client certificate to use: the one that follows the enrolled one, or that one itself.
    func client(after enrolled: TLSSettings.ClientCertificate) -> TLSSettings.ClientCertificate {
        guard let path = clientPath(after: enrolled), FileManager.default.fileExists(atPath: path) else {
            return enrolled
        }
        return TLSSettings.ClientCertificate(file: path, keyFile: path)
    }

    /// Key and certificate go into one file: they change together or not at all.
    func store(key: String, certificate: String, after enrolled: TLSSettings.ClientCertificate) throws {
        guard let path = clientPath(after: enrolled) else { return }
        try SecretFile.makeFolder(folder)
        try SecretFile.write(key + "\n" + certificate, to: path)
    }

    private func tokenPath(after content: Data) -> String { "\(folder)/token-\(Self.digest(content))" }

    private func clientPath(after enrolled: TLSSettings.ClientCertificate) -> String? {
        FileManager.default.contents(atPath: enrolled.file).map { "\(folder)/client-\(Self.digest($0)).pem" }
    }

    private static func digest(_ content: Data) -> String {
        SHA256.hash(data: content).prefix(8)
            .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
            .joined()
    }
}
