internal import Foundation
internal import StationAPI
internal import StationCore

/// The values that HQ has set, as they are kept in the database.
struct KeptPolicy: Codable {
    private enum Value: Codable {
        case integer(Int64)
        case boolean(Bool)
        case text(String)
    }

    /// HQ's count of its changes.
    let version: Int64
    private let kept: [String: Value]

    init(_ document: PolicyDocument) {
        version = document.version
        kept = document.values.mapValues { value in
            switch value {
            case .integer(let number): .integer(number)
            case .boolean(let flag): .boolean(flag)
            case .text(let text): .text(text)
            }
        }
    }

    var values: [String: PolicyValue] {
        kept.mapValues { value in
            switch value {
            case .integer(let number): .integer(number)
            case .boolean(let flag): .boolean(flag)
            case .text(let text): .text(text)
            }
        }
    }

    /// What ``encoded()`` made; nil for nothing, or for what cannot be read any more.
    static func decoded(_ bytes: Data?) -> KeptPolicy? {
        bytes.flatMap { try? JSONDecoder().decode(KeptPolicy.self, from: $0) }
    }

    func encoded() throws -> Data { try JSONEncoder().encode(self) }
}
