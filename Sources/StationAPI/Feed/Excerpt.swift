/// The shape of a bad item, for a person who has to find it at HQ.
///
/// Values are shown only for members that hold ids, counts and words of the contract; everything else becomes
/// `…`, because a bad item may carry a code or a customer's name where neither belongs.
enum Excerpt {
    private static let shown: Set<String> = [
        "change", "orderId", "version", "status", "deliveryMode", "reason", "parcelId", "size", "width",
        "height",
        "depth", "form", "digits", "notBefore", "expiresAt", "staffId", "roles", "revoked", "commandId",
        "kind",
        "issuedAt", "station", "sku", "lineId", "quantity", "currency", "alg", "n", "r", "p",
    ]

    /// The shape of the value that begins at `position`.
    static func make(of json: JSONReader, at position: Int) -> String {
        var reader = JSONReader(json.bytes, from: position)
        var output = ""
        try? write(&reader, shown: false, depth: 0, to: &output)
        return output.count <= FeedItem.excerptLimit
            ? output : String(output.prefix(FeedItem.excerptLimit - 1)) + "…"
    }

    private static func write(
        _ json: inout JSONReader,
        shown: Bool,
        depth: Int,
        to output: inout String
    ) throws(JSONSyntaxError) {
        guard depth < JSONReader.depthLimit, output.utf8.count <= FeedItem.excerptLimit * 4 else { return }
        switch try json.kind() {
        case .object: try writeObject(&json, depth: depth, to: &output)
        case .array: try writeArray(&json, shown: shown, depth: depth, to: &output)
        case .string:
            let raw = try json.rawString()
            let text = try json.text(raw) ?? ""
            output += shown && text.utf8.count <= 64 && isPlain(text) ? "\"\(text)\"" : "\"…\""
        case .number:
            let range = try json.rawNumber()
            let isShort = shown && range.count <= 20
            output += isShort ? String(decoding: json.bytes[range], as: UTF8.self) : "…"
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
                output += (isFirst ? "" : ",") + "\"\(isPlain(name) ? String(name.prefix(32)) : "…")\":"
                isFirst = false
                let start = json.position
                try write(&json, shown: shown.contains(name), depth: depth + 1, to: &output)
                if json.position == start { try json.skipValue() }
            } while try json.take(UInt8(ascii: ","))
            try json.expect(UInt8(ascii: "}"))
        }
        output += "}"
    }

    private static func writeArray(
        _ json: inout JSONReader,
        shown: Bool,
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
                try write(&json, shown: shown, depth: depth + 1, to: &output)
                if json.position == start { try json.skipValue() }
            } while try json.take(UInt8(ascii: ","))
            try json.expect(UInt8(ascii: "]"))
        }
        output += "]"
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy {
            $0 >= 0x20 && $0 <= 0x7E && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
    }
}
