import Foundation
import StationAPI
import Testing

/// The wire of enrolment.
@Suite struct EnrolmentTests {
    @Test func aCodeIsReadHoweverAPersonTypesIt() throws {
        let code = EnrolmentCode.make()
        #expect(code.display.count == 19 && code.text.count == 16)
        #expect(EnrolmentCode(typed: code.display.lowercased() + "\n") == code)
        #expect(EnrolmentCode(typed: " " + code.text.map { "\($0) " }.joined()) == code)
        #expect(EnrolmentCode(typed: "oil0-1111-aaaa-bbbb")?.text == "01101111AAAABBBB")
        for bad in ["", "ABCD", code.text + "A", "ABCD-EFGH-JKMN-PQR!", "UUUU-UUUU-UUUU-UUUU"] {
            #expect(EnrolmentCode(typed: bad) == nil)
        }
        #expect(!"\(code)".contains(code.text) && !String(reflecting: code).contains(code.text))
        #expect(Set((0..<200).map { _ in EnrolmentCode.make() }).count == 200)
    }

    @Test func theDocumentsHaveTheNamesOfTheContract() throws {
        let reply = """
            {"stationId":"store-7","token":"t","tokenExpiresAt":"2027-01-01T00:00:00Z",\
            "stationKey":{"keyId":"k1","key":"AAAA"},"keys":[{"keyId":"g1","use":"grant"}],"later":1}
            """
        let identity = try JSONDecoder().decode(EnrolmentReply.self, from: Data(reply.utf8))
        #expect(identity.stationID == "store-7" && identity.token == "t" && identity.certificate == nil)
        #expect(identity.tokenExpiresAt?.text == "2027-01-01T00:00:00Z")
        #expect(identity.stationKey == .init(keyID: "k1", key: "AAAA"))
        #expect(identity.keys.first?["use"]?.text == "grant")
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let request = EnrolmentRequest(code: "C", box: "kiosk-7", eventKey: "whpk_x")
        #expect(
            String(decoding: try encoder.encode(request), as: UTF8.self)
                == "{\"box\":\"kiosk-7\",\"code\":\"C\",\"eventKey\":\"whpk_x\"}"
        )
        #expect(
            String(decoding: try encoder.encode(CredentialRenewal(token: true)), as: UTF8.self)
                == "{\"token\":true}"
        )
    }

    @Test func itsProblemsAreKnown() {
        #expect(Problem(.enrolmentRefused, status: 403, title: "t").kind == .enrolmentRefused)
        #expect(Problem(type: "https://hq.example/problems/station-replaced").kind == .stationReplaced)
    }
}
