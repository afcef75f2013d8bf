private enum KeyMember: String, WireMember {
    case keyID = "keyId"
    case use, alg, publicKey, notBefore, notAfter
    static let table = MemberTable<KeyMember>()
}

private enum StationKeyMember: String, WireMember {
    case keyID = "keyId"
    case key, from
    static let table = MemberTable<StationKeyMember>()
}

extension FeedInput {
    mutating func hqKey() throws(FeedFault) -> HQKeyDocument {
        var walk = try ObjectWalk<KeyMember>(&self)
        var id: String?
        var use: HQKeyUse?
        var alg: String?
        var publicKey: [UInt8]?
        var notBefore: WireTime?
        var notAfter: WireTime?
        while let member = try walk.next(&self) {
            switch member {
            case .keyID: id = try keyIdentifier()
            case .use: use = try word(of: HQKeyUse.self)
            case .alg: alg = try string()
            case .publicKey:
                let length = HQKeyDocument.publicKeyLength
                publicKey = try bytes(length...length)
            case .notBefore: notBefore = try time()
            case .notAfter: notAfter = try time()
            }
        }
        guard let id else { throw .item(.missing("keyId")) }
        guard let use else { throw .item(.missing("use")) }
        guard alg == "ed25519" else { throw .item(.unknownValue("ed25519 as alg")) }
        guard let publicKey else { throw .item(.missing("publicKey")) }
        if let notBefore, let notAfter, notAfter <= notBefore {
            throw .item(.badTime("a notAfter after notBefore"))
        }
        return HQKeyDocument(
            keyID: id,
            use: use,
            publicKey: publicKey,
            notBefore: notBefore,
            notAfter: notAfter
        )
    }

    mutating func stationKey() throws(FeedFault) -> StationKeyDocument {
        var walk = try ObjectWalk<StationKeyMember>(&self)
        var id: String?
        var key: [UInt8]?
        var from: WireTime?
        while let member = try walk.next(&self) {
            switch member {
            case .keyID: id = try keyIdentifier()
            case .key: key = try bytes(StationKeyDocument.keyLength...StationKeyDocument.keyLength)
            case .from: from = try time()
            }
        }
        guard let id else { throw .item(.missing("keyId")) }
        guard let key else { throw .item(.missing("key")) }
        return StationKeyDocument(keyID: id, key: key, from: from)
    }

    /// The id of a key: short enough for a grant.
    mutating func keyIdentifier() throws(FeedFault) -> String {
        let id = try identifier()
        guard id.utf8.count <= HQKeyDocument.maximumIDLength else {
            throw .item(.badText("a key's id of at most \(HQKeyDocument.maximumIDLength) characters"))
        }
        return id
    }

    /// The id of a grant.
    mutating func grantIdentifier() throws(FeedFault) -> String {
        let id = try identifier()
        guard id.utf8.count <= Grant.maximumGrantIDLength else {
            throw .item(.badText("a grant's id of at most \(Grant.maximumGrantIDLength) characters"))
        }
        return id
    }
}
