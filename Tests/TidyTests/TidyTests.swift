import Foundation
import Testing

/// The layout of the repository as a test: who may import whom, how long a file may be, what stands at the
/// top.
@Suite struct TidyTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What each of our targets may import of ours. A rule lives in the core, so the core imports nothing at
    /// all.
    private static let mayImport: [String: Set<String>] = [
        "CodeScanner": ["DeviceIO"],
        "CoilGuard": ["CGPIO", "CStationShims"],
        "DeviceIO": ["CGPIO", "CModbus", "CStationShims"],
        "HQBridge": ["CPostgres", "CZlib", "StationAPI", "StrictYAML"],
        "HQCheck": ["StationAPI"],
        "HQLink": ["StationAPI"],
        "KioskServer": ["StationCore"],
        "LockBus": ["CoilGuard", "DeviceIO", "StrictYAML"],
        "Sandbox": ["CModbus", "CStationShims", "DeviceIO", "StationAPI"],
        "StationAPI": [],
        "StationCore": [],
        "StationRuntime": [
            "CStationShims", "CodeScanner", "DeviceIO", "HQLink", "KioskServer", "LockBus", "StationAPI",
            "StationCore", "StationStore", "StrictYAML", "SystemdService",
        ],
        "StationSim": ["StationCore"],
        "StrictYAML": [],
        "SystemdService": [],
        "StationStore": ["StationCore"],
        "pickup-bench": [
            "CBenchBaseline", "DeviceIO", "HQBridge", "HQLink", "LockBus", "Sandbox", "StationAPI",
            "StationCore", "StationStore",
        ],
        "pickup-bridge": ["HQBridge", "StationAPI", "SystemdService"],
        "pickup-coilguard": ["CoilGuard"],
        "pickup-demo": ["Sandbox"],
        "pickupctl": ["HQCheck", "HQLink", "LockBus", "StationAPI", "StationRuntime"],
        "pickupd": ["StationRuntime", "SystemdService"],
    ]

    private static func swiftFiles(in folder: String) throws -> [URL] {
        let files = FileManager.default.enumerator(
            at: root.appendingPathComponent(folder),
            includingPropertiesForKeys: nil
        )
        return try #require(files).compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
    }

    private static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            var words = line.split(separator: " ").map(String.init)[...]
            if words.first == "@testable" { words = words.dropFirst() }
            if ["public", "internal", "private"].contains(words.first) { words = words.dropFirst() }
            guard words.first == "import" else { return nil }
            return words.dropFirst().last?.split(separator: ".").first.map(String.init)
        }
    }

    @Test func everyTargetImportsOnlyWhatItMay() throws {
        let ours = Set(Self.mayImport.keys).union(["CBenchBaseline", "CGPIO", "CModbus", "CStationShims"])
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Self.root.appendingPathComponent("Sources").path
        )
        for folder in folders where !folder.hasPrefix("C") || Self.mayImport[folder] != nil {
            let allowed = try #require(Self.mayImport[folder], "add \(folder) to the table of imports")
            for file in try Self.swiftFiles(in: "Sources/\(folder)") {
                for name in try Self.imports(of: file) where ours.contains(name) {
                    #expect(allowed.contains(name), "\(file.lastPathComponent) of \(folder) imports \(name)")
                }
            }
        }
    }

    @Test func theCoreImportsNothingAndReadsNoClock() throws {
        let banned = [
            "import ", "Date()", "UUID()", ".random(", "shuffled()", "hashValue", "Task {", " async ",
        ]
        for file in try Self.swiftFiles(in: "Sources/StationCore") {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            for line in lines where !line.drop(while: { $0 == " " }).hasPrefix("//") {
                for word in banned {
                    #expect(!line.contains(word), "\(file.lastPathComponent): \(line)")
                }
            }
        }
    }

    @Test func noFileIsLongerThanFiveHundredLines() throws {
        for file in try Self.swiftFiles(in: "Sources") + Self.swiftFiles(in: "Tests") {
            let count = try String(contentsOf: file, encoding: .utf8).split(
                separator: "\n",
                omittingEmptySubsequences: false
            ).count
            #expect(count <= 500, "\(file.lastPathComponent) has \(count) lines: what is it hiding?")
        }
    }

    @Test func theTopLevelHoldsWhatItShouldAndNothingElse() throws {
        let known: Set = [
            "LICENSE", "Package.resolved", "Package.swift", "README.md", "Sources", "Tests", "hardware",
            "systemd",
        ]
        let found = try FileManager.default.contentsOfDirectory(atPath: Self.root.path)
        for name in found where !name.hasPrefix(".") {
            #expect(known.contains(name), "\(name) does not belong at the top")
        }
    }

    @Test func nothingIsLeftToDoInTheCode() throws {
        let marks = ["TO" + "DO", "FIX" + "ME", "try" + "!", "as" + "! "]
        for file in try Self.swiftFiles(in: "Sources") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for mark in marks { #expect(!text.contains(mark), "\(file.lastPathComponent) contains \(mark)") }
        }
    }
}
