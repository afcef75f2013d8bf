import Foundation
import StationAPI
import Testing

/// Standard Webhooks: what others sign is accepted, what we sign is what others expect.
@Suite struct WebhookSignatureTests {
    // The vectors of the reference implementations (standard-webhooks/standard-webhooks, libraries/*/test; the
    // asymmetric one is of svix/svix-webhooks, server, test_asymmetric_key_signing).
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let pair =
        "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
    private static let publicKey = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
    private static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private static let time: Int64 = 1_614_265_330
    private static let body = Array("{\"test\": 2432232314}".utf8)
    private static let v1 = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    private static let v1a =
        "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="

    @Test(arguments: [(secret, v1), (pair, v1a)])
    func thePublishedVectorsComeOut(key: String, signature: String) throws {
        let key = try WebhookSigningKey(text: key)
        let headers = StandardWebhooks.sign(id: Self.id, timestamp: Self.time, body: Self.body, keys: [key])
        #expect(headers.fields.map(\.value) == [Self.id, "\(Self.time)", signature])
        #expect(headers.fields.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
    }

    @Test(arguments: [(secret, v1), (publicKey, v1a)])
    func thePublishedVectorsAreAccepted(key: String, signature: String) throws {
        let headers = StandardWebhooks.Headers(id: Self.id, timestamp: "\(Self.time)", signature: signature)
        let key = try WebhookVerificationKey(text: " \(key)\n")
        try StandardWebhooks.verify(headers, body: Self.body, keys: [key], now: Self.time + 300)
        try StandardWebhooks.verify(headers, body: Self.body, keys: [key], now: Self.time - 300)
        try StandardWebhooks.verify(headers, body: Self.body, keys: [key], now: 0, tolerance: nil)
    }

    @Test(arguments: [secret, publicKey])
    func whateverIsChangedIsRefused(key: String) throws {
        let keys = [try WebhookVerificationKey(text: key)]
        let signature = key == Self.secret ? Self.v1 : Self.v1a
        func refusal(
            id: String? = Self.id,
            time: String? = "\(Self.time)",
            signature: String?,
            body: [UInt8] = Self.body,
            now: Int64 = Self.time
        ) -> StandardWebhooks.Refusal? {
            do throws(StandardWebhooks.Refusal) {
                let headers = StandardWebhooks.Headers(id: id, timestamp: time, signature: signature)
                try StandardWebhooks.verify(headers, body: body, keys: keys, now: now)
                return nil
            } catch { return error }
        }
        #expect(refusal(signature: signature) == nil)
        #expect(refusal(id: nil, signature: signature) == .notSigned)
        #expect(refusal(time: nil, signature: signature) == .notSigned)
        #expect(refusal(signature: nil) == .notSigned)
        #expect(refusal(time: "yesterday", signature: signature) == .badTimestamp)
        #expect(refusal(time: "0\(Self.time)", signature: signature) == .badTimestamp)
        #expect(refusal(signature: signature, now: Self.time + 301) == .tooOld(seconds: 301))
        #expect(refusal(signature: signature, now: Self.time - 301) == .tooNew(seconds: 301))
        #expect(refusal(id: "msg_other", signature: signature) == .wrongSignature)
        #expect(refusal(time: "\(Self.time + 1)", signature: signature) == .wrongSignature)
        #expect(refusal(signature: signature, body: Self.body + [0x20]) == .wrongSignature)
        #expect(refusal(signature: String(signature.dropLast(3)) + "A==") == .wrongSignature)
        #expect(refusal(signature: String(signature.drop { $0 != "," }.dropFirst())) == .wrongSignature)
        // A signature of the other kind does not count, nor does one with another version in front.
        #expect(refusal(signature: key == Self.secret ? Self.v1a : Self.v1) == .wrongSignature)
        #expect(refusal(signature: "v2" + signature.drop { $0 != "," }) == .wrongSignature)
    }

    @Test func whileKeysChangeBothSignAndEitherIsEnough() throws {
        let old = try WebhookSigningKey(text: Self.secret)
        let new = WebhookSigningKey.makePair()
        let headers = StandardWebhooks.sign(id: "e-1", timestamp: 5, body: Self.body, keys: [old, new])
        #expect(headers.signature.split(separator: " ").count == 2)
        for key in [old, new] {
            try StandardWebhooks.verify(headers, body: Self.body, keys: [key.verificationKey], now: 5)
        }
        let another = WebhookSigningKey.makeSecret().verificationKey
        #expect(throws: StandardWebhooks.Refusal.wrongSignature) {
            try StandardWebhooks.verify(headers, body: Self.body, keys: [another], now: 5)
        }
        try StandardWebhooks.verify(headers, body: Self.body, keys: [another, new.verificationKey], now: 5)
    }

    @Test func aKeySurvivesBeingWritten() throws {
        #expect(try WebhookSigningKey(text: Self.pair).text == Self.pair)
        #expect(try WebhookSigningKey(text: Self.pair).verificationKey.text == Self.publicKey)
        let new = WebhookSigningKey.makePair()
        let again = try WebhookSigningKey(text: new.text)
        #expect(again.verificationKey.text == new.verificationKey.text)
        #expect(new.text != WebhookSigningKey.makePair().text)
    }

    @Test(
        arguments: [
            ("", "whsec_"), ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_"), (publicKey, "whsec_"),
            ("whsec_%%", "base64"), ("whsec_", "0 bytes"), ("whsec_c2hvcnQ=", "5 bytes"),
            (String(pair.dropLast(4)), "bytes"),
            // The public half of another pair.
            (
                "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlaaaaaaaaaaAJ6p9lMicMFs6Kvg==",
                "public half"
            ),
        ]
    )
    func aBadKeyIsRefusedInWordsThatDoNotShowIt(text: String, because: String) {
        #expect {
            try WebhookSigningKey(text: text)
        } throws: { error in
            "\(error)".contains(because) && (text.count < 12 || !"\(error)".contains(text.dropFirst(6)))
        }
    }

    @Test func theTraceIsTheMessagesAndTheParentTheAttempts() throws {
        let first = TraceParent.value(messageID: "e-1", attempt: 0xAB)
        let second = TraceParent.value(messageID: "e-1", attempt: .max)
        #expect(first.wholeMatch(of: /00-[0-9a-f]{32}-00000000000000ab-01/) != nil)
        #expect(second.wholeMatch(of: /00-[0-9a-f]{32}-ffffffffffffffff-01/) != nil)
        #expect(first.prefix(35) == second.prefix(35))
        #expect(TraceParent.value(messageID: "e-2", attempt: 1).prefix(35) != first.prefix(35))
        // An id of zeros is invalid (W3C Trace Context 3.2.2.4).
        #expect(TraceParent.value(messageID: "e-1", attempt: 0).hasSuffix("-0000000000000001-01"))
    }
}
