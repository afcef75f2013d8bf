internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import StationAPI

/// A request, taken apart as OData writes it.
struct RetailRequest: Sendable {
    /// Entity set and operation, without keys.
    var name: String
    /// The entity's key: `Carts('…')`.
    var key: String?
    /// Parameters: of a function's parentheses, or the members of an action's body.
    var parameters: [String: JSONValue]
    var top: Int?
    var skip: Int
    var isCounted: Bool
    var role: RetailRole

    /// The parts of a path behind the service root: `Carts('1')/Checkout`, `SalesOrders/GetX(salesId='1')`.
    static func parse(path: String) -> (name: String, key: String?, arguments: [String: JSONValue]) {
        var names: [String] = []
        var key: String?
        var arguments: [String: JSONValue] = [:]
        for segment in path.split(separator: "/") {
            guard let open = segment.firstIndex(of: "("), segment.last == ")" else {
                names.append(String(segment))
                continue
            }
            names.append(String(segment[..<open]))
            let inside = segment[segment.index(after: open)...].dropLast()
            for part in inside.split(separator: ",") {
                let pair = part.split(separator: "=", maxSplits: 1)
                let text = pair.last.map { unquote($0) } ?? ""
                if pair.count == 2 {
                    arguments[String(pair[0]).trimmingCharacters(in: .whitespaces)] = .string(text)
                } else {
                    key = text
                }
            }
        }
        return (names.joined(separator: "/"), key, arguments)
    }

    private static func unquote(_ text: Substring) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        guard trimmed.count >= 2, trimmed.first == "'", trimmed.last == "'" else { return trimmed }
        // OData writes a quote inside a text twice.
        return String(trimmed.dropFirst().dropLast()).replacingOccurrences(of: "''", with: "'")
    }
}

extension JSONValue {
    /// The number, whole or not.
    var decimal: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    var isNull: Bool { self == .null }
}
