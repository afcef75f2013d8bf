import Foundation
import StationAPI
import Testing

@Suite struct StaffTaskTests {
    @Test func readsATaskAndWritesItBack() throws {
        let json = """
            {"change":"task","task":{"taskId":"TASK-1","kind":"curbsideArrival","orderId":"012345","bay":"3"}}
            """
        let item = try FeedSamples.item(json)
        let task = StaffTaskDocument(taskID: "TASK-1", kind: .curbsideArrival, orderID: "012345", bay: "3")
        #expect(item == .task(task))
        let page = FeedPage(items: [item], nextCursor: "c")
        #expect(try FeedPage(json: Array(JSONEncoder().encode(page))).items == page.items)
    }

    @Test func aKindThatIsNotKnownIsKeptAsItCame() throws {
        let json =
            "{\"change\":\"task\",\"task\":{\"taskId\":\"t\",\"kind\":\"sweepFloor\",\"orderId\":\"o\"}}"
        guard case .task(let task) = try FeedSamples.item(json) else {
            Issue.record("no task")
            return
        }
        #expect(task.kind == "sweepFloor" && task.knownKind == nil && task.bay == nil)
    }

    @Test(
        arguments: [
            ("{\"change\":\"task\"}", MalformedReason.missing("task")),
            ("{\"change\":\"task\",\"task\":{\"taskId\":\"t\",\"kind\":\"x\"}}", .missing("orderId")),
            (
                "{\"change\":\"task\",\"task\":{\"taskId\":\"t\",\"kind\":\"x\",\"orderId\":\"o\",\"customerName\":\"I\"}}",
                .personalData("customername")
            ),
        ]
    )
    func aBadTaskIsSetAside(json: String, reason: MalformedReason) throws {
        #expect(try FeedSamples.fault(json).reason == reason)
    }
}
