import StationAPI
import Testing

@Suite struct PersonalDataTests {
    @Test(
        arguments: [
            "customerName", "first_name", "Email", "PHONE", "shippingAddress", "customerMobilePhone",
            "recipient",
            "productName", "e\\u006dail",
        ]
    )
    func anOrderWithAMemberForAPersonIsRefused(member: String) throws {
        let fault = try FeedSamples.fault(FeedSamples.upsert([member: "\"Maria Muster\""]))
        guard case .personalData = fault.reason else {
            Issue.record("\(fault.reason)")
            return
        }
        #expect(!fault.excerpt.contains("Maria"))
        #expect(!fault.pointer.contains("Maria"))
        #expect(fault.orderID == "O-1")
    }

    @Test func itIsFoundHoweverDeepItHides() throws {
        let nested = "[{\"a\":{\"deliverTo\":[1,{\"lastName\":\"Muster\"}]}}]"
        let fault = try FeedSamples.fault(FeedSamples.upsert(["attributes": nested]))
        #expect(fault.reason == .personalData("lastname"))
        #expect(!fault.excerpt.contains("Muster"))
        let inMap = try FeedSamples.fault(FeedSamples.upsert(["externalRefs": "{\"customerId\":\"C-9\"}"]))
        #expect(inMap.reason == .personalData("customerid"))
    }

    @Test func anExcerptShowsNoCodeWhereverItStands() throws {
        let code = "8271930465"
        let places: [[String: String?]] = [
            ["codes": "[{\"form\":\"typed\",\"code\":\"\(code)\",\"digest\":\"x\"}]"],
            ["codes": "[{\"form\":\"typed\",\"digits\":\(code)}]"],
            ["codes": "{\"\(code)\":\"typed\"}"],
            ["codes": "[\"\(code)\"]"],
            ["codes": "[\(code)]"],
            ["version": "\"for Maria Muster \(code)\""],
            ["pickupCode": "\"\(code)\"", "parcels": "[]"],
        ]
        for place in places {
            let fault = try FeedSamples.fault(FeedSamples.upsert(place))
            #expect(!fault.excerpt.contains(code) && !fault.excerpt.contains("Maria"), "\(fault.excerpt)")
            #expect(!"\(fault.reason)".contains(code))
            #expect(!fault.pointer.contains(code))
        }
    }

    @Test func anExcerptShowsWhereToLook() throws {
        let excerpt = try FeedSamples.fault(FeedSamples.upsert(["parcels": "[]"])).excerpt
        #expect(excerpt.contains("\"orderId\":\"O-1\""))
        #expect(excerpt.contains("\"version\":3"))
        #expect(excerpt.contains("\"parcels\":[]"))
    }

    @Test func anExcerptIsShortHoweverLargeTheItem() throws {
        let lines = (0..<600).map { "{\"lineId\":\"\($0)\",\"sku\":\"s\",\"quantity\":1}" }
        let fault = try FeedSamples.fault(FeedSamples.upsert(["lines": "[\(lines.joined(separator: ","))]"]))
        #expect(fault.reason == .tooMany(limit: OrderDocument.maximumLines))
        #expect(fault.excerpt.count <= FeedItem.excerptLimit)
    }

    @Test func aCodeIsNotPrinted() {
        let code = CodeDocument(form: .typed, value: .clear("8271930465"))
        #expect("\(code)" == "code(typed)")
        var text = ""
        dump(code, to: &text)
        #expect(!text.contains("8271930465"))
        #expect(
            !String(
                reflecting: OrderDocument(
                    orderID: "O",
                    version: 1,
                    displayNumber: "1",
                    status: .ready,
                    parcels: [],
                    codes: [code]
                )
            ).contains("8271930465")
        )
    }

    @Test(arguments: ["Laden\\u202E", "a\\u0085b", "a\\u0007", "\\u2066x"])
    func wordsForTheScreenHoldNoControlCharacters(name: String) throws {
        let fault = try FeedSamples.fault(FeedSamples.upsert(["stationName": "\"\(name)\""]))
        #expect(fault.reason == .badText("1 to 128 bytes without control characters"))
    }
}
