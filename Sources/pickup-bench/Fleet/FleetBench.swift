import ArgumentParser
import Foundation
import Glibc
import HQBridge
import HQLink
import Logging
import Sandbox
import StationAPI

/// A fleet against one bridge.
///
/// Each station is the real HQLink with its own connections, all in this process; the bridge is the real pickup-bridge
/// as a child process. Every station holds a question for the feed open, sends its state in its interval, and reports
/// events; HQ writes orders meanwhile. Latency is from the moment an event is in a station's outbox until the bridge has
/// acknowledged it, which it does when the event is durable. CPU time and memory are what the kernel booked on the
/// bridge's process.
struct FleetBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Measures one pickup-bridge with thousands of stations on loopback."
    )

    @Option(help: "How many stations.")
    var stations = 5_000

    @Option(help: "Seconds to measure, after every station has read its snapshot.")
    var seconds = 60

    @Option(help: "Events a day of one station; 900 are 300 pickups with their loading and start.")
    var eventsPerDay = 900

    @Option(help: "Orders that HQ writes a second, over all stations.")
    var ordersPerSecond = 20

    @Option(help: "A libpq connection string of an empty database; left out: SQLite.")
    var postgresql: String?

    @Option(help: "A free port on loopback.")
    var port = 18_090

    @Option(help: "The folder for its files; emptied first.")
    var folder = FileManager.default.temporaryDirectory.appendingPathComponent("pickup-bench-fleet").path

    func validate() throws {
        guard (1...20_000).contains(stations), (1...3600).contains(seconds) else {
            throw ValidationError("give 1 to 20 000 stations and 1 to 3600 seconds")
        }
    }

    func run() async throws {
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(atPath: folder + "/tokens", withIntermediateDirectories: true)
        let place: BridgeStore.Place =
            postgresql.map { .postgreSQL($0, connections: 8) } ?? .sqlite(path: folder + "/bridge.sqlite")
        let store = try await BridgeStore.open(place)
        try await enrol(store)
        let file = URL(fileURLWithPath: folder + "/bridge.yaml")
        try yaml(port: port).write(to: file, atomically: true, encoding: .utf8)
        let bridge = try BridgeChild(file.path, log: folder + "/log")
        let signals = Children.endWithInterrupt()
        defer { for signal in signals { signal.cancel() } }
        do {
            try await bridge.waitUntilItServes()
            try await measure(store, bridge, port: port)
        } catch {
            bridge.stop()
            await store.close()
            throw error
        }
        bridge.stop()
        await store.close()
    }

    private func yaml(port: Int) -> String {
        let database = postgresql.map { "postgresql: \"\($0)\"" } ?? "sqlite: \(folder)/bridge.sqlite"
        return """
            database: { \(database) }
            listen: { port: \(port) }
            events: { acknowledge: applied }
            standalone: false
            """
    }

    private func name(_ number: Int) -> String { "store-\(number)" }

    private func enrol(_ store: BridgeStore) async throws {
        for number in 1...stations {
            guard let id = BridgeStationID(name(number)) else { continue }
            let token = BridgeStore.makeToken()
            try await store.add(id, signIn: .init(token: token))
            try token.write(toFile: "\(folder)/tokens/\(number)", atomically: false, encoding: .utf8)
        }
    }

    private func measure(_ store: BridgeStore, _ bridge: BridgeChild, port: Int) async throws {
        let meter = FleetMeter()
        var logger = Logger(label: "fleet")
        logger.logLevel = .critical
        let fleet = try (1...stations).map { number in
            var configuration = try HQLinkConfiguration(
                station: name(number),
                baseURL: "http://127.0.0.1:\(port)",
                bearerTokenFile: "\(folder)/tokens/\(number)"
            )
            configuration.longPollSeconds = 100
            let station = FleetStation(id: name(number), meter: meter)
            return (station, HQLink(configuration: configuration, station: station, logger: logger))
        }
        let links = Task {
            await withDiscardingTaskGroup { group in
                for (_, link) in fleet { group.addTask { try? await link.run() } }
            }
        }
        let begun = ContinuousClock.now
        while meter.snapshots < stations {
            guard ContinuousClock.now - begun < .seconds(300) else {
                throw Failed(
                    "\(meter.snapshots) of \(stations) stations have read their snapshot after 300 s"
                )
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        let gathering = (ContinuousClock.now - begun) / .seconds(1)
        meter.begin()
        let before = (counters(fleet), try bridge.cpuSeconds(), ContinuousClock.now)
        try await work(fleet, store)
        let after = (counters(fleet), try bridge.cpuSeconds(), ContinuousClock.now)
        links.cancel()
        let took = (after.2 - before.2) / .seconds(1)
        print(
            try table(
                gathering: gathering,
                requests: Double(after.0 - before.0) / took,
                cores: (after.1 - before.1) / took,
                memoryMiB: bridge.residentMiB(),
                meter: meter
            )
        )
        await links.value
    }

    /// Requests that were answered.
    private func counters(_ fleet: [(FleetStation, HQLink)]) -> Int {
        fleet.reduce(0) { sum, member in
            let counters = member.1.counters
            return sum + counters.pagesApplied + counters.delivered + counters.statesSent
        }
    }

    /// Events at the stations and orders of HQ, spread evenly over the time.
    private func work(_ fleet: [(FleetStation, HQLink)], _ store: BridgeStore) async throws {
        let perSecond = Double(stations * eventsPerDay) / 86_400
        let end = ContinuousClock.now + .seconds(seconds)
        let begun = ContinuousClock.now
        var events = 0
        var orders = 0
        while ContinuousClock.now < end {
            let elapsed = (ContinuousClock.now - begun) / .seconds(1)
            while Double(events) < elapsed * perSecond {
                let (station, link) = fleet[Int.random(in: 0..<fleet.count)]
                try station.happen()
                link.outboxChanged()
                events += 1
            }
            while Double(orders) < elapsed * Double(ordersPerSecond) {
                orders += 1
                let document = OrderDocument(
                    orderID: "SO-\(orders)",
                    version: 1,
                    displayNumber: "\(orders)",
                    status: .awaitingLoad,
                    parcels: [ParcelDocument(parcelID: "P-1")]
                )
                if let id = BridgeStationID(name(Int.random(in: 1...stations))) {
                    try await store.put(document, at: id)
                }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func table(
        gathering: Double,
        requests: Double,
        cores: Double,
        memoryMiB: Double,
        meter: FleetMeter
    ) throws -> String {
        let result = meter.result()
        func milliseconds(_ share: Double) -> String {
            String(format: "%.1f ms", result.latencies.percentile(share) / 1000)
        }
        return """
            stations                             \(stations)
            database                             \(postgresql == nil ? "SQLite" : "PostgreSQL")
            all connected, snapshot read         \(String(format: "%.1f s", gathering))
            requests answered                    \(String(format: "%.0f /s", requests))
            events acknowledged                  \(result.latencies.count), refused \(result.refused)
            event, outbox to acknowledged        p50 \(milliseconds(0.5)), p99 \(milliseconds(0.99))
            items heard by a held question       \(result.heard)
            CPU of the bridge                    \(String(format: "%.2f cores", cores))
            memory of the bridge                 \(String(format: "%.0f MiB", memoryMiB))
            """
    }
}
