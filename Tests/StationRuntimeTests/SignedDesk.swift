import Foundation
import Logging
import StationAPI
import StationCore
import StationStore
import Testing

@testable import StationRuntime

/// A station without locks that reads the feed, and HQ's secret keys.
struct SignedDesk {
    static let time = WireTime(milliseconds: 1_790_000_060_000)

    let folder: URL
    let store: StationStore
    let station: Station
    let fileKey: StationKey
    let grants: HQSigningKey
    let commands: HQSigningKey

    init(folder known: URL? = nil, policy: String = "{ loadUnmatched: true }") async throws {
        folder = known ?? FileManager.default.temporaryDirectory.appendingPathComponent("signed-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let configuration = try SmallStation.configuration(
            in: folder,
            more: """
                policy: \(policy)
                openingHours:
                  timeZone: Europe/Berlin
                  monday: ["08:00-20:00"]
                """
        )
        fileKey = try #require(StationKey(bytes: Array(repeating: UInt8(7), count: 32)))
        grants = try #require(HQSigningKey(keyID: "g1", use: .grant, seed: Array(repeating: 1, count: 32)))
        commands = try #require(
            HQSigningKey(keyID: "c1", use: .command, seed: Array(repeating: 2, count: 32))
        )
        let opened = try StationStore.open(folder: folder.path, bootID: "one", now: 0)
        store = opened.store
        station = try Station(
            configuration: configuration,
            opened: opened,
            key: fileKey,
            health: HealthBook(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            isUnwalkedServed: true
        )
        await station.handle(.started(lostMemory: false))
        await station.handle(.boardChanged("A", isUp: true))
        await station.handle(.doorRead("A-01", .closed))
        let now = StationTime(milliseconds: Self.time.milliseconds)
        await station.handle(.clockRead(now, .hq))
    }

    /// Runs the program until the body is over; the next run in the same folder is a restart.
    static func run(_ folder: URL? = nil, _ body: (SignedDesk) async throws -> Void) async throws -> URL {
        let desk = try await SignedDesk(folder: folder)
        try await body(desk)
        try await desk.station.close()
        return desk.folder
    }

    func apply(_ items: [FeedItem]) async throws {
        try await StationAtHQ(station: station).apply(FeedPage(items: items, nextCursor: "c"))
    }

    func keys() async throws { try await apply([.key(grants.document), .key(commands.document)]) }

    func end() async throws {
        try await station.close()
        try FileManager.default.removeItem(at: folder)
    }

    // MARK: What HQ signs

    func grant(_ id: String = "G-1", order: String = "X-1", key: HQSigningKey? = nil) throws -> String {
        let key = key ?? grants
        return try Grant(
            grantID: id,
            keyID: key.keyID,
            orderID: order,
            parcelIDs: ["\(order)-1"],
            stations: ["S-1"],
            notBefore: WireTime(milliseconds: 1_790_000_000_000),
            notAfter: WireTime(milliseconds: 1_790_086_400_000)
        ).signed(by: key)
    }

    func command(_ id: String, _ kind: String, _ arguments: [String: PolicyValue] = [:]) throws
        -> CommandDocument
    {
        let command = CommandDocument(commandID: id, kind: kind, issuedAt: Self.time, arguments: arguments)
        return try #require(command.signed(by: commands, station: "S-1"))
    }

    // MARK: What is seen

    func scan(_ text: String) async { await station.show(text, form: .scanned(bits: 600)) }

    func refusal() async -> Refusal? {
        if case .refusing(let refusal, _) = await station.state.session { refusal } else { nil }
    }

    func order(_ id: OrderID) throws -> OrderRecord? { try store.read { try $0.order(id) } }

    /// Events that wait for HQ. The station's own are one queue: its head is taken out one by one.
    func events() throws -> [Report] {
        var found: [Report] = []
        while true {
            let heads = try store.read { try $0.outboxHeads(limit: 10) }
            guard !heads.isEmpty else { return found }
            for head in heads {
                found.append(head.report)
                try store.write { try $0.delivered(head.report.id, isPendingAtHQ: false) }
            }
        }
    }

    func signIn() async {
        let staff = StaffRecord(id: "S", version: 1, roles: [.associate], isRevoked: false)
        await station.handle(.codeShown(ShownCode(form: .scanned(bits: 90), badge: staff)))
        await station.handle(.pinTyped("S", isRight: true))
        await station.handle(.buttonPressed(.startLoading))
    }
}
