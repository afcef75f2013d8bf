/// The payload of a grant, in bytes:
///
/// | bytes | what |
/// |---|---|
/// | 1 | form of the payload: 1 |
/// | 1 | purpose |
/// | 4 + 4 | `notBefore` and `notAfter`, seconds since 1970-01-01T00:00:00Z, big-endian |
/// | text | key id |
/// | text | grant id |
/// | text | order id |
/// | text | display number, empty: the order's id |
/// | 1 + texts | how many stations, and their ids |
/// | 1 + texts | how many parcels, and their ids |
///
/// A text is one byte of length and ASCII. A parcel id that begins with the order's id, and is longer, has bit 7 of its
/// length set and only the rest written; no other spelling of it is taken.
extension Grant {
    private static let form: UInt8 = 1
    private static let shortened: UInt8 = 0x80

    /// The bytes that are signed as base64url.
    ///
    /// - Throws: `GrantFault.malformed` where a limit is not kept.
    public func payload() throws(GrantFault) -> [UInt8] {
        guard hasUsableParts, let start = Self.seconds(notBefore), let end = Self.seconds(notAfter),
            end > start,
            Int64(end) - Int64(start) <= Self.maximumWindowSeconds
        else { throw .malformed }
        var bytes: [UInt8] = [Self.form, purpose.rawValue]
        func add(_ text: some Collection<UInt8>, flag: UInt8 = 0) {
            bytes.append(UInt8(truncatingIfNeeded: text.count) | flag)
            bytes.append(contentsOf: text)
        }
        for number in [start, end] {
            for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        add(keyID.utf8)
        add(grantID.utf8)
        add(orderID.utf8)
        add((displayNumber ?? "").utf8)
        bytes.append(UInt8(truncatingIfNeeded: stations.count))
        for station in stations { add(station.utf8) }
        bytes.append(UInt8(truncatingIfNeeded: parcelIDs.count))
        for parcel in parcelIDs {
            let isShortened = parcel.utf8.count > orderID.utf8.count && parcel.hasPrefix(orderID)
            if isShortened {
                add(parcel.utf8.dropFirst(orderID.utf8.count), flag: Self.shortened)
            } else {
                add(parcel.utf8)
            }
        }
        return bytes
    }

    /// Reads a payload; that it is the only spelling is checked by writing it again.
    init(payload: [UInt8]) throws(GrantFault) {
        var reader = PayloadReader(bytes: payload[...])
        guard try reader.byte() == Self.form else { throw .unknownForm }
        guard let purpose = Purpose(rawValue: try reader.byte()) else { throw .unknownForm }
        let notBefore = try reader.seconds()
        let notAfter = try reader.seconds()
        let keyID = try reader.text()
        let grantID = try reader.text()
        let orderID = try reader.text()
        let displayNumber = try reader.text()
        var stations: [String] = []
        for _ in 0..<(try reader.byte()) { stations.append(try reader.text()) }
        var parcels: [String] = []
        for _ in 0..<(try reader.byte()) {
            let length = try reader.byte()
            let rest = try reader.text(length: length & ~Self.shortened)
            parcels.append(length & Self.shortened == 0 ? rest : orderID + rest)
        }
        guard reader.isAtEnd else { throw .malformed }
        self.init(
            grantID: grantID,
            keyID: keyID,
            purpose: purpose,
            orderID: orderID,
            displayNumber: displayNumber.isEmpty ? nil : displayNumber,
            parcelIDs: parcels,
            stations: stations,
            notBefore: notBefore,
            notAfter: notAfter
        )
        guard hasUsableParts else { throw .malformed }
    }

    private var hasUsableParts: Bool {
        let ids = [grantID, keyID, orderID] + stations + parcelIDs
        let number = displayNumber ?? "-"
        return ids.allSatisfy(WireID.isValid) && keyID.utf8.count <= HQKeyDocument.maximumIDLength
            && grantID.utf8.count <= Self.maximumGrantIDLength && !number.isEmpty && number != orderID
            && number.utf8.count <= WireID.maximumLength
            && number.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E }
            && (1...Self.maximumStations).contains(stations.count)
            && (1...Self.maximumParcels).contains(parcelIDs.count)
            && Set(parcelIDs).count == parcelIDs.count && Set(stations).count == stations.count
    }

    private static func seconds(_ time: WireTime) -> UInt32? {
        time.milliseconds % 1_000 == 0 ? UInt32(exactly: time.milliseconds / 1_000) : nil
    }
}

private struct PayloadReader {
    var bytes: ArraySlice<UInt8>

    var isAtEnd: Bool { bytes.isEmpty }

    mutating func byte() throws(GrantFault) -> UInt8 {
        guard let byte = bytes.popFirst() else { throw .malformed }
        return byte
    }

    mutating func seconds() throws(GrantFault) -> WireTime {
        var value: Int64 = 0
        for _ in 0..<4 { value = value << 8 | Int64(try byte()) }
        return WireTime(milliseconds: value * 1_000)
    }

    mutating func text() throws(GrantFault) -> String {
        try text(length: try byte())
    }

    mutating func text(length: UInt8) throws(GrantFault) -> String {
        guard bytes.count >= Int(length) else { throw .malformed }
        let text = bytes.prefix(Int(length))
        bytes = bytes.dropFirst(Int(length))
        guard text.allSatisfy({ $0 < 0x80 }) else { throw .malformed }
        return String(decoding: text, as: UTF8.self)
    }
}
