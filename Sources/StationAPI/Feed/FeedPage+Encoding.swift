extension FeedItem: Encodable {
    private enum CodingKeys: String, CodingKey {
        case change, order, staff, policy, command, key, stationKey, task
        case orderID = "orderId"
        case keyID = "keyId"
        case grantID = "grantId"
        case version, reason, stationName
    }

    /// Encodes the item as HQ sends it; a malformed item has no form on the wire and is refused.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .order(let order):
            try container.encode("upsert", forKey: .change)
            try container.encode(order, forKey: .order)
        case .removal(let removal):
            try container.encode("remove", forKey: .change)
            try container.encode(removal.orderID, forKey: .orderID)
            try container.encode(removal.version, forKey: .version)
            try container.encode(removal.reason, forKey: .reason)
            try container.encodeIfPresent(removal.stationName, forKey: .stationName)
        case .staff(let staff):
            try container.encode("staff", forKey: .change)
            try container.encode(staff, forKey: .staff)
        case .policy(let policy):
            try container.encode("policy", forKey: .change)
            try container.encode(policy, forKey: .policy)
        case .command(let command):
            try container.encode("command", forKey: .change)
            try container.encode(command, forKey: .command)
        case .key(let key):
            try container.encode("key", forKey: .change)
            try container.encode(key, forKey: .key)
        case .revocation(let revocation):
            try container.encode("revoke", forKey: .change)
            switch revocation {
            case .key(let id): try container.encode(id, forKey: .keyID)
            case .grant(let id): try container.encode(id, forKey: .grantID)
            }
        case .stationKey(let key):
            try container.encode("stationKey", forKey: .change)
            try container.encode(key, forKey: .stationKey)
        case .task(let task):
            try container.encode("task", forKey: .change)
            try container.encode(task, forKey: .task)
        case .malformed(_, let pointer, _, _):
            throw EncodingError.invalidValue(
                pointer,
                EncodingError.Context(
                    codingPath: container.codingPath,
                    debugDescription: "a malformed item is never sent"
                )
            )
        }
    }
}

extension ParcelSize: Encodable {
    private enum CodingKeys: String, CodingKey {
        case width, height, depth
    }

    /// Encodes a letter or three measures.
    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .named(let name):
            var container = encoder.singleValueContainer()
            try container.encode(name)
        case .millimetres(let width, let height, let depth):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(width, forKey: .width)
            try container.encode(height, forKey: .height)
            try container.encode(depth, forKey: .depth)
        }
    }
}

extension CodeDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case digest, code, form, digits
        case keyID = "keyId"
    }

    /// Encodes the digest as base64url, or the code itself.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(form, forKey: .form)
        try container.encodeIfPresent(digits, forKey: .digits)
        try container.encodeIfPresent(keyID, forKey: .keyID)
        switch value {
        case .digest(let digest): try container.encode(Base64URL.encode(digest), forKey: .digest)
        case .clear(let code): try container.encode(code, forKey: .code)
        }
    }
}

extension StaffDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case staffID = "staffId"
        case version, badge, roles, pin, revoked
        case keyID = "keyId"
    }

    /// Encodes the badge's digest as base64url.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(staffID, forKey: .staffID)
        try container.encode(version, forKey: .version)
        try container.encodeIfPresent(badge.map { Base64URL.encode($0) }, forKey: .badge)
        try container.encode(roles, forKey: .roles)
        try container.encodeIfPresent(pin, forKey: .pin)
        try container.encode(revoked, forKey: .revoked)
        try container.encodeIfPresent(keyID, forKey: .keyID)
    }
}

extension PINVerifier: Encodable {
    private enum CodingKeys: String, CodingKey {
        case alg, salt, n, r, p, verifier
    }

    /// Encodes with `alg` scrypt and base64url bytes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("scrypt", forKey: .alg)
        try container.encode(Base64URL.encode(salt), forKey: .salt)
        try container.encode(n, forKey: .n)
        try container.encode(r, forKey: .r)
        try container.encode(p, forKey: .p)
        try container.encode(Base64URL.encode(verifier), forKey: .verifier)
    }
}

extension PolicyValue: Encodable {
    /// Encodes the value as itself.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value): try container.encode(value)
        case .boolean(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        }
    }
}
