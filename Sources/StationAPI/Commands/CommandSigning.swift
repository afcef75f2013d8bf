/// Why a command of HQ is not done: who signed it.
public enum CommandFault: String, Error, Hashable, Sendable, Codable, CaseIterable {
    /// No signature, no key id or no time of issue.
    case unsigned
    /// No such key, or not for commands.
    case unknownKey
    /// HQ has taken the key back.
    case revokedKey
    /// The key's window is not now.
    case keyOutOfTime
    /// Not signed by that key for this station, or changed afterwards.
    case badSignature
}

extension CommandDocument {
    /// What is signed: one line a member, always in this order, so that two readers never see two commands. The station's
    /// id is part of it although it is not on the wire: a command for one store does nothing in another.
    ///
    /// ```
    /// PC1
    /// station:store-0042
    /// commandId:c-17
    /// kind:openDoor
    /// issuedAt:1790000000000          (milliseconds since 1970-01-01T00:00:00Z; empty: none)
    /// maxAgeSeconds:60                (empty: none)
    /// nonce:481516                    (empty: none)
    /// keyId:c1
    /// argument:compartment=t:A07      (by name in byte order; t: text, i: whole number, b: true or false)
    /// ```
    ///
    /// Each line ends with a line feed (0x0A), the last one too. Names and texts are printable ASCII, so that no value can
    /// hold a line of its own.
    public func signingText(station: String) -> String {
        var lines = [
            "PC1", "station:\(station)", "commandId:\(commandID)", "kind:\(kind)",
            "issuedAt:\(issuedAt.map { "\($0.milliseconds)" } ?? "")",
            "maxAgeSeconds:\(maxAgeSeconds.map { "\($0)" } ?? "")",
            "nonce:\(nonce ?? "")", "keyId:\(keyID ?? "")",
        ]
        let names = arguments.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for name in names {
            switch arguments[name] {
            case .text(let text): lines.append("argument:\(name)=t:\(text)")
            case .integer(let number): lines.append("argument:\(name)=i:\(number)")
            case .boolean(let isTrue): lines.append("argument:\(name)=b:\(isTrue)")
            case nil: break
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The same command, signed for this station; nil if the key is not for commands.
    public func signed(by key: HQSigningKey, station: String) -> CommandDocument? {
        guard key.use == .command else { return nil }
        var command = self
        command.keyID = key.keyID
        guard let signature = key.signature(of: Array(command.signingText(station: station).utf8)) else {
            return nil
        }
        command.signature = signature
        return command
    }

    /// Why the signature does not count; nil if it does. Age, nonce and whether it was done before are the
    /// station's rules.
    ///
    /// - Parameter time: now, for the window of the key; nil where the time is not known.
    public func fault(station: String, keys: KeyRing, at time: WireTime?) -> CommandFault? {
        guard let keyID, !signature.isEmpty, issuedAt != nil else { return .unsigned }
        switch keys.key(keyID, for: .command, at: time) {
        case .failure(.unknown): return .unknownKey
        case .failure(.revoked): return .revokedKey
        case .failure(.outOfTime): return .keyOutOfTime
        case .success(let key):
            let isValid = KeyRing.isValid(signature, of: Array(signingText(station: station).utf8), by: key)
            return isValid ? nil : .badSignature
        }
    }
}
