import Foundation
import StationAPI
import Testing

@Suite struct ReportTests {
    @Test(
        arguments: [
            ("urn:pickup-station:problem:payload-invalid", Problem.Kind.payloadInvalid),
            ("https://hq.example/problems/unknown-order", .unknownOrder), ("about:blank", nil),
            ("https://hq.example/problems/unknown-order/", .unknownOrder), ("payload-invalid-not", nil),
            ("", nil),
        ]
    )
    func aProblemsKindIsTheLastPartOfItsType(type: String, kind: Problem.Kind?) {
        #expect(Problem(type: type).kind == kind)
    }

    @Test func aProblemsMemberOfAWrongTypeCountsAsAbsent() throws {
        let json = """
            {"type":5,"title":["x"],"status":"422","detail":"no","retryAfterSeconds":"9","errors":{"a":1},"new":1}
            """
        let problem = try JSONDecoder().decode(Problem.self, from: Data(json.utf8))
        #expect(problem == Problem(type: "about:blank", detail: "no"))
    }

    @Test func sequenceTextSortsAsNumbersDo() {
        let texts = [0, 9, 10, 99, 100, Int64.max].map(CloudEvent.pad)
        #expect(texts == texts.sorted())
        #expect(texts.allSatisfy { $0.count == 20 })
    }

    @Test func anEventIsReadAsItWasWritten() throws {
        let event = CloudEvent(
            id: "e-1",
            station: "store-7",
            type: .pickupCompleted,
            orderID: "O-1",
            time: WireTime(milliseconds: 1_778_044_089_250),
            sequence: 41,
            correlationID: "s-1",
            data: .object(["orderId": .string("O-1"), "n": .integer(1), "x": .array([.null, .number(1.5)])])
        )
        let json = try JSONEncoder().encode(event)
        #expect(try JSONDecoder().decode(CloudEvent.self, from: json) == event)
        #expect(event.source == "/stations/store-7")
        #expect(event.sequenceNumber == 41)
    }

    @Test func whatTheStationSendsAsFeedReadsBack() throws {
        let items: [FeedItem] = [
            .order(
                OrderDocument(
                    orderID: "O-1",
                    version: 2,
                    displayNumber: "1001",
                    status: .ready,
                    deliveryMode: .counter,
                    parcels: [
                        ParcelDocument(parcelID: "P1", size: .named(.extraLarge)),
                        ParcelDocument(
                            parcelID: "P2",
                            label: "x y",
                            size: .millimetres(width: 1, height: 2, depth: 3)
                        ),
                    ],
                    pickup: PickupWindow(expiresAt: WireTime(milliseconds: 5)),
                    codes: [
                        CodeDocument(form: .typed, digits: 8, value: .digest(Array(0..<32))),
                        CodeDocument(form: .scanned, value: .clear("ABCDEFGHIJKLMNOP")),
                    ],
                    amountDue: AmountDue(amount: "12.50", currency: "EUR"),
                    station: "store-7",
                    stationName: "Köln Süd",
                    lines: [OrderLine(lineID: "1", sku: "S 1", quantity: 2)],
                    externalRefs: ["salesId": "SO-1"]
                )
            ),
            .removal(OrderRemoval(orderID: "O-2", version: 1, reason: .expired, stationName: "Bonn")),
            .staff(StaffDocument(staffID: "s", version: 1, badge: nil, roles: [], pin: nil, revoked: true)),
            .staff(
                StaffDocument(
                    staffID: "t",
                    version: 1,
                    badge: Array(repeating: 7, count: 32),
                    roles: [.technician],
                    pin: PINVerifier(
                        salt: Array(0..<16),
                        n: 1 << 14,
                        r: 8,
                        p: 1,
                        verifier: Array(0..<32)
                    )
                )
            ),
            .policy(PolicyDocument(version: 1, values: ["a": .text("b"), "c": .integer(-1)])),
            .command(
                CommandDocument(commandID: "c", kind: "k", keyID: "key", signature: [3])
            ),
        ]
        let page = FeedPage(
            items: items,
            nextCursor: "n/1",
            hasMore: true,
            snapshot: true,
            pollAfterSeconds: 3
        )
        #expect(try FeedPage(json: Array(try JSONEncoder().encode(page))) == page)
    }
}
