import StationAPI
import Testing

@Suite struct FeedReadingTests {
    @Test func readsEveryKindOfItem() throws {
        let page = try FeedSamples.read(
            FeedSamples.page(
                [
                    FeedSamples.upsert(),
                    "{\"change\":\"remove\",\"orderId\":\"O-2\",\"version\":4,\"reason\":\"rerouted\"}",
                    """
                    {"change":"staff","staff":{"staffId":"s1","version":1,"badge":"\(FeedSamples.digest)",
                    "roles":["associate","janitor"],"pin":{"alg":"scrypt","salt":"AAAAAAAAAAA","n":16384,
                    "r":8,"p":1,"verifier":"\(FeedSamples.digest)"}}}
                    """,
                    "{\"change\":\"policy\",\"policy\":{\"version\":1,\"values\":{\"holdDays\":3,\"x\":true}}}",
                    "{\"change\":\"command\",\"command\":{\"commandId\":\"c\",\"kind\":\"openDoor\"}}",
                ],
                ",\"hasMore\":true,\"snapshot\":true,\"serverTime\":\"2026-05-06T07:08:09Z\""
            )
        )
        #expect(page.items.count == 5)
        #expect(page.hasMore && page.snapshot && !page.isEndOfSnapshot)
        #expect(page.serverTime == WireTime(text: "2026-05-06T07:08:09Z"))
        guard case .order(let order) = page.items[0], case .removal(let removal) = page.items[1],
            case .staff(let staff) = page.items[2], case .policy(let policy) = page.items[3],
            case .command(let command) = page.items[4]
        else {
            Issue.record("\(page.items)")
            return
        }
        #expect(order.orderID == "O-1" && order.version == 3)
        #expect(order.parcels == [ParcelDocument(parcelID: "P-1", label: "L1", size: .named(.medium))])
        #expect(removal.reason == .rerouted)
        #expect(staff.roles == [.associate])
        #expect(policy.values == ["holdDays": .integer(3), "x": .boolean(true)])
        #expect(command.kind == "openDoor")
    }

    @Test func oneBadItemNeverSpoilsThePage() throws {
        let bad = [
            "5", "null", "\"order\"", "[]", "{}", "{\"change\":\"upsert\"}", "{\"change\":7}",
            "{\"change\":\"implode\"}", FeedSamples.upsert(["parcels": "[]"]),
        ]
        let page = try FeedSamples.read(
            FeedSamples.page([FeedSamples.upsert()] + bad + [FeedSamples.upsert()])
        )
        #expect(page.items.count == bad.count + 2)
        for item in page.items.dropFirst().dropLast() {
            guard case .malformed = item else {
                Issue.record("\(item) is not malformed")
                continue
            }
        }
        guard case .order = page.items[0], case .order = page.items[bad.count + 1] else {
            Issue.record("a good item was lost")
            return
        }
    }

    @Test(
        arguments: [
            ("parcels", "[]", MalformedReason.noParcels, "/items/0/order/parcels"),
            ("parcels", "{}", .wrongType(expected: "an array"), "/items/0/order/parcels"),
            (
                "parcels", "[{\"parcelId\":\"P\"},{\"parcelId\":\"P\"}]", .duplicateParcel,
                "/items/0/order/parcels/1"
            ),
            (
                "parcels", "[{\"parcelId\":\"P\",\"size\":{\"width\":-1,\"height\":1,\"depth\":1}}]",
                .outOfRange("a whole number from 1 to 10000"), "/items/0/order/parcels/0/size/width"
            ),
            (
                "parcels", "[{\"parcelId\":\"P\",\"size\":{\"width\":0,\"height\":1,\"depth\":1}}]",
                .outOfRange("a whole number from 1 to 10000"), "/items/0/order/parcels/0/size/width"
            ),
            (
                "parcels", "[{\"parcelId\":\"P\",\"size\":\"XXL\"}]", .unknownValue("S, M, L, XL"),
                "/items/0/order/parcels/0/size"
            ),
            ("version", "\"3\"", .wrongType(expected: "a whole number"), "/items/0/order/version"),
            (
                "version", "0", .outOfRange("a whole number from 1 to 9223372036854775807"),
                "/items/0/order/version"
            ),
            (
                "version", "9223372036854775808",
                .outOfRange("a whole number from 1 to 9223372036854775807"), "/items/0/order/version"
            ),
            ("orderId", "\"O 1\"", .badID, "/items/0/order/orderId"),
            ("orderId", "\"\"", .badID, "/items/0/order/orderId"),
            ("status", "true", .wrongType(expected: "a string"), "/items/0/order/status"),
            (
                "deliveryMode", "\"drone\"", .unknownValue("locker, counter, curbside"),
                "/items/0/order/deliveryMode"
            ),
            (
                "pickup", "{\"notBefore\":\"2026-02-30T00:00:00Z\"}",
                .badTime("RFC 3339 text, for example 2026-05-06T07:08:09Z"),
                "/items/0/order/pickup/notBefore"
            ),
            (
                "codes", "[{\"form\":\"typed\",\"code\":\"1234567\"}]", .badCode("8 to 32 digits"),
                "/items/0/order/codes/0"
            ),
            (
                "codes", "[{\"form\":\"scanned\",\"code\":\"short\"}]",
                .badCode("at least 80 random bits as printable ASCII without spaces"),
                "/items/0/order/codes/0"
            ),
            (
                "amountDue", "{\"amount\":-1,\"currency\":\"EUR\"}",
                .outOfRange("an amount of zero or more, for example 12.50"),
                "/items/0/order/amountDue/amount"
            ),
            (
                "amountDue", "{\"amount\":\"1\",\"currency\":\"E1$\"}",
                .badText("three capital letters"), "/items/0/order/amountDue/currency"
            ),
        ]
    )
    func namesWhatIsWrongAndWhere(
        member: String,
        value: String,
        reason: MalformedReason,
        pointer: String
    ) throws {
        let fault = try FeedSamples.fault(FeedSamples.upsert([member: value]))
        #expect(fault.reason == reason)
        #expect(fault.pointer == pointer)
        #expect(fault.orderID == (member == "orderId" ? nil : "O-1"))
    }

    @Test(arguments: ["orderId", "version", "status", "parcels"])
    func missesWhatMustBeThere(member: String) throws {
        #expect(try FeedSamples.fault(FeedSamples.upsert([member: nil])).reason == .missing(member))
    }

    @Test func anUnknownStatusHoldsTheOrder() throws {
        guard case .order(let order) = try FeedSamples.item(FeedSamples.upsert(["status": "\"teleported\""]))
        else {
            Issue.record("not an order")
            return
        }
        #expect(order.status == .hold)
    }

    @Test func datesInThePastAreHQsBusiness() throws {
        let past = "{\"notBefore\":\"1999-01-01T00:00:00Z\",\"expiresAt\":\"1999-01-02T00:00:00+01:00\"}"
        guard case .order(let order) = try FeedSamples.item(FeedSamples.upsert(["pickup": past])) else {
            Issue.record("not an order")
            return
        }
        #expect(order.pickup.expiresAt == WireTime(text: "1999-01-01T23:00:00Z"))
    }

    @Test func theSameOrderTwiceInAPageComesTwiceInOrder() throws {
        let page = try FeedSamples.read(
            FeedSamples.page([FeedSamples.upsert(["version": "9"]), FeedSamples.upsert(["version": "2"])])
        )
        let versions = page.items.map { if case .order(let order) = $0 { order.version } else { Int64(0) } }
        #expect(versions == [9, 2])
    }

    @Test func aMemberThatComesTwiceIsRefusedHoweverItIsSpelled() throws {
        let twice = "{\"change\":\"upsert\",\"order\":{\"orderId\":\"O-1\",\"orderId\":\"O-2\"}}"
        #expect(try FeedSamples.fault(twice).reason == .duplicateMember)
        // JSON may spell any character of a name as an escape: it is the same name.
        let disguised = "{\"change\":\"upsert\",\"order\":{\"orderId\":\"O-1\",\"order\\u0049d\":\"O-2\"}}"
        #expect(try FeedSamples.fault(disguised).reason == .duplicateMember)
        guard
            case .order(let order) = try FeedSamples.item(
                FeedSamples.upsert(["version": nil, "versio\\u006e": "5"])
            )
        else {
            Issue.record("an escaped name was not understood")
            return
        }
        #expect(order.version == 5)
    }

    @Test func unknownMembersArePassedOverHoweverDeep() throws {
        let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let page = try FeedSamples.read(
            FeedSamples.page([FeedSamples.upsert(["newThing": deep]), FeedSamples.upsert()])
        )
        guard case .order = page.items[0], case .order = page.items[1] else {
            Issue.record("\(page.items)")
            return
        }
    }

    @Test func nestingWithoutEndIsRefusedWithoutATrap() {
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(throws: FeedPageError.self) {
            try FeedSamples.read("{\"items\":[\(deep)")
        }
        #expect(throws: FeedPageError.self) {
            try FeedSamples.read(FeedSamples.page([FeedSamples.upsert(["x": deep])]))
        }
    }

    @Test func everyTruncationIsNoPage() {
        let text = FeedSamples.page(
            [
                FeedSamples.upsert(["displayNumber": "\"a\\u0062\""]),
                FeedSamples.upsert(["x": "[1.5e3,null]"]),
            ],
            ",\"hasMore\":false"
        )
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: FeedPageError.self) { try FeedPage(json: Array(bytes[..<length])) }
        }
        #expect(throws: FeedPageError.self) { try FeedSamples.read(text + "x") }
        #expect(throws: Never.self) { try FeedSamples.read(text + " \r\n\t") }
    }

    @Test func noByteFlippedMakesItTrap() {
        let bytes = Array(FeedSamples.page([FeedSamples.upsert()], ",\"hasMore\":false").utf8)
        for index in bytes.indices {
            for value: UInt8 in [0, 0x22, 0x5C, 0x7B, 0x5D, 0x2D, 0x39, 0x80, 0xFF] {
                var changed = bytes
                changed[index] = value
                _ = try? FeedPage(json: changed)
            }
        }
    }

    @Test func pageMembersOfNoConsequenceDoNotStopTheFeed() throws {
        // Nothing of these is kept, so none of them can stop the whole feed.
        let page = try FeedSamples.read(
            FeedSamples.page(
                [FeedSamples.upsert()],
                ",\"name\":\"orders of store 7\",\"pollAfterSeconds\":999999,\"@odata.count\":1"
            )
        )
        #expect(page.items.count == 1)
        #expect(page.pollAfterSeconds == 86_400)
        #expect(try FeedSamples.read(FeedSamples.page([], ",\"pollAfterSeconds\":1.5")).pollAfterSeconds == 2)
        #expect(try FeedSamples.read(FeedSamples.page([], ",\"pollAfterSeconds\":-3")).pollAfterSeconds == 0)
    }

    @Test(
        arguments: [
            ("[]", "/"), ("{}", "/"), ("{\"items\":[]}", "/"),
            ("{\"items\":{},\"nextCursor\":\"c\"}", "/items"),
            ("{\"items\":[],\"nextCursor\":\"\"}", "/nextCursor"),
            ("{\"items\":[],\"nextCursor\":5}", "/nextCursor"),
            ("{\"items\":[],\"nextCursor\":\"c\",\"hasMore\":\"yes\"}", "/hasMore"),
            ("{\"items\":[],\"items\":[],\"nextCursor\":\"c\"}", "/items"),
        ]
    )
    func aPageThatIsNoneSaysWhere(json: String, pointer: String) {
        #expect {
            try FeedSamples.read(json)
        } throws: { error in
            if case .notAPage(pointer, _)? = error as? FeedPageError { true } else { false }
        }
    }
}
