internal import Foundation

/// JSON of what the station stores, written straight into bytes, members in the order of their declaration.
///
/// A customer waits while a scan's journal line, opening and event are encoded. Foundation's encoder builds a
/// tree of objects first and sorts every level of it; this one appends. `JSONDecoder` reads what it writes.
/// It knows what stored types are made of: texts, whole numbers, truth values, bytes, lists and members.
public enum FastJSON {
    /// The value's JSON.
    ///
    /// - Throws: `EncodingError` for a fraction, or what the value throws.
    public static func bytes(_ value: some Encodable) throws -> [UInt8] {
        let writer = JSONBytes()
        try writer.write(value)
        return writer.bytes
    }
}

/// The text so far, and the containers that are still open in it.
///
/// Codable types write one member after the other, so a container is over as soon as one outside of it is
/// written to.
final class JSONBytes {
    private(set) var bytes: [UInt8] = []
    /// What ends each open container, and whether it has a member already.
    private var open: [(end: UInt8, isEmpty: Bool)] = []

    init() {
        bytes.reserveCapacity(1024)
        open.reserveCapacity(16)
    }

    var depth: Int { open.count }

    func begin(_ start: Character, end: Character) -> Int {
        bytes.append(start.asciiValue ?? 0)
        open.append((end.asciiValue ?? 0, true))
        return open.count
    }

    func close(to depth: Int) {
        while open.count > depth { bytes.append(open.removeLast().end) }
    }

    /// Makes room for the next element of the container at this depth.
    func next(at depth: Int) {
        close(to: depth)
        if open[depth - 1].isEmpty {
            open[depth - 1].isEmpty = false
        } else {
            bytes.append(UInt8(ascii: ","))
        }
    }

    func key(_ key: some CodingKey, at depth: Int) {
        next(at: depth)
        text(key.stringValue)
        bytes.append(UInt8(ascii: ":"))
    }

    func literal(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    func number(_ value: some FixedWidthInteger) {
        var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &digits) { buffer in
            var start = buffer.count
            var rest = value.magnitude
            repeat {
                start -= 1
                buffer[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
            if value < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.append(contentsOf: buffer[start...])
        }
    }

    func text(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        var value = value
        value.withUTF8 { utf8 in
            if utf8.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
                bytes.append(contentsOf: utf8)
            } else {
                for byte in utf8 { escaped(byte) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func escaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0..<0x20:
            literal("\\u00")
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default:
            bytes.append(byte)
        }
    }

    /// A value of any type; one that writes nothing is an empty object.
    func write<Value: Encodable>(_ value: Value) throws {
        // `JSONDecoder` takes bytes for base64. Types are compared first: a cast that fails is slow.
        if Value.self == Data.self, let data = value as? Data {
            text(data.base64EncodedString())
            return
        }
        let (before, depth) = (bytes.count, depth)
        try value.encode(to: FastEncoder(writer: self))
        close(to: depth)
        if bytes.count == before { literal("{}") }
    }
}
