public import StationCore

/// The station behind the screen, as the kiosk's server sees it. Implemented by the runtime.
public protocol KioskStation: Sendable {
    /// Hands in what a person did at the screen; returns once it is decided. The new view comes through
    /// ``KioskServer/push(_:)``.
    func kioskInput(_ input: KioskInput) async
    /// What the screen is to show now. Asked once a second: an answer is also the proof that the station
    /// still decides, without which the page says "call staff".
    func currentView() async -> KioskView
}

/// What a person did at the screen.
public enum KioskInput: Hashable, Sendable {
    /// Typed a pickup code, 1 to 32 digits, and confirmed it.
    case code(String)
    /// Typed a PIN, 1 to 16 digits, and confirmed it.
    case pin(String)
    /// Touched a button.
    case button(KioskButton)
}

extension KioskInput: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// What kind of input it is. Never the code or PIN: this text may end up in a log.
    public var description: String {
        switch self {
        case .code: "code"
        case .pin: "pin"
        case .button(let button): "button \(button)"
        }
    }

    /// As ``description``.
    public var debugDescription: String { description }

    /// Hides the code or PIN from `dump` and test reports, too.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension KioskInput: Decodable {
    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads `{"code": "…"}`, `{"pin": "…"}` or `{"button": …}`: one of them, and nothing else.
    ///
    /// Throws ``KioskInputError`` or a `DecodingError`; neither may be logged, a decoding error can quote its
    /// input.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        guard container.allKeys.count == 1, let key = container.allKeys.first else {
            throw KioskInputError.notOneInput
        }
        switch key.stringValue {
        case "code": self = .code(try Self.digits(try container.decode(String.self, forKey: key), upTo: 32))
        case "pin": self = .pin(try Self.digits(try container.decode(String.self, forKey: key), upTo: 16))
        case "button": self = .button(try container.decode(KioskButton.self, forKey: key))
        default: throw KioskInputError.notOneInput
        }
    }

    private static func digits(_ text: String, upTo limit: Int) throws(KioskInputError) -> String {
        guard (1...limit).contains(text.utf8.count), text.allSatisfy(\.isASCIIDigit) else {
            throw .notDigits
        }
        return text
    }
}

/// Why an input's JSON is no input.
enum KioskInputError: Error {
    /// Not exactly one of `code`, `pin` and `button`.
    case notOneInput
    /// A code or PIN with anything but digits, or too long.
    case notDigits
}
