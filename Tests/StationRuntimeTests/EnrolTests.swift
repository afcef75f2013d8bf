import Foundation
import Logging
import Sandbox
import StationAPI
import Testing

/// `pickupctl enrol`, as the person who installs a box uses it.
@Suite(.timeLimit(.minutes(2))) struct EnrolTests {
    private func enrol(
        _ arguments: [String],
        typing code: String = ""
    ) async throws -> (status: Int32, output: String, errors: String) {
        // On a thread of its own: HQ runs in this process and needs those that waiting would take.
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Self.run(arguments, typing: code) })
            }
        }
    }

    private static func run(
        _ arguments: [String],
        typing code: String
    ) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: StationProcess.sibling("pickupctl"))
        process.arguments = ["enrol"] + arguments
        let (input, output, errors) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data((code + "\n").utf8))
        try input.fileHandleForWriting.close()
        let said = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: said, as: UTF8.self),
            String(decoding: complained, as: UTF8.self)
        )
    }

    private func withHQ(_ body: (SandboxHQ, String, URL) async throws -> Void) async throws {
        let key = [UInt8](repeating: 7, count: 32)
        let hq = SandboxHQ(
            SandboxHQ.Configuration(station: "store-7", stationKey: key, token: "unused"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let port = try await hq.start()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("enrol-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        try await body(hq, "http://127.0.0.1:\(port)", folder)
        await hq.stop()
    }

    private func text(_ folder: URL, _ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    @Test func aCodeGivesTheBoxItsIdentityInFilesThatOnlyItsOwnerReads() async throws {
        try await withHQ { hq, url, folder in
            let code = await hq.issueEnrolmentCode()
            let done = try await enrol(
                ["--hq", url, "--code", "-", "--folder", folder.path, "--box", "kiosk-7"],
                typing: code.display.lowercased()
            )
            #expect(done.status == 0, "\(done.errors)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
            #expect(names == ["hq-event-key", "hq-identity", "hq-token", "station-hmac-key"])
            for name in names {
                let path = folder.appendingPathComponent(name).path
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(name)")
            }
            #expect(
                try text(folder, "station-hmac-key") == Data(repeating: 7, count: 32).base64EncodedString()
                    + "\n"
            )
            #expect(try WebhookSigningKey(text: text(folder, "hq-event-key")).text.hasPrefix("whsk_"))
            #expect(try text(folder, "hq-identity").contains("\"stationId\" : \"store-7\""))
            // What is to be written into the configuration, and nothing that is secret.
            #expect(done.output.contains("id: store-7") && done.output.contains("baseURL: \(url)"))
            let token = try text(folder, "hq-token").trimmingCharacters(in: .newlines)
            let eventKey = try text(folder, "hq-event-key").dropFirst(8).prefix(12)
            for secret in [token, String(eventKey), code.text, code.display.lowercased()] {
                #expect(!(done.output + done.errors).contains(secret))
            }
        }
    }

    @Test func anEnrolledBoxKeepsItsIdentityUnlessToldOtherwise() async throws {
        try await withHQ { hq, url, folder in
            let first = await hq.issueEnrolmentCode()
            let arguments = ["--hq", url, "--code", "-", "--folder", folder.path]
            #expect(try await enrol(arguments, typing: first.display).status == 0)
            let before = try text(folder, "hq-token")
            let second = await hq.issueEnrolmentCode()
            let again = try await enrol(arguments, typing: second.display)
            #expect(again.status == 1)
            #expect(again.errors.contains("store-7 already") && again.errors.contains("--replace"))
            #expect(try text(folder, "hq-token") == before)
            let replaced = try await enrol(arguments + ["--replace"], typing: second.display)
            #expect(replaced.status == 0, "\(replaced.errors)")
            #expect(try text(folder, "hq-token") != before)
        }
    }

    @Test func aKeyThatWasMadeWithTheInstallationIsPutAsideAndThePersonIsToldToWalk() async throws {
        try await withHQ { hq, url, folder in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data("b2xk\n".utf8).write(to: folder.appendingPathComponent("station-hmac-key"))
            let code = await hq.issueEnrolmentCode()
            let done = try await enrol(
                ["--hq", url, "--code", "-", "--folder", folder.path],
                typing: code.text
            )
            #expect(done.status == 0, "\(done.errors)")
            #expect(done.output.contains("pickupctl walk"))
            #expect(try text(folder, "station-hmac-key.old") == "b2xk\n")
        }
    }

    @Test func whatIsWrongIsSaidAndNothingIsLeftHalfDone() async throws {
        try await withHQ { hq, url, folder in
            let used = await hq.issueEnrolmentCode()
            let other = folder.appendingPathExtension("other")
            defer { try? FileManager.default.removeItem(at: other) }
            let base = ["--hq", url, "--folder", folder.path]
            let stdin = base + ["--code", "-"]
            #expect(
                try await enrol(["--hq", url, "--folder", other.path, "--code", "-"], typing: used.text)
                    .status == 0
            )
            let cases: [(arguments: [String], code: String, status: Int32, words: String)] = [
                (base + ["--code", used.text], "", 64, "command line"),
                (base, used.text, 1, "--code -"),
                (stdin, "", 1, "no code"),
                (stdin, "ABCD", 1, "16 letters"),
                (stdin, EnrolmentCode.make().text, 1, "wrong or too old"),
                (stdin, used.text, 1, "used before"),
                (
                    ["--hq", "http://hq.example", "--folder", folder.path, "--code", "-"], used.text, 1,
                    "https"
                ),
                (
                    ["--hq", "http://127.0.0.1:1", "--folder", folder.path, "--code", "-"], used.text, 69,
                    "cannot be reached"
                ),
            ]
            for one in cases {
                let answer = try await enrol(one.arguments, typing: one.code)
                #expect(answer.status == one.status, "\(one.words): \(answer.errors)")
                #expect(answer.errors.contains(one.words), "\(answer.errors)")
                #expect(!answer.errors.contains(used.text) || one.arguments.contains(used.text))
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(!names.contains("hq-identity") && !names.contains("hq-token"), "\(names)")
        }
    }
}

/// The question for the code, at a terminal.
@Suite(.timeLimit(.minutes(2))) struct EnrolAtATerminalTests {
    @Test func theCodeIsAskedForAndNotShown() async throws {
        let hq = SandboxHQ(
            .init(station: "store-7", stationKey: [UInt8](repeating: 7, count: 32), token: "unused"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let port = try await hq.start()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("enrol-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let terminal = try PickupctlTerminal(
            "enrol",
            "--hq",
            "http://127.0.0.1:\(port)",
            "--folder",
            folder.path
        )
        try await terminal.wait(for: "One-time code: ")
        let code = await hq.issueEnrolmentCode()
        terminal.press(code.display + "\n")
        try await terminal.wait(for: "This box is station store-7")
        #expect(await terminal.end() == 0)
        #expect(!terminal.screen.contains(code.display) && !terminal.screen.contains(code.text))
        await hq.stop()
    }
}
