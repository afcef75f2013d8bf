/// What Codable asks of an encoder, on top of ``JSONBytes``. It keeps no coding path: that is for messages about types
/// that cannot be written, and ours can.
struct FastEncoder: Encoder {
    let writer: JSONBytes

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(FastMembers(writer: writer, depth: writer.begin("{", end: "}")))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        FastElements(writer: writer, depth: writer.begin("[", end: "]"))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        FastValue(writer: writer)
    }
}

private struct FastMembers<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: JSONBytes
    let depth: Int

    var codingPath: [any CodingKey] { [] }

    private func integer(_ value: some FixedWidthInteger, _ key: Key) {
        writer.key(key, at: depth)
        writer.number(value)
    }

    func encodeNil(forKey key: Key) {
        writer.key(key, at: depth)
        writer.literal("null")
    }

    func encode(_ value: Bool, forKey key: Key) {
        writer.key(key, at: depth)
        writer.literal(value ? "true" : "false")
    }

    func encode(_ value: String, forKey key: Key) {
        writer.key(key, at: depth)
        writer.text(value)
    }

    func encode(_ value: Double, forKey key: Key) throws { throw unsupported(value) }
    func encode(_ value: Float, forKey key: Key) throws { throw unsupported(value) }
    func encode(_ value: Int, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int8, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int16, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int32, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int64, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt8, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt16, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt32, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt64, forKey key: Key) { integer(value, key) }

    func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
        writer.key(key, at: depth)
        try writer.write(value)
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
        -> KeyedEncodingContainer<Nested>
    {
        writer.key(key, at: depth)
        return FastEncoder(writer: writer).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        writer.key(key, at: depth)
        return FastEncoder(writer: writer).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { FastEncoder(writer: writer) }

    func superEncoder(forKey key: Key) -> any Encoder {
        writer.key(key, at: depth)
        return FastEncoder(writer: writer)
    }
}

private struct FastElements: UnkeyedEncodingContainer {
    let writer: JSONBytes
    let depth: Int
    var count = 0

    var codingPath: [any CodingKey] { [] }

    private mutating func next() {
        writer.next(at: depth)
        count += 1
    }

    private mutating func integer(_ value: some FixedWidthInteger) {
        next()
        writer.number(value)
    }

    mutating func encodeNil() {
        next()
        writer.literal("null")
    }

    mutating func encode(_ value: Bool) {
        next()
        writer.literal(value ? "true" : "false")
    }

    mutating func encode(_ value: String) {
        next()
        writer.text(value)
    }

    mutating func encode(_ value: Double) throws { throw unsupported(value) }
    mutating func encode(_ value: Float) throws { throw unsupported(value) }
    mutating func encode(_ value: Int) { integer(value) }
    mutating func encode(_ value: Int8) { integer(value) }
    mutating func encode(_ value: Int16) { integer(value) }
    mutating func encode(_ value: Int32) { integer(value) }
    mutating func encode(_ value: Int64) { integer(value) }
    mutating func encode(_ value: UInt) { integer(value) }
    mutating func encode(_ value: UInt8) { integer(value) }
    mutating func encode(_ value: UInt16) { integer(value) }
    mutating func encode(_ value: UInt32) { integer(value) }
    mutating func encode(_ value: UInt64) { integer(value) }

    mutating func encode<Value: Encodable>(_ value: Value) throws {
        next()
        try writer.write(value)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type)
        -> KeyedEncodingContainer<Nested>
    {
        next()
        return FastEncoder(writer: writer).container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        next()
        return FastEncoder(writer: writer).unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        next()
        return FastEncoder(writer: writer)
    }
}

private struct FastValue: SingleValueEncodingContainer {
    let writer: JSONBytes

    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.literal("null") }
    func encode(_ value: Bool) { writer.literal(value ? "true" : "false") }
    func encode(_ value: String) { writer.text(value) }
    func encode(_ value: Double) throws { throw unsupported(value) }
    func encode(_ value: Float) throws { throw unsupported(value) }
    func encode(_ value: Int) { writer.number(value) }
    func encode(_ value: Int8) { writer.number(value) }
    func encode(_ value: Int16) { writer.number(value) }
    func encode(_ value: Int32) { writer.number(value) }
    func encode(_ value: Int64) { writer.number(value) }
    func encode(_ value: UInt) { writer.number(value) }
    func encode(_ value: UInt8) { writer.number(value) }
    func encode(_ value: UInt16) { writer.number(value) }
    func encode(_ value: UInt32) { writer.number(value) }
    func encode(_ value: UInt64) { writer.number(value) }
    func encode<Value: Encodable>(_ value: Value) throws { try writer.write(value) }
}

/// A fraction has no exact text, and nothing the station decides on is one.
private func unsupported(_ value: some Any) -> EncodingError {
    .invalidValue(value, EncodingError.Context(codingPath: [], debugDescription: "a fraction is not stored"))
}
