private enum OrderMember: String, WireMember {
    case orderID = "orderId"
    case version, displayNumber, status, deliveryMode, parcels, pickup, codes, amountDue, station, stationName
    case lines, externalRefs

    static let table = MemberTable<OrderMember>()
}

private enum ParcelMember: String, WireMember {
    case parcelID = "parcelId"
    case label, size, lines
    static let table = MemberTable<ParcelMember>()
}

private enum ShareMember: String, WireMember {
    case lineID = "lineId"
    case quantity
    static let table = MemberTable<ShareMember>()
}

private enum SizeMember: String, WireMember {
    case width, height, depth
    static let table = MemberTable<SizeMember>()
}

private enum PickupMember: String, WireMember {
    case notBefore, expiresAt
    static let table = MemberTable<PickupMember>()
}

private enum CodeMember: String, WireMember {
    case digest, code, form, digits
    case keyID = "keyId"
    static let table = MemberTable<CodeMember>()
}

private enum AmountMember: String, WireMember {
    case amount, currency
    static let table = MemberTable<AmountMember>()
}

private enum LineMember: String, WireMember {
    case lineID = "lineId"
    case sku, quantity
    static let table = MemberTable<LineMember>()
}

extension FeedInput {
    /// An order. `orderID` is set as soon as it is read, so that a bad order still has its name.
    mutating func order(id orderID: inout String?) throws(FeedFault) -> OrderDocument {
        var walk = try ObjectWalk<OrderMember>(&self)
        var version: Int64?
        var displayNumber: String?
        var status: OrderStatus?
        var parcels: [ParcelDocument]?
        var order = OrderDocument(orderID: "", version: 0, displayNumber: "", status: .hold, parcels: [])
        while let member = try walk.next(&self) {
            switch member {
            case .orderID: orderID = try identifier()
            case .version: version = try self.version()
            case .displayNumber: displayNumber = try printable(1...32)
            case .status: status = OrderStatus(rawValue: try string()) ?? .hold
            case .deliveryMode: order.deliveryMode = try word(of: DeliveryMode.self)
            case .parcels: parcels = try self.parcels()
            case .pickup: order.pickup = try pickup()
            case .codes: order.codes = try codes()
            case .amountDue: order.amountDue = try amountDue()
            case .station: order.station = try identifier()
            case .stationName: order.stationName = try words(limit: 128)
            case .lines: order.lines = try lines()
            case .externalRefs: order.externalRefs = try externalRefs()
            }
        }
        guard let orderID else { throw .item(.missing("orderId")) }
        guard let version else { throw .item(.missing("version")) }
        guard let status else { throw .item(.missing("status")) }
        guard let parcels else { throw .item(.missing("parcels")) }
        order.orderID = orderID
        order.version = version
        order.displayNumber = displayNumber ?? String(orderID.suffix(32))
        order.status = status
        order.parcels = parcels
        return order
    }

    private mutating func parcels() throws(FeedFault) -> [ParcelDocument] {
        var walk = try ArrayWalk(&self, limit: OrderDocument.maximumParcels)
        var parcels: [ParcelDocument] = []
        while try walk.next(&self) {
            let parcel = try self.parcel()
            // Few enough that comparing each with each is quicker than a set.
            guard !parcels.contains(where: { $0.parcelID == parcel.parcelID || $0.label == parcel.label })
            else {
                throw .item(.duplicateParcel)
            }
            parcels.append(parcel)
        }
        guard !parcels.isEmpty else { throw .item(.noParcels) }
        return parcels
    }

    private mutating func parcel() throws(FeedFault) -> ParcelDocument {
        var walk = try ObjectWalk<ParcelMember>(&self)
        var id: String?
        var label: String?
        var size: ParcelSize?
        var lines: [ParcelLine] = []
        while let member = try walk.next(&self) {
            switch member {
            case .parcelID: id = try identifier()
            case .label: label = try printable(1...128)
            case .size: size = try self.size()
            case .lines: lines = try shares()
            }
        }
        guard let id else { throw .item(.missing("parcelId")) }
        return ParcelDocument(parcelID: id, label: label, size: size, lines: lines)
    }

    private mutating func shares() throws(FeedFault) -> [ParcelLine] {
        var walk = try ArrayWalk(&self, limit: OrderDocument.maximumLines)
        var lines: [ParcelLine] = []
        while try walk.next(&self) {
            var members = try ObjectWalk<ShareMember>(&self)
            var id: String?
            var quantity: Int64?
            while let member = try members.next(&self) {
                switch member {
                case .lineID: id = try identifier()
                case .quantity: quantity = try integer(1...1_000_000)
                }
            }
            guard let id else { throw .item(.missing("lineId")) }
            guard let quantity else { throw .item(.missing("quantity")) }
            lines.append(ParcelLine(lineID: id, quantity: quantity))
        }
        return lines
    }

    private mutating func size() throws(FeedFault) -> ParcelSize {
        let kind = try syntax { (json) throws(JSONSyntaxError) in try json.kind() }
        if kind == .string { return .named(try word(of: SizeClass.self)) }
        guard kind == .object else { throw .item(.wrongType(expected: "S, M, L, XL or measures")) }
        var walk = try ObjectWalk<SizeMember>(&self)
        let range = 1...Int64(ParcelSize.maximumMillimetres)
        var width: Int64?
        var height: Int64?
        var depth: Int64?
        while let member = try walk.next(&self) {
            switch member {
            case .width: width = try integer(range)
            case .height: height = try integer(range)
            case .depth: depth = try integer(range)
            }
        }
        guard let width else { throw .item(.missing("width")) }
        guard let height else { throw .item(.missing("height")) }
        guard let depth else { throw .item(.missing("depth")) }
        return .millimetres(width: Int(width), height: Int(height), depth: Int(depth))
    }

    private mutating func pickup() throws(FeedFault) -> PickupWindow {
        var walk = try ObjectWalk<PickupMember>(&self)
        var window = PickupWindow()
        while let member = try walk.next(&self) {
            switch member {
            case .notBefore: window.notBefore = try time()
            case .expiresAt: window.expiresAt = try time()
            }
        }
        if let start = window.notBefore, let end = window.expiresAt, end <= start {
            throw .item(.badTime("an expiresAt after notBefore"))
        }
        return window
    }

    private mutating func codes() throws(FeedFault) -> [CodeDocument] {
        var walk = try ArrayWalk(&self, limit: OrderDocument.maximumCodes)
        var codes: [CodeDocument] = []
        while try walk.next(&self) { codes.append(try code()) }
        return codes
    }

    private mutating func code() throws(FeedFault) -> CodeDocument {
        var walk = try ObjectWalk<CodeMember>(&self)
        var digest: [UInt8]?
        var clear: String?
        var form: CodeDocument.Form?
        var digits: Int?
        var keyID: String?
        while let member = try walk.next(&self) {
            switch member {
            case .digest: digest = try bytes(CodeDocument.digestLength...CodeDocument.digestLength)
            case .code: clear = try string()
            case .form: form = try word(of: CodeDocument.Form.self)
            case .digits:
                let range = Int64(CodeDocument.minimumDigits)...Int64(CodeDocument.maximumDigits)
                digits = Int(try integer(range))
            case .keyID: keyID = try keyIdentifier()
            }
        }
        guard let form else { throw .item(.missing("form")) }
        switch (digest, clear) {
        case (let digest?, nil):
            return CodeDocument(form: form, digits: digits, value: .digest(digest), keyID: keyID)
        case (nil, let clear?): return try Self.clearCode(clear, form: form)
        case (nil, nil): throw .item(.missing("digest"))
        case (_?, _?): throw .item(.badCode("either a digest or a code, not both"))
        }
    }

    private static func clearCode(
        _ code: String,
        form: CodeDocument.Form
    ) throws(FeedFault) -> CodeDocument {
        switch form {
        case .typed:
            let range = CodeDocument.minimumDigits...CodeDocument.maximumDigits
            guard range.contains(code.utf8.count), code.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
                throw .item(.badCode("\(range.lowerBound) to \(range.upperBound) digits"))
            }
            return CodeDocument(form: form, digits: code.utf8.count, value: .clear(code))
        case .scanned:
            let range = CodeDocument.minimumScannedLength...CodeDocument.maximumScannedLength
            guard range.contains(code.utf8.count), code.utf8.allSatisfy({ $0 >= 0x21 && $0 <= 0x7E }) else {
                throw .item(.badCode("at least 80 random bits as printable ASCII without spaces"))
            }
            return CodeDocument(form: form, value: .clear(code))
        }
    }

    private mutating func amountDue() throws(FeedFault) -> AmountDue {
        var walk = try ObjectWalk<AmountMember>(&self)
        var amount: String?
        var currency: String?
        while let member = try walk.next(&self) {
            switch member {
            case .amount: amount = try decimal()
            case .currency: currency = try self.currency()
            }
        }
        guard let amount else { throw .item(.missing("amount")) }
        guard let currency else { throw .item(.missing("currency")) }
        return AmountDue(amount: amount, currency: currency)
    }

    private mutating func currency() throws(FeedFault) -> String {
        let text = try string()
        guard text.utf8.count == 3, text.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }) else {
            throw .item(.badText("three capital letters"))
        }
        return text
    }

    /// An amount as a number or as text; kept as text because money is no binary fraction.
    private mutating func decimal() throws(FeedFault) -> String {
        let kind = try syntax { (json) throws(JSONSyntaxError) in try json.kind() }
        let text: String
        switch kind {
        case .string: text = try string()
        case .number:
            let range = try syntax { (json) throws(JSONSyntaxError) in try json.rawNumber() }
            text = String(decoding: json.bytes[range], as: UTF8.self)
        default: throw .item(.wrongType(expected: "an amount"))
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isDecimal = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
        }
        guard isDecimal, parts.count <= 2, text.utf8.count <= 20 else {
            throw .item(.outOfRange("an amount of zero or more, for example 12.50"))
        }
        return text
    }

    private mutating func lines() throws(FeedFault) -> [OrderLine] {
        var walk = try ArrayWalk(&self, limit: OrderDocument.maximumLines)
        var lines: [OrderLine] = []
        while try walk.next(&self) {
            var members = try ObjectWalk<LineMember>(&self)
            var id: String?
            var sku: String?
            var quantity: Int64?
            while let member = try members.next(&self) {
                switch member {
                case .lineID: id = try identifier()
                case .sku: sku = try printable(1...64)
                case .quantity: quantity = try integer(1...1_000_000)
                }
            }
            guard let id else { throw .item(.missing("lineId")) }
            guard let sku else { throw .item(.missing("sku")) }
            guard let quantity else { throw .item(.missing("quantity")) }
            lines.append(OrderLine(lineID: id, sku: sku, quantity: quantity))
        }
        return lines
    }

    private mutating func externalRefs() throws(FeedFault) -> [String: String] {
        try map(limit: 16) { (input) throws(FeedFault) in try input.printable(1...128) }
    }
}
