import ArgumentParser
import Foundation
import Glibc
import HQLink
import StationAPI

/// Makes this box a station of HQ's.
struct Enrol: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes this box a station: a one-time code of HQ's for an identity.",
        discussion: """
            HQ gives the code to the person who installs the box. It is asked for, or read from standard input with \
            --code -; it never stands in the command line, which others can see. Keys are made on this box and do not \
            leave it. What HQ gives is written to files that only root can read, where pickupd.service looks for them.
            """
    )

    @Option(help: "HQ's base URL, as in hq.baseURL of station.yaml.")
    var hq: String

    @Option(help: "- to read the code from standard input; without it, it is asked for.")
    var code: String?

    @Option(help: "What this box calls itself, for the person at HQ.")
    var box = ProcessInfo.processInfo.hostName

    @Flag(help: "Ask for a client certificate as well (mutual TLS).")
    var certificate = false

    @Option(help: "A PEM file with the CA to trust instead of the system's: HQ's own.")
    var caFile: String?

    @Option(name: .customLong("store-ca-file"), help: "A PEM file with a CA to trust as well: the store's.")
    var storeCAFile: String?

    @Option(help: "The store's proxy, HOST:PORT.")
    var proxy: String?

    @Option(help: "A file with user:password for the proxy.")
    var proxyCredentialsFile: String?

    @Option(help: "The folder of the credentials.")
    var folder = "/etc/pickupd/credentials"

    @Flag(help: "Become another station: the identity that this box has is put aside.")
    var replace = false

    func validate() throws {
        guard code == nil || code == "-" else {
            throw ValidationError(
                "the code must not stand in the command line; use --code - or type it when asked"
            )
        }
        if let proxy, proxySettings(proxy) == nil { throw ValidationError("--proxy: write HOST:PORT") }
    }

    func run() async throws {
        let credentials = BoxCredentials(folder: folder)
        if let before = credentials.identity, !replace {
            throw stop("\(BoxCredentials.Failure.alreadyEnrolled(station: before.station))", Exit.no)
        }
        guard let code = EnrolmentCode(typed: try readCode()) else {
            throw stop(
                "that is no code: HQ's codes have 16 letters and digits, as ABCD-EFGH-JKMN-PQRS",
                Exit.no
            )
        }
        var tls = TLSSettings()
        tls.caFile = caFile
        tls.storeCAFile = storeCAFile
        do throws(Enrolment.Failure) {
            let outcome = try await Enrolment(baseURL: hq, tls: tls, proxy: proxy.flatMap(proxySettings))
                .enrol(
                    code: code,
                    box: box,
                    credentials: credentials,
                    withCertificate: certificate,
                    isReplacing: replace
                )
            say(outcome)
        } catch {
            throw stop("\(error)", error.exitStatus)
        }
    }

    private func proxySettings(_ text: String) -> ProxySettings? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port), colon > text.startIndex, !text.contains("/")
        else { return nil }
        return ProxySettings(host: String(text[..<colon]), port: port, credentialsFile: proxyCredentialsFile)
    }

    /// The code, typed without being shown, or a line of standard input.
    private func readCode() throws -> String {
        if code == nil {
            guard isatty(STDIN_FILENO) == 1 else {
                throw stop("standard input is no terminal; give the code with --code -", Exit.no)
            }
            print("One-time code: ", terminator: "")
            fflush(nil)
        }
        let text = HiddenLine.read()
        if code == nil { print() }
        guard let text else { throw stop("no code; nothing was done", Exit.no) }
        return text
    }

    private func say(_ outcome: Enrolment.Outcome) {
        print("This box is station \(outcome.identity.station). Its identity is in \(folder).")
        print("In /etc/pickupd/station.yaml:\n")
        print("station:\n  id: \(outcome.identity.station)\nhq:\n  baseURL: \(hq)")
        if let caFile { print("  caFile: \(caFile)") }
        if let storeCAFile { print("  tls: { storeCAFile: \(storeCAFile) }") }
        if let proxy = proxy.flatMap(proxySettings) {
            print("  proxy: { host: \(proxy.host), port: \(proxy.port) }")
        }
        let ways = [outcome.hasToken ? "the token" : nil, outcome.hasCertificate ? "the certificate" : nil]
        print(
            "\n\(ways.compactMap { $0 }.joined(separator: " and ")) and the signing key need no line there."
        )
        if outcome.isStationKeyNew {
            print("The key of pickup codes is a new one: the doors have to be walked again (pickupctl walk).")
        }
        print("Then: systemctl restart pickupd, and pickupctl status.")
    }
}

extension Enrolment.Failure {
    /// As `--help` states them.
    fileprivate var exitStatus: Int32 {
        switch self {
        case .unreachable: Exit.unavailable
        case .unexpected(let status) where status >= 500 || status == 429: Exit.later
        case .credentials(.unwritable): Exit.notAllowed
        default: Exit.no
        }
    }
}

/// A line that is not shown while it is typed.
enum HiddenLine {
    static func read() -> String? {
        var before = termios()
        let isTerminal = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0
        if isTerminal {
            var quiet = before
            quiet.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet)
        }
        defer { if isTerminal { tcsetattr(STDIN_FILENO, TCSANOW, &before) } }
        return readLine()
    }
}
