private enum StaffMember: String, WireMember {
    case staffID = "staffId"
    case version, badge, roles, pin, revoked
    case keyID = "keyId"
    static let table = MemberTable<StaffMember>()
}

private enum PINMember: String, WireMember {
    case alg, salt, n, r, p, verifier
    static let table = MemberTable<PINMember>()
}

private enum PolicyMember: String, WireMember {
    case version, values
    static let table = MemberTable<PolicyMember>()
}

extension FeedInput {
    mutating func staff() throws(FeedFault) -> StaffDocument {
        var walk = try ObjectWalk<StaffMember>(&self)
        var id: String?
        var version: Int64?
        var staff = StaffDocument(staffID: "", version: 0, badge: nil, roles: [], pin: nil)
        while let member = try walk.next(&self) {
            switch member {
            case .staffID: id = try identifier()
            case .version: version = try self.version()
            case .badge: staff.badge = try bytes(CodeDocument.digestLength...CodeDocument.digestLength)
            case .roles: staff.roles = try roles()
            case .pin: staff.pin = try pin()
            case .revoked: staff.revoked = try boolean()
            case .keyID: staff.keyID = try keyIdentifier()
            }
        }
        guard let id else { throw .item(.missing("staffId")) }
        guard let version else { throw .item(.missing("version")) }
        if !staff.revoked {
            guard staff.badge != nil else { throw .item(.missing("badge")) }
            guard staff.pin != nil else { throw .item(.missing("pin")) }
        }
        staff.staffID = id
        staff.version = version
        return staff
    }

    /// Roles that this version does not know grant nothing and are left out.
    private mutating func roles() throws(FeedFault) -> [StaffRole] {
        var walk = try ArrayWalk(&self, limit: 16)
        var roles: [StaffRole] = []
        while try walk.next(&self) {
            if let role = StaffRole(rawValue: try string()), !roles.contains(role) { roles.append(role) }
        }
        return roles
    }

    private mutating func pin() throws(FeedFault) -> PINVerifier {
        var walk = try ObjectWalk<PINMember>(&self)
        var alg: String?
        var pin = PINVerifier(salt: [], n: 0, r: 0, p: 0, verifier: [])
        while let member = try walk.next(&self) {
            switch member {
            case .alg: alg = try string()
            case .salt: pin.salt = try bytes(8...64)
            case .n: pin.n = Int(try integer(2...Int64(PINVerifier.maximumCost)))
            case .r: pin.r = Int(try integer(1...32))
            case .p: pin.p = Int(try integer(1...16))
            case .verifier: pin.verifier = try bytes(16...64)
            }
        }
        guard alg == "scrypt" else { throw .item(.unknownValue("scrypt as alg")) }
        guard !pin.salt.isEmpty else { throw .item(.missing("salt")) }
        guard !pin.verifier.isEmpty else { throw .item(.missing("verifier")) }
        let isPowerOfTwo = pin.n & (pin.n - 1) == 0
        guard pin.n >= 2, isPowerOfTwo, pin.r >= 1, pin.p >= 1,
            128 * pin.n * pin.r <= PINVerifier.maximumMemory
        else {
            throw .item(.outOfRange("n as a power of two, r and p, with 128 n r of at most 128 MiB"))
        }
        return pin
    }

    mutating func policy() throws(FeedFault) -> PolicyDocument {
        var walk = try ObjectWalk<PolicyMember>(&self)
        var version: Int64?
        var values: [String: PolicyValue] = [:]
        while let member = try walk.next(&self) {
            switch member {
            case .version: version = try self.version()
            case .values:
                values = try map(limit: PolicyDocument.maximumValues) { (input) throws(FeedFault) in
                    try input.policyValue()
                }
            }
        }
        guard let version else { throw .item(.missing("version")) }
        return PolicyDocument(version: version, values: values)
    }

    mutating func policyValue() throws(FeedFault) -> PolicyValue {
        switch try syntax({ (json) throws(JSONSyntaxError) in try json.kind() }) {
        case .number: .integer(try integer(Int64.min...Int64.max))
        case .bool: .boolean(try boolean())
        case .string: .text(try printable(0...256))
        case .object, .array, .null:
            throw .item(.wrongType(expected: "a whole number, true, false or a word"))
        }
    }

    /// An object used as a map: free names (ids), one kind of value; `null` values are left out.
    mutating func map<Value>(
        limit: Int,
        value: (inout FeedInput) throws(FeedFault) -> Value
    ) throws(FeedFault) -> [String: Value] {
        guard try syntax({ (json) throws(JSONSyntaxError) in try json.kind() }) == .object else {
            throw .item(.wrongType(expected: "an object"))
        }
        json.position += 1
        var result: [String: Value] = [:]
        if try syntax({ (json) throws(JSONSyntaxError) in try json.take(UInt8(ascii: "}")) }) {
            return result
        }
        var hasMore = true
        while hasMore {
            let name = try identifier()
            if let found = PersonalData.match(name) { throw .item(.personalData(found)) }
            try syntax { (json) throws(JSONSyntaxError) in try json.expect(UInt8(ascii: ":")) }
            path.append(.member(name))
            guard result[name] == nil else { throw .item(.duplicateMember) }
            if try !takeNull() { result[name] = try value(&self) }
            path.removeLast()
            guard result.count <= limit else { throw .item(.tooMany(limit: limit)) }
            hasMore = try syntax { (json) throws(JSONSyntaxError) in
                if try json.take(UInt8(ascii: ",")) { return true }
                try json.expect(UInt8(ascii: "}"))
                return false
            }
        }
        return result
    }
}
