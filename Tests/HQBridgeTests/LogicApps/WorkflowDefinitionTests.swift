import Foundation
import Testing

/// The workflow files against rules made from Microsoft's Workflow Definition Language reference, by an independent
/// JSON Schema validator. Microsoft's own schema file could not be had; whether Azure takes the files is not tested.
@Suite struct WorkflowDefinitionTests {
    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    private static let root = tests.appending(path: "../../..").standardized
    private static let workflows = root.appending(path: "Sources/HQBridge/LogicApps")
    static let files = [
        "order-worker.json", "station-events.json", "station-orders.json", "station-state.json",
    ]

    private func check(_ files: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = Self.root.appending(path: ".venv/bin/python")
        process.arguments = [Self.tests.appending(path: "Rules/check_workflows.py").path] + files
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test func everyWorkflowFileKeepsTheRules() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: Self.workflows.path)
        #expect(found.filter { $0.hasSuffix(".json") }.sorted() == Self.files)
        let result = try check(Self.files.map { Self.workflows.appending(path: $0).path })
        #expect(result.status == 0, "\(result.output)")
    }

    /// What is wrong in each: file, what is replaced, by what, and a word of the complaint.
    @Test(
        arguments: [
            ("station-events.json", "\"statusCode\": 202", "\"statusCode\": 302", "statusCode"),
            ("station-events.json", "\"Succeeded\"", "\"Done\"", "is not one of"),
            ("station-events.json", "[\"Skipped\", \"Failed\", \"TimedOut\"]", "[]", "runAfter"),
            ("station-events.json", "parameters('queue')", "parameters('cue')", "cue is not declared"),
            ("station-events.json", "base64(string(", "base65(string(", "unknown function base65"),
            ("station-events.json", "'#', triggerBody()['id'])}", "'#', triggerBody()['id']}", "unbalanced"),
            ("station-events.json", "\"type\": \"Request\"", "\"type\": \"Webhook\"", "is not one of"),
            (
                "station-orders.json", "\"runAfter\": { \"Items\"", "\"runAfter\": { \"Next_cursor\"",
                "wait for one another"
            ),
            ("station-orders.json", "outputs('How_many')", "outputs('How_few')", "How_few does not exist"),
            ("station-orders.json", "\"Content-Type\"", "\"Content-Length\"", "Content-Length"),
            ("order-worker.json", "\"SecureString\"", "\"String\"", "defaultValue"),
            (
                "order-worker.json", "{ \"type\": \"SecureString\" }",
                "{ \"type\": \"SecureString\", \"defaultValue\": \"x\" }", "should not be valid"
            ),
            ("order-worker.json", "\"count\": 60, ", "", "count"),
            ("order-worker.json", "[\"inputs\", \"outputs\"]", "[\"outputs\"]", "run's history"),
            (
                "order-worker.json", "\"name\": \"waiting\", \"value\"", "\"name\": \"waitng\", \"value\"",
                "waitng"
            ),
        ]
    )
    func aBrokenWorkflowIsRefused(file: String, found: String, replacement: String, word: String) throws {
        let text = try String(contentsOf: Self.workflows.appending(path: file), encoding: .utf8)
        let broken = text.replacingOccurrences(of: found, with: replacement)
        #expect(broken != text)
        let copy = FileManager.default.temporaryDirectory.appending(
            path: "workflow-\(UUID().uuidString).json"
        )
        defer { try? FileManager.default.removeItem(at: copy) }
        try Data(broken.utf8).write(to: copy)
        let result = try check([copy.path])
        #expect(result.status == 1 && result.output.contains(word), "\(result.output)")
    }
}
