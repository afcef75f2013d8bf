/// Cuts what a scanner sends into codes: bytes in, codes and rejections out. Pure: no clock, no port.
///
/// A code ends with CR, LF, CR LF or LF CR (one end, not two), or with ``silence()``. It may stand between
/// STX and
/// ETX, start with an AIM identifier (`]`, a letter, a modifier; ISO/IEC 15424) and with a configured prefix.
///
/// ```
///            byte                   byte > maxLength → tooLong
///   idle ──────────► collecting ──────────────────────────────► dropping
///    ▲  terminator/silence → code  │                                │
///    └──────────◄──────────────────┴──────────◄── terminator/silence
/// ```
/// Memory is bounded by `maxLength`, whatever arrives.
public struct ScanFramer: Sendable {
    /// What a byte or a silence completed.
    public enum Outcome: Hashable, Sendable {
        /// A code, stripped.
        case code(text: String, symbology: String?)
        /// Something that is no code of ours.
        case rejected(ScanRejection)
    }

    private enum State {
        /// Nothing since the last end.
        case idle
        /// `buffer` holds the code so far.
        case collecting
        /// Too long: everything up to the next end belongs to it.
        case dropping
    }

    private static let carriageReturn: UInt8 = 0x0D
    private static let lineFeed: UInt8 = 0x0A
    private static let startOfText: UInt8 = 0x02
    private static let endOfText: UInt8 = 0x03
    private static let closingBracket: UInt8 = 0x5D

    private let maxLength: Int
    private let prefixes: [[UInt8]]
    private let acceptedSymbologies: Set<String>
    private var state = State.idle
    private var buffer: [UInt8] = []
    /// The other half of a two-byte end, if it comes next.
    private var otherHalf: UInt8?

    /// A framer for one connection: make a new one, or ``reset()``, when the port is opened again.
    /// - Parameters:
    ///   - maxLength: bytes, at least 1; a smaller value counts as 1.
    ///   - prefixes: the longest one that fits is stripped.
    ///   - acceptedSymbologies: AIM identifiers; empty = all.
    public init(maxLength: Int = 512, prefixes: [String] = [], acceptedSymbologies: [String] = []) {
        self.maxLength = max(1, maxLength)
        self.prefixes =
            prefixes
            .map { Array($0.utf8) }
            .filter { !$0.isEmpty }
            .sorted { $0.count > $1.count }
        self.acceptedSymbologies = Set(acceptedSymbologies)
        buffer.reserveCapacity(self.maxLength)
    }

    /// Whether something has begun that a silence would end.
    public var isPending: Bool {
        switch state {
        case .idle: false
        case .collecting, .dropping: true
        }
    }

    /// Bytes of memory held for the code that has begun; at most about twice `maxLength`.
    var heldBytes: Int { buffer.capacity }

    /// Takes the next byte.
    public mutating func take(_ byte: UInt8) -> Outcome? {
        if let expected = otherHalf {
            otherHalf = nil
            if byte == expected { return nil }
        }
        if byte == Self.carriageReturn || byte == Self.lineFeed {
            otherHalf = byte == Self.carriageReturn ? Self.lineFeed : Self.carriageReturn
            return end(emptyCounts: true)
        }
        switch state {
        case .dropping:
            return nil
        case .idle, .collecting:
            if buffer.count < maxLength {
                buffer.append(byte)
                state = .collecting
                return nil
            }
            buffer.removeAll(keepingCapacity: true)
            state = .dropping
            return .rejected(.tooLong)
        }
    }

    /// Nothing came for the configured time: what has begun is complete.
    public mutating func silence() -> Outcome? {
        otherHalf = nil
        return end(emptyCounts: false)
    }

    /// Forgets what has begun: the port was closed.
    public mutating func reset() {
        buffer.removeAll(keepingCapacity: true)
        state = .idle
        otherHalf = nil
    }

    private mutating func end(emptyCounts: Bool) -> Outcome? {
        defer {
            buffer.removeAll(keepingCapacity: true)
            state = .idle
        }
        switch state {
        case .idle: return emptyCounts ? .rejected(.empty) : nil
        case .dropping: return nil
        case .collecting: return outcome()
        }
    }

    private func outcome() -> Outcome {
        var code = buffer[...]
        if code.first == Self.startOfText { code = code.dropFirst() }
        if code.last == Self.endOfText { code = code.dropLast() }
        guard code.allSatisfy({ (0x20...0x7E).contains($0) }) else { return .rejected(.notPrintable) }
        // Some scanners put the configured prefix before the identifier, some behind it.
        var symbology = Self.takeSymbology(from: &code)
        takePrefix(from: &code)
        if symbology == nil { symbology = Self.takeSymbology(from: &code) }
        guard !code.isEmpty else { return .rejected(.empty) }
        if !acceptedSymbologies.isEmpty {
            guard let symbology, acceptedSymbologies.contains(symbology) else {
                return .rejected(.symbologyNotAccepted)
            }
        }
        return .code(text: String(decoding: code, as: UTF8.self), symbology: symbology)
    }

    private static func takeSymbology(from code: inout ArraySlice<UInt8>) -> String? {
        guard code.count >= 3, code.first == closingBracket else { return nil }
        let letter = code[code.startIndex + 1]
        let modifier = code[code.startIndex + 2]
        guard isLetter(letter), isLetter(modifier) || (0x30...0x39).contains(modifier) else { return nil }
        defer { code = code.dropFirst(3) }
        return String(decoding: code.prefix(3), as: UTF8.self)
    }

    private func takePrefix(from code: inout ArraySlice<UInt8>) {
        guard let prefix = prefixes.first(where: { code.starts(with: $0) }) else { return }
        code = code.dropFirst(prefix.count)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
