import Foundation
import StationAPI
import Testing

/// The document and the types say the same.
@Suite struct OpenAPITests {
    private let document: OpenAPIDocument

    init() throws {
        document = try OpenAPIDocument()
    }

    /// Which schema an example belongs to, by the beginning of its name.
    private func schema(of example: String) -> String {
        let schemas = [
            "question": "FeedQuestion", "page": "Page", "event": "Event", "receipt": "Receipt",
            "state": "State", "enrolment": "EnrolmentRequest", "identity": "Identity",
            "renewal": "CredentialRenewal", "credentials": "Credentials", "problem": "Problem",
        ]
        return schemas.first { example.hasPrefix($0.key) }?.value ?? "Problem"
    }

    @Test func everyExampleFitsItsSchema() throws {
        let names = try document.exampleNames()
        #expect(names.count >= 12)
        for name in names {
            let faults = try document.faults(of: try document.example(name), against: schema(of: name))
            #expect(faults.isEmpty, "\(name)")
        }
    }

    @Test func everyExampleIsReadByTheTypes() throws {
        for name in try document.exampleNames() {
            let json = try document.example(name)
            switch schema(of: name) {
            case "Page":
                let page = try FeedPage(json: Array(json))
                for case .malformed(let reason, let pointer, _, _) in page.items {
                    Issue.record("\(name): \(pointer): \(reason)")
                }
            case "Event":
                let event = try JSONDecoder().decode(CloudEvent.self, from: json)
                #expect(EventType(rawValue: event.type) != nil && event.sequenceNumber != nil)
                let data = try JSONEncoder().encode(try #require(event.data))
                // Read into the type and written again nothing is lost.
                let again = try JSONEncoder().encode(try JSONDecoder().decode(EventData.self, from: data))
                #expect(try JSONDecoder().decode(JSONValue.self, from: again) == event.data)
            case "State":
                let report = try JSONDecoder().decode(StationReport.self, from: json)
                let again = try JSONEncoder().encode(report)
                #expect(
                    try JSONDecoder().decode(JSONValue.self, from: again)
                        == JSONDecoder().decode(JSONValue.self, from: json)
                )
            case "Problem":
                let problem = try JSONDecoder().decode(Problem.self, from: json)
                #expect((problem.kind != nil || problem.status == 401) && problem.status != nil, "\(name)")
            default: break
            }
        }
    }

    @Test func thePageExampleUsesEveryMemberOfTheFeed() throws {
        let page = try FeedPage(json: Array(try document.example("pageChanges")))
        let again = try JSONEncoder().encode(page)
        #expect(try document.faults(of: again, against: "Page").isEmpty)
        guard case .order(let order) = try #require(page.items.first) else {
            Issue.record("no order")
            return
        }
        #expect(order.parcels.count == 2 && order.codes.count == 2 && order.lines.count == 1)
        #expect(order.amountDue?.isOwed == false)
        #expect(order.stationName == "Köln Süd")
    }

    @Test func theWordsAreTheSame() throws {
        #expect(try document.words("EventType") == EventType.allCases.map(\.rawValue))
        #expect(try document.words("Removal", "reason") == OrderRemoval.Reason.allCases.map(\.rawValue))
        #expect(try document.words("Order", "deliveryMode") == DeliveryMode.allCases.map(\.rawValue))
        #expect(try document.words("Code", "form") == CodeDocument.Form.allCases.map(\.rawValue))
        #expect(
            try document.words("State", "compartments", "items", "door")
                == StationReport.Door.allCases.map(\.rawValue)
        )
        let status = try #require(try document.schema("Order")["properties"] as? [String: Any])["status"]
        let examples = try #require((status as? [String: Any])?["examples"] as? [String])
        #expect(examples == OrderStatus.allCases.map(\.rawValue))
        let problem = try #require(try document.schema("Problem")["properties"] as? [String: Any])["type"]
        let text = try #require((problem as? [String: Any])?["description"] as? String)
        for kind in Problem.Kind.allCases { #expect(text.contains("`\(kind.rawValue)`")) }
    }

    /// The examples of events by their type.
    private func events() throws -> [String: CloudEvent] {
        var events: [String: CloudEvent] = [:]
        for name in try document.exampleNames() where schema(of: name) == "Event" {
            let event = try JSONDecoder().decode(CloudEvent.self, from: try document.example(name))
            events[event.type] = event
        }
        return events
    }

    @Test func everyTypeOfEventHasASchemaOfItsNameAndAnExample() throws {
        let events = try events()
        #expect(Set(events.keys) == Set(EventType.allCases.map(\.rawValue)))
        for type in EventType.allCases {
            let data = try #require(events[type.rawValue]?.data)
            let json = try JSONEncoder().encode(data)
            #expect(try document.faults(of: json, against: type.rawValue).isEmpty, "\(type.rawValue)")
        }
    }

    @Test func aTypeThatNoStationSendsYetIsCalledSo() throws {
        let text = try #require(try document.schema("EventType")["description"] as? String)
        for type in EventType.allCases {
            #expect(text.contains("`\(type.rawValue)`") == EventType.announced.contains(type))
        }
    }

    @Test func theDataOfAnotherTypeIsNoticed() throws {
        var event = try #require(try events()["order.loadFailed"])
        event.type = EventType.pickupCompleted.rawValue
        #expect(try !document.faults(of: JSONEncoder().encode(event), against: "Event").isEmpty)
        event.type = "of.tomorrow"
        #expect(try document.faults(of: JSONEncoder().encode(event), against: "Event").isEmpty)
    }

    @Test func everyStateOfAnOrderAndEveryProblemHasAnExample() throws {
        let page = try FeedPage(json: Array(try document.example("pageOrderStates")))
        let states = page.items.compactMap { if case .order(let order) = $0 { order.status } else { nil } }
        #expect(Set(states) == Set(OrderStatus.allCases))
        let kinds = try document.exampleNames().filter { schema(of: $0) == "Problem" }.compactMap {
            try JSONDecoder().decode(Problem.self, from: try document.example($0)).kind
        }
        #expect(Set(kinds) == Set(Problem.Kind.allCases))
        let commands = try FeedPage(json: Array(try document.example("pageCommands"))).items
            .compactMap { if case .command(let command) = $0 { command.kind } else { nil } }
        #expect(commands == CommandKind.allCases.map(\.rawValue))
    }

    @Test func everythingThatAStateCanSayIsInTheDocument() throws {
        let time = WireTime(milliseconds: 1)
        let report = StationReport(
            station: "s",
            time: time,
            serving: StationReport.Serving(customers: false, reasons: ["r"]),
            versions: StationReport.Versions(software: "1", store: "2", policy: 3),
            configurationHash: "h",
            doorMapHash: "m",
            clock: StationReport.Clock(trusted: false, source: "rtc", boundMilliseconds: 5),
            feed: StationReport.Feed(cursor: "c", appliedAt: time, malformedItems: 1),
            outbox: StationReport.Outbox(depth: 1, oldestUnsent: time, parked: 1, hqPending: 1),
            storage: StationReport.Storage(databaseBytes: 1, freeBytes: 2),
            boards: [StationReport.Board(bus: "b", board: "l", up: false, reason: "r", since: time)],
            compartments: [
                StationReport.Compartment(
                    compartment: "A",
                    kind: "bay",
                    door: .unknown,
                    inService: false,
                    reason: "r",
                    orderID: "O"
                )
            ],
            orders: [
                StationReport.LoadedOrder(
                    orderID: "O",
                    version: 1,
                    collectable: false,
                    reason: "r",
                    effectiveDeadline: time
                )
            ]
        )
        #expect(try document.faults(of: JSONEncoder().encode(report), against: "State").isEmpty)
    }

    @Test func aMemberThatTheDocumentDoesNotKnowIsNoticed() throws {
        let json = Data("{\"type\":\"x\",\"surprise\":1,\"errors\":[{\"pointer\":7}]}".utf8)
        #expect(
            Set(try document.faults(of: json, against: "Problem"))
                == ["/surprise is unknown", "/errors/0/pointer is no string"]
        )
    }
}
