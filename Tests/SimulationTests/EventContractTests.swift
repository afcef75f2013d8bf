import Foundation
import StationAPI
import StationCore
import StationStore
import Testing

@testable import StationRuntime
@testable import StationSim

/// Everything that a simulated life reports, in the form of the wire, keeps the schemas of `openapi.yaml`: judged by
/// tools that are not ours.
@Suite struct EventContractTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let document = Data(
        """
        {"lines":[{"lineId":"1","sku":"1042","quantity":2}],"externalRefs":{"salesId":"SO-1"}}
        """.utf8
    )

    /// The events of some seeds, one a line.
    private static func lines(seeds: ClosedRange<UInt64>) throws -> (text: String, types: Set<ReportType>) {
        var lines: [String] = []
        var types: Set<ReportType> = []
        for seed in seeds {
            let simulation = try Simulation(seed: seed, store: try DiskStore())
            try simulation.run(sessions: 60)
            for (index, report) in simulation.witness.committed.enumerated() {
                types.insert(report.type)
                let entry = OutboxEntry(
                    sequence: Int64(index + 1),
                    report: report,
                    orderVersion: report.order == nil ? nil : 1,
                    document: report.order == nil ? nil : document
                )
                let event = try EventEncoding.outbound(entry, station: "S1")
                lines.append(String(decoding: event.json, as: UTF8.self))
            }
        }
        return (lines.joined(separator: "\n"), types)
    }

    /// Runs the judge; its words if it finds fault.
    private static func judge(_ events: String) throws -> String? {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("events-\(UUID()).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(events.utf8).write(to: file)
        let process = Process()
        let output = Pipe()
        process.executableURL = root.appendingPathComponent(".venv/bin/python")
        process.arguments = [
            root.appendingPathComponent("Tests/HQ/validate.py").path,
            root.appendingPathComponent("Sources/StationAPI/openapi.yaml").path, file.path,
        ]
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? nil : text
    }

    @Test func whateverASimulatedStationReportsKeepsTheContract() throws {
        let (events, types) = try Self.lines(seeds: 1...12)
        let words = try Self.judge(events)
        #expect(words == nil, "\(words ?? "")")
        // The simulation has no wrong clock of the wall, no service and no command: what it can say, it said.
        let usual: Set<ReportType> = [
            .orderLoaded, .orderLoadFailed, .pickupStarted, .pickupCompleted, .pickupPartial, .orderRecalled,
            .compartmentFault, .doorForcedOpen, .stationStarted,
        ]
        #expect(usual.subtracting(types).isEmpty, "\(usual.subtracting(types))")
    }

    @Test func theJudgeFindsFault() throws {
        let event = """
            {"specversion":"1.0","id":"e","source":"/stations/S1","type":"order.loadFailed","subject":"O",\
            "time":"2026-01-01T00:00:00Z","sequence":"00000000000000000001",\
            "data":{"orderId":"O","orderVersion":1,"parcelIds":["P"],"staffId":"s","reason":"noSuchReason",\
            "clock":{"trusted":true}}}
            """
        let words = try Self.judge(event)
        #expect(words?.contains("noSuchReason") == true, "\(words ?? "no fault")")
    }

    @Test func everyReportTypeIsATypeOfTheContract() {
        let known = Set(EventType.allCases.map(\.rawValue))
        #expect(Set(ReportType.allCases.map(\.rawValue)).subtracting(known).isEmpty)
        let sent = Set(EventType.allCases).subtracting(EventType.announced).map(\.rawValue)
        #expect(Set(sent).subtracting(ReportType.allCases.map(\.rawValue)).isEmpty)
    }
}
