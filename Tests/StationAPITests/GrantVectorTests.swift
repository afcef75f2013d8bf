import Foundation
import StationAPI
import Testing

/// Vectors that another ed25519 made (`Vectors/make-vectors`): a form that changes by accident fails here.
@Suite struct GrantVectorTests {
    struct File: Decodable {
        struct Key: Decodable {
            var keyId: String
            var use: HQKeyUse
            var publicKey: String
        }
        struct Case: Decodable {
            var name: String
            var text: String
            var fault: GrantFault?
            var station: String
            var time: Int64?
        }
        var keys: [Key]
        var seeds: [String: String]
        var revokedKeys: [String]
        var revokedGrants: [String]
        var cases: [Case]
    }

    struct Commands: Decodable {
        struct Case: Decodable {
            var commandId: String
            var kind: String
            var issuedAtMs: Int64
            var maxAgeSeconds: Int64?
            var nonce: String?
            var keyId: String
            var arguments: [String: JSONValue]
            var signingText: String
            var signature: String

            var document: CommandDocument {
                let values = arguments.compactMapValues { value -> PolicyValue? in
                    switch value {
                    case .string(let text): .text(text)
                    case .integer(let number): .integer(number)
                    case .boolean(let isTrue): .boolean(isTrue)
                    default: nil
                    }
                }
                return CommandDocument(
                    commandID: commandId,
                    kind: kind,
                    issuedAt: WireTime(milliseconds: issuedAtMs),
                    maxAgeSeconds: maxAgeSeconds,
                    nonce: nonce,
                    arguments: values,
                    keyID: keyId,
                    signature: Base64URL.decode(signature) ?? []
                )
            }
        }
        var station: String
        var cases: [Case]
    }

    static func read<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        return try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
    }

    static func ring(_ file: File) throws -> KeyRing {
        var ring = KeyRing()
        for key in file.keys {
            let bytes = try #require(Base64URL.decode(key.publicKey))
            try ring.add(HQKeyDocument(keyID: key.keyId, use: key.use, publicKey: bytes))
        }
        for id in file.revokedKeys { ring.revoke(.key(id)) }
        for id in file.revokedGrants { ring.revoke(.grant(id)) }
        return ring
    }

    static func key(_ name: String, _ use: HQKeyUse, _ file: File) throws -> HQSigningKey {
        let seed = try #require(file.seeds[name].flatMap { Base64URL.decode($0) })
        return try #require(HQSigningKey(keyID: name, use: use, seed: seed))
    }

    @Test func everyVectorIsTakenOrRefusedForItsReason() throws {
        let file = try Self.read("grants.json", as: File.self)
        let ring = try Self.ring(file)
        #expect(Set(file.cases.compactMap(\.fault)).isSuperset(of: [.expired, .badSignature, .notCanonical]))
        for vector in file.cases {
            let time = vector.time.map { WireTime(milliseconds: $0) }
            var found: GrantFault?
            do throws(GrantFault) {
                found = try Grant(text: vector.text, keys: ring, at: time)
                    .fault(at: time, station: vector.station)
            } catch {
                found = error
            }
            #expect(found == vector.fault, "\(vector.name)")
        }
    }

    @Test func weWriteWhatTheOtherImplementationWrote() throws {
        let file = try Self.read("grants.json", as: File.self)
        let good = try #require(file.cases.first)
        let grant = try Grant(text: good.text, keys: try Self.ring(file), at: nil)
        #expect(grant.orderID == "SO-1" && grant.parcelIDs == ["SO-1-1", "X9"] && grant.grantID == "G-1")
        // The library may add randomness to a signature; what is signed must be the same.
        let written = try grant.signed(by: try Self.key("g1", .grant, file))
        let head = { (text: String) in String(text.prefix { _ in true }.dropLast(87)) }
        #expect(head(written) == head(good.text))
        #expect(try Grant(text: written, keys: try Self.ring(file), at: nil) == grant)
    }

    @Test func everyFlippedBitOfAGrantIsRefused() throws {
        let file = try Self.read("grants.json", as: File.self)
        let ring = try Self.ring(file)
        let good = Array(try #require(file.cases.first).text.utf8)
        for index in good.indices {
            for bit in 0..<7 {
                var bytes = good
                bytes[index] ^= 1 << UInt8(bit)
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(throws: GrantFault.self, "byte \(index) bit \(bit)") {
                    try Grant(text: text, keys: ring, at: nil)
                }
            }
        }
    }

    @Test func aGrantThatFitsNoQRCodeIsNotMade() throws {
        let file = try Self.read("grants.json", as: File.self)
        let long = String(repeating: "L", count: 60)
        let grant = Grant(
            grantID: "G",
            keyID: "g1",
            orderID: long,
            parcelIDs: ["X" + long, "Y" + long],
            stations: ["s"],
            notBefore: WireTime(milliseconds: 0),
            notAfter: WireTime(milliseconds: 1_000)
        )
        #expect(throws: GrantFault.tooLong) { try grant.signed(by: try Self.key("g1", .grant, file)) }
        #expect(throws: GrantFault.unknownKey) { try grant.signed(by: try Self.key("c1", .command, file)) }
    }

    @Test func commandsAreSignedOverTheSameTextAsElsewhere() throws {
        let file = try Self.read("commands.json", as: Commands.self)
        let keys = try Self.read("grants.json", as: File.self)
        let ring = try Self.ring(keys)
        let secret = try Self.key("c1", .command, keys)
        for vector in file.cases {
            let command = vector.document
            #expect(command.signingText(station: file.station) == vector.signingText)
            #expect(command.fault(station: file.station, keys: ring, at: nil) == nil)
            #expect(command.fault(station: "store-2", keys: ring, at: nil) == .badSignature)
            var changed = command
            changed.arguments["compartment"] = .text("A08")
            #expect(changed.fault(station: file.station, keys: ring, at: nil) == .badSignature)
            var unsigned = command
            unsigned.signature = []
            #expect(unsigned.fault(station: file.station, keys: ring, at: nil) == .unsigned)
            let again = try #require(changed.signed(by: secret, station: file.station))
            #expect(again.fault(station: file.station, keys: ring, at: nil) == nil)
        }
    }

    @Test func aKeyKeepsItsBytesAndARevokedOneNeverComesBack() throws {
        var ring = KeyRing()
        let first = HQKeyDocument(keyID: "k", use: .grant, publicKey: Array(repeating: 1, count: 32))
        try ring.add(first)
        try ring.add(first)
        var other = first
        other.publicKey[0] = 2
        #expect(throws: KeyRing.Refusal.keyChanged) { try ring.add(other) }
        other = first
        other.use = .command
        #expect(throws: KeyRing.Refusal.keyChanged) { try ring.add(other) }
        ring.revoke(.key("k"))
        #expect(throws: KeyRing.Refusal.keyRevoked) { try ring.add(first) }
        #expect(try JSONDecoder().decode(KeyRing.self, from: JSONEncoder().encode(ring)) == ring)
    }
}
