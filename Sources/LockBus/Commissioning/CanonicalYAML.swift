public import Yams

/// YAML as text that is the same however it is laid out, commented or ordered: what a fingerprint is made of.
public enum CanonicalYAML {
    /// The node on one line, keys in order, without the keys in `ignored` at its top.
    public static func text(of node: Node, without ignored: Set<String> = []) -> String {
        switch node {
        case .scalar(let scalar):
            return quoted(scalar.string)
        case .sequence(let sequence):
            return "[" + sequence.map { text(of: $0) }.joined(separator: ",") + "]"
        case .mapping(let mapping):
            let members = mapping.map { key, value in (text(of: key), value) }
                .filter { key, _ in !ignored.contains { quoted($0) == key } }
                .sorted { $0.0 < $1.0 }
                .map { key, value in "\(key):\(text(of: value))" }
            return "{" + members.joined(separator: ",") + "}"
        case .alias(let alias):
            return quoted("*\(alias.anchor.rawValue)")
        }
    }

    /// Two texts that differ stay different: what could end a text is escaped.
    private static func quoted(_ text: String) -> String {
        let inside = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
            .replacing("\n", with: "\\n")
        return "\"\(inside)\""
    }
}
