/// The shape of a bad item, for a person who has to find it at HQ.
///
/// A value is shown only where the contract puts an id, a count, a word or a time, and only if it has that
/// form;
/// everything else becomes `…`, because a bad item may carry a code or a customer's name where neither
/// belongs.
enum Excerpt {
    /// What a member holds, which decides what of its value may be shown.
    private enum Holds {
        case nothingToShow
        case id
        case count
        case version
        case word
        case time
    }

    /// Containers that are shown; what is nested deeper is passed over.
    private static let depthShown = 16

    private static let members: [String: Holds] = [
        "orderId": .id, "parcelId": .id, "staffId": .id, "commandId": .id, "taskId": .id, "keyId": .id,
        "grantId": .id,
        "station": .id, "lineId": .id,
        "version": .version,
        "width": .count, "height": .count, "depth": .count, "quantity": .count, "n": .count, "r": .count,
        "p": .count,
        "change": .word, "status": .word, "deliveryMode": .word, "reason": .word, "size": .word,
        "form": .word,
        "roles": .word, "kind": .word, "currency": .word, "alg": .word, "use": .word,
        "notBefore": .time, "expiresAt": .time, "issuedAt": .time,
    ]

    /// The shape of the value that begins at `position`.
    static func make(of json: JSONReader, at position: Int) -> String {
        var reader = JSONReader(json.bytes, from: position)
        var output = ""
        try? write(&reader, as: .nothingToShow, depth: 0, to: &output)
        return output.count <= FeedItem.excerptLimit
            ? output : String(output.prefix(FeedItem.excerptLimit - 1)) + "…"
    }

    private static func write(
        _ json: inout JSONReader,
        as holds: Holds,
        depth: Int,
        to output: inout String
    ) throws(JSONSyntaxError) {
        guard depth < depthShown, output.utf8.count <= FeedItem.excerptLimit * 4 else { return }
        switch try json.kind() {
        case .object: try writeObject(&json, depth: depth, to: &output)
        case .array: try writeArray(&json, as: holds, depth: depth, to: &output)
        case .string:
            let raw = try json.rawString()
            let text = try json.text(raw) ?? ""
            output += mayShow(text, as: holds) ? "\"\(text)\"" : "\"…\""
        case .number:
            let range = try json.rawNumber()
            // A typed code has at least 8 digits, and only a version needs as many.
            let isShown = holds == .version ? range.count <= 20 : holds == .count && range.count <= 6
            output += isShown ? String(decoding: json.bytes[range], as: UTF8.self) : "…"
        case .bool, .null:
            let start = json.position
            try json.skipValue()
            output += String(decoding: json.bytes[start..<json.position], as: UTF8.self)
        }
    }

    private static func writeObject(
        _ json: inout JSONReader,
        depth: Int,
        to output: inout String
    ) throws(JSONSyntaxError) {
        try json.expect(UInt8(ascii: "{"))
        output += "{"
        if try !json.take(UInt8(ascii: "}")) {
            var isFirst = true
            repeat {
                let name = try json.text(try json.rawString()) ?? "…"
                try json.expect(UInt8(ascii: ":"))
                output += (isFirst ? "" : ",") + "\"\(isMemberName(name) ? name : "…")\":"
                isFirst = false
                let start = json.position
                try write(&json, as: members[name] ?? .nothingToShow, depth: depth + 1, to: &output)
                if json.position == start { try json.skipValue() }
            } while try json.take(UInt8(ascii: ","))
            try json.expect(UInt8(ascii: "}"))
        }
        output += "}"
    }

    private static func writeArray(
        _ json: inout JSONReader,
        as holds: Holds,
        depth: Int,
        to output: inout String
    ) throws(JSONSyntaxError) {
        try json.expect(UInt8(ascii: "["))
        output += "["
        if try !json.take(UInt8(ascii: "]")) {
            var isFirst = true
            repeat {
                output += isFirst ? "" : ","
                isFirst = false
                let start = json.position
                try write(&json, as: holds, depth: depth + 1, to: &output)
                if json.position == start { try json.skipValue() }
            } while try json.take(UInt8(ascii: ","))
            try json.expect(UInt8(ascii: "]"))
        }
        output += "]"
    }

    private static func mayShow(_ text: String, as holds: Holds) -> Bool {
        switch holds {
        case .nothingToShow, .count, .version: false
        case .id: WireID.isValid(text)
        case .word: text.utf8.count <= 32 && text.utf8.allSatisfy(isLetter)
        case .time: text.utf8.count <= 40 && WireTime(text: text) != nil
        }
    }

    /// Names with digits are not shown: a map may have codes for names.
    private static func isMemberName(_ name: String) -> Bool {
        name.utf8.count <= 32
            && name.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
}
