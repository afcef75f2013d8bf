internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import StationAPI

/// Reading what a station sends.
struct RequestBody {
    /// The bytes as they came.
    let bytes: [UInt8]

    /// - Throws: a ``Problem`` for another media type; `NIOTooManyBytesError` for a body that is too large.
    init(_ request: Request, upTo limit: Int, types: Set<String> = ["application/json"]) async throws {
        let type = request.headers[.contentType]?.prefix { $0 != ";" && $0 != " " }.lowercased() ?? ""
        guard types.contains(type) else {
            throw Problem(
                type: "about:blank",
                status: 415,
                title: "send \(types.sorted().joined(separator: " or "))"
            )
        }
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw Problem(.payloadInvalid, status: 413, title: "at most \(limit) bytes are taken")
        }
        bytes = Array(buffer: try await request.body.collect(upTo: limit))
    }

    /// The body as a value; what it says of people is refused.
    func decode<Value: Decodable>(_ type: Value.Type, what: String) throws -> Value {
        let decoder = JSONDecoder()
        do {
            let value = try decoder.decode(JSONValue.self, from: Data(bytes))
            if let pointer = Self.personalData(in: value, at: "") {
                var problem = Problem(
                    .payloadInvalid,
                    status: 422,
                    title: "data of a person does not belong here"
                )
                problem.errors = [Problem.Fault(detail: "leave it out", pointer: pointer)]
                throw problem
            }
            return try decoder.decode(type, from: Data(bytes))
        } catch let error as DecodingError {
            var problem = Problem(.payloadInvalid, status: 422, title: "not \(what)")
            problem.retryable = false
            problem.errors = [Self.fault(error)]
            throw problem
        }
    }

    /// Where the first member is that is called like data of a person.
    private static func personalData(in value: JSONValue, at pointer: String) -> String? {
        switch value {
        case .object(let members):
            for (name, inner) in members {
                let place = "\(pointer)/\(escape(name))"
                if PersonalData.match(name) != nil { return place }
                if let found = personalData(in: inner, at: place) { return found }
            }
            return nil
        case .array(let elements):
            for (index, inner) in elements.enumerated() {
                if let found = personalData(in: inner, at: "\(pointer)/\(index)") { return found }
            }
            return nil
        default: return nil
        }
    }

    private static func escape(_ name: String) -> String {
        name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// What is wrong and where; nothing of the value.
    private static func fault(_ error: DecodingError) -> Problem.Fault {
        func pointer(_ path: [any CodingKey]) -> String {
            path.map { "/" + escape($0.intValue.map { "\($0)" } ?? $0.stringValue) }.joined()
        }
        switch error {
        case .keyNotFound(let key, let context):
            return Problem.Fault(detail: "missing", pointer: pointer(context.codingPath + [key]))
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return Problem.Fault(detail: "wrong type", pointer: pointer(context.codingPath))
        case .dataCorrupted(let context):
            let detail = context.codingPath.isEmpty ? "not JSON" : "not a usable value"
            return Problem.Fault(detail: detail, pointer: pointer(context.codingPath))
        @unknown default: return Problem.Fault(detail: "not readable", pointer: "")
        }
    }
}
