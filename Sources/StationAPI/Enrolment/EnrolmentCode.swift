/// The one-time code with which HQ lets a new box in: 16 characters, 80 random bits, in groups of four.
///
/// The alphabet is Crockford's base 32: no letter in it can be taken for a digit or another letter.
public struct EnrolmentCode: Hashable, Sendable {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    private static let length = 16

    /// The code without separators; what is compared and digested.
    public let text: String

    /// A new random code.
    public static func make() -> EnrolmentCode {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<length).map { _ in
            alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        }
        return EnrolmentCode(characters: characters)
    }

    /// What a person typed: spaces and hyphens do not count, nor does case; I and L are 1, O is 0.
    ///
    /// Nil if it is no code.
    public init?(typed: String) {
        var characters: [Character] = []
        for character in typed where !character.isWhitespace && character != "-" {
            guard characters.count < Self.length, let upper = character.uppercased().first else { return nil }
            let meant: Character =
                switch upper {
                case "I", "L": "1"
                case "O": "0"
                default: upper
                }
            guard Self.alphabet.contains(meant) else { return nil }
            characters.append(meant)
        }
        guard characters.count == Self.length else { return nil }
        text = String(characters)
    }

    private init(characters: [Character]) { text = String(characters) }

    /// The code for people: `ABCD-EFGH-JKMN-PQRS`.
    public var display: String {
        let characters = Array(text)
        return stride(from: 0, to: characters.count, by: 4)
            .map { String(characters[$0..<min($0 + 4, characters.count)]) }
            .joined(separator: "-")
    }
}

extension EnrolmentCode: CustomStringConvertible, CustomReflectable {
    /// Never the code: it is a secret until it is used.
    public var description: String { "a one-time code" }

    /// As `description`.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
