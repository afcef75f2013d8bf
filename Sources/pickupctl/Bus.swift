public import ArgumentParser
import Foundation
import Glibc
public import LockBus
import StationRuntime
import Synchronization

/// The lines that lock boards are on.
struct Bus: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds lock boards on a line, and says what is wrong with one.",
        subcommands: [Scan.self, Doctor.self]
    )
}

/// Where the board profiles are, and how a line is set.
struct ProfileOption: ParsableArguments {
    @Option(help: "The folder of the board profiles.")
    var boardProfiles = "/usr/share/pickupd/boards"

    func catalogue() throws -> BoardProfile.Catalogue {
        do {
            return try BoardProfile.Catalogue(directory: boardProfiles)
        } catch {
            throw stop("\(error); --board-profiles names another folder", Exit.no)
        }
    }
}

extension BusParity: ExpressibleByArgument {}

/// Looks for boards.
struct Scan: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Looks for lock boards: every address, the usual speeds and parities, likely ones first.",
        discussion: """
            It only reads: nothing can move. pickupd must not use the line meanwhile (sudo systemctl stop pickupd). \
            Two boards on one address garble each other, and are named; two of a kind that answer in step can look \
            like one, so connect new boards one at a time. Ctrl-C ends it and shows what was found. \
            KERONG's boards and the 0x8A boards are asked for their locks' states. \(Exit.help)
            """
    )

    @Argument(help: "The line: a tty such as /dev/serial/by-id/…, or a host or host:port for Modbus TCP.")
    var target: String?

    @Option(help: "Addresses to ask, such as 1-32 or 1,2,7.")
    var units = "1-247"

    @Option(parsing: .upToNextOption, help: "Speeds to try instead of the usual ones.")
    var baud: [Int] = []

    @Option(help: "With --baud: the parity, none, even or odd.")
    var parity = BusParity.none

    @Option(help: "How long an answer may take, in milliseconds.")
    var answerMs = 80

    @Flag(help: "Ask a second question where the first is not answered: twice the time.")
    var thorough = false

    @OptionGroup var profiles: ProfileOption

    @Flag(help: "Print what was found as JSON.")
    var json = false

    func run() throws {
        guard let target else { throw stop(Self.whichLine(), EX_USAGE) }
        let plan = ScanPlan(
            target: try Self.target(target),
            settings: baud.isEmpty ? LineSettings.usual : baud.map { LineSettings(baud: $0, parity: parity) },
            units: try Self.units(units),
            answerMs: answerMs,
            isThorough: thorough
        )
        let catalogue = try profiles.catalogue()
        let progress = ProgressLine()
        signal(SIGINT) { _ in Interrupt.seen.store(true, ordering: .relaxed) }
        defer { signal(SIGINT, SIG_DFL) }
        let result: ScanResult
        do {
            result = try BusScan(plan: plan, profiles: catalogue).run(
                isStopped: { Interrupt.seen.load(ordering: .relaxed) },
                onProgress: { progress.show($0) },
                onFinding: { progress.say(Self.line($0)) }
            )
        } catch {
            progress.clear()
            throw stop("\(error)", Exit.unavailable)
        }
        progress.clear()
        if json { try printJSON(ScanJSON(result)) } else { show(result) }
        if result.findings.isEmpty || result.findings.contains(where: \.isTrouble) { throw ExitCode(Exit.no) }
    }

    private func show(_ result: ScanResult) {
        if !result.findings.isEmpty { print("ADDRESS  LINE          BOARD") }
        for finding in result.findings { print(Self.line(finding)) }
        for note in result.notes { print("note: \(note)") }
        let end = result.isCutShort ? "; it was stopped before its end" : ""
        print("\(result.findings.count) found; \(result.asked) addresses asked\(end).")
    }

    static func line(_ finding: ScanFinding) -> String {
        let unit = "\(finding.unit)".padding(toLength: 9, withPad: " ", startingAt: 0)
        let settings = (finding.settings?.description ?? "-").padding(
            toLength: 14,
            withPad: " ",
            startingAt: 0
        )
        return unit + settings + words(finding)
    }

    private static func words(_ finding: ScanFinding) -> String {
        switch finding.kind {
        case .board(let profiles): names(profiles)
        case .everyAddress(let profiles): names(profiles) + " (\(finding.evidence): give it unit 1)"
        case .collision:
            "TWO BOARDS ON THIS ADDRESS (\(finding.evidence)): connect one at a time, give one another address"
        }
    }

    private static func names(_ profiles: [String]) -> String {
        switch profiles.count {
        case 0: "a board that no profile fits"
        case 1: profiles[0]
        default: "one of: " + profiles.joined(separator: ", ")
        }
    }

    /// One of these ports may be the code scanner's: nobody is asked unless a person says which.
    private static func whichLine() -> String {
        for folder in ["/dev/pickup", "/dev/serial/by-id", "/dev/serial/by-path"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            guard !names.isEmpty else { continue }
            let lines = names.sorted().map { "  pickupctl bus scan \(folder)/\($0)" }
            return "which line? These ports are there:\n" + lines.joined(separator: "\n")
        }
        return "which line? There is no serial adapter; for Modbus TCP give the board's address: "
            + "pickupctl bus scan 192.168.1.200"
    }

    static func target(_ text: String) throws -> ScanPlan.Target {
        if text.contains("/") { return .serial(path: text) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .network(host: text, port: 502) }
        guard let port = Int(parts[1]), (1...65_535).contains(port) else {
            throw ValidationError("`\(text)` is no line: give a path such as /dev/ttyUSB0, or host:port")
        }
        return .network(host: String(parts[0]), port: port)
    }

    static func units(_ text: String) throws -> [UInt8] {
        var units: [UInt8] = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-").map { UInt8($0) }
            guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
                first <= last, first >= 1, last <= 247
            else { throw ValidationError("`\(text)` names no addresses: write 1-32 or 1,2,7, from 1 to 247") }
            units += (first...last).filter { !units.contains($0) }
        }
        return units
    }
}

/// Ctrl-C was pressed.
enum Interrupt {
    static let seen = Atomic<Bool>(false)
}

/// What a scan found, for programs.
private struct ScanJSON: Encodable {
    struct Board: Encodable {
        var unit: UInt8
        var baud: Int?
        var parity: String?
        var profiles: [String]
        var isCollision: Bool
        var answersEveryAddress: Bool
        var evidence: String
    }

    var boards: [Board]
    var notes: [String]
    var asked: Int
    var isCutShort: Bool

    init(_ result: ScanResult) {
        boards = result.findings.map { finding in
            let profiles: [String] =
                switch finding.kind {
                case .board(let names), .everyAddress(let names): names
                case .collision: []
                }
            let isEvery = if case .everyAddress = finding.kind { true } else { false }
            return Board(
                unit: finding.unit,
                baud: finding.settings?.baud,
                parity: finding.settings?.parity.rawValue,
                profiles: profiles,
                isCollision: finding.isTrouble,
                answersEveryAddress: isEvery,
                evidence: finding.evidence
            )
        }
        notes = result.notes
        asked = result.asked
        isCutShort = result.isCutShort
    }
}

/// How far a scan is: one line that is written over, on standard error.
final class ProgressLine {
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var nextAtMs = 0
    private var isShown = false

    func show(_ progress: ScanProgress) {
        guard progress.elapsedMs >= nextAtMs else { return }
        // On a terminal five times a second; in a log every ten seconds.
        nextAtMs = progress.elapsedMs + (isTerminal ? 200 : 10_000)
        guard progress.done > 0 else { return }
        let settings = progress.settings.map { "\($0), " } ?? ""
        let pace = String(format: "%.1f", progress.perSecond)
        let left = progress.remainingSeconds
        let time = left >= 60 ? "\(left / 60) min \(left % 60) s" : "\(left) s"
        let text =
            "\(settings)address \(progress.unit): \(progress.done) of \(progress.total), \(pace) a second, "
            + "\(time) left, \(progress.found) found"
        write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n")
        isShown = isTerminal
    }

    /// A line that stays.
    func say(_ text: String) {
        guard isTerminal else { return }
        clear()
        write(text + "\n")
    }

    func clear() {
        if isShown { write("\r\u{1B}[K") }
        isShown = false
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
