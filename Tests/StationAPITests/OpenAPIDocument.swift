import Foundation
import Testing
import Yams

/// `openapi.yaml`, and as much of JSON Schema as it uses: enough to notice that types and document drift
/// apart.
struct OpenAPIDocument {
    let root: [String: Any]

    init() throws {
        let file = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/StationAPI/openapi.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
        root = try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    /// An object below `components`.
    private func component(_ kind: String, _ name: String) throws -> [String: Any] {
        let components = try #require(root["components"] as? [String: Any])
        let group = try #require(components[kind] as? [String: Any])
        return try #require(group[name] as? [String: Any], "no \(kind) \(name)")
    }

    func schema(_ name: String) throws -> [String: Any] { try component("schemas", name) }

    /// The names of all examples.
    func exampleNames() throws -> [String] {
        let components = try #require(root["components"] as? [String: Any])
        return try #require(components["examples"] as? [String: Any]).keys.sorted()
    }

    /// An example as JSON.
    func example(_ name: String) throws -> Data {
        let value = try #require(try component("examples", name)["value"])
        return try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys])
    }

    /// The words of an enumeration, at a path of members below a schema.
    func words(_ schema: String, _ path: String...) throws -> [String] {
        var node = try self.schema(schema)
        for name in path {
            let next = (node["properties"] as? [String: Any])?[name] ?? node[name]
            node = try #require(next as? [String: Any], "no \(name) in \(schema)")
        }
        return try #require(node["enum"] as? [String])
    }

    /// What a JSON value has that the schema does not know, or lacks that it asks for.
    func faults(of json: Data, against schema: String) throws -> [String] {
        let value = try JSONSerialization.jsonObject(with: json)
        return try faults(value, ["$ref": "#/components/schemas/\(schema)"], at: "")
    }

    private func faults(_ value: Any, _ schema: [String: Any], at path: String) throws -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = String(try #require(reference.split(separator: "/").last))
            return try faults(value, try self.schema(name), at: path)
        }
        if let choices = schema["oneOf"] as? [[String: Any]] {
            let results = try choices.map { try faults(value, Self.merged(schema, $0), at: path) }
            return results.contains([]) ? [] : results.min { $0.count < $1.count } ?? []
        }
        if let unwanted = schema["not"] as? [String: Any],
            try faults(value, unwanted, at: path).isEmpty
        {
            return ["\(path) is what it must not be"]
        }
        if let word = schema["const"] as? String, value as? String != word {
            return ["\(path) is not \(word)"]
        }
        if let words = schema["enum"] as? [String], !words.contains(value as? String ?? "") {
            return ["\(path): \(value) is no known word"]
        }
        if let type = schema["type"] as? String, !Self.has(value, type) { return ["\(path) is no \(type)"] }
        if let elements = value as? [Any] {
            let items = schema["items"] as? [String: Any] ?? [:]
            return try elements.enumerated().flatMap { try faults($1, items, at: "\(path)/\($0)") }
        }
        guard let members = value as? [String: Any] else { return [] }
        return try faults(ofMembers: members, schema, at: path)
    }

    /// What a choice says together with what holds for every choice.
    private static func merged(_ base: [String: Any], _ choice: [String: Any]) -> [String: Any] {
        if choice["$ref"] != nil { return choice }
        var result = base
        result["oneOf"] = nil
        for (name, value) in choice {
            switch name {
            case "properties":
                let known = result[name] as? [String: Any] ?? [:]
                result[name] = known.merging(value as? [String: Any] ?? [:]) { $1 }
            case "required":
                result[name] = (result[name] as? [String] ?? []) + (value as? [String] ?? [])
            default: result[name] = value
            }
        }
        return result
    }

    private func faults(
        ofMembers members: [String: Any],
        _ schema: [String: Any],
        at path: String
    ) throws -> [String] {
        let missing = (schema["required"] as? [String] ?? []).filter { members[$0] == nil }
        let known = schema["properties"] as? [String: Any]
        let others = schema["additionalProperties"] as? [String: Any]
        var faults = missing.map { "\(path)/\($0) is missing" }
        for (name, value) in members {
            if let next = known?[name] as? [String: Any] {
                faults += try self.faults(value, next, at: "\(path)/\(name)")
            } else if let others {
                faults += try self.faults(value, others, at: "\(path)/\(name)")
            } else if known != nil {
                faults.append("\(path)/\(name) is unknown")
            }
        }
        return faults
    }

    private static func has(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value is Bool
        default: value is NSNumber
        }
    }
}
