import ArgumentParser
import Dispatch
import Foundation
import Logging
import Sandbox

/// Builds the rig, starts the station, and serves the demo's page or plays the story.
struct StationDemo {
    let state: String
    let port: Int
    let isFresh: Bool

    func run(story: Bool) async throws {
        let folder = URL(fileURLWithPath: state, isDirectory: true)
        if isFresh { try? FileManager.default.removeItem(at: folder) }
        let rig = try await makeRig(in: folder, story: story)
        let station = try rig.startStation()
        do {
            try await rig.waitUntilServing(station)
            if story {
                try await play(on: rig)
            } else {
                try await serve(rig, station)
            }
        } catch {
            await station.stop()
            await rig.stop()
            say("FAILED: \(error)")
            say("the station's log is in \(rig.layout.log.path)")
            throw ExitCode(1)
        }
        await station.stop()
        await rig.stop()
    }

    private func makeRig(in folder: URL, story: Bool) async throws -> StationRig {
        var settings = StationRig.Settings(
            folder: folder,
            program: StationProcess.sibling("pickupd"),
            profiles: try Self.profiles()
        )
        if !story {
            settings.kioskPort = port + 1
            settings.shopPort = port + 2
            settings.frameOrigins = ["http://127.0.0.1:\(port)", "http://localhost:\(port)"]
        }
        return try await StationRig(settings, logger: Logger(label: "sandbox"))
    }

    private func play(on rig: StationRig) async throws {
        let start = ContinuousClock.now
        let story = Story(on: rig) { line in
            let elapsed = ContinuousClock.now - start
            let ms = Int(elapsed / .milliseconds(1))
            let seconds = "\(ms / 1000).\(String(ms % 1000 + 1000).dropFirst())"
            say("\(String(repeating: " ", count: max(0, 8 - seconds.count)))\(seconds) s  \(line)")
        }
        try await story.play()
        say("the story ended well")
    }

    private func serve(_ rig: StationRig, _ station: StationProcess) async throws {
        let kiosk = "http://127.0.0.1:\(port + 1)/"
        let shop = "http://127.0.0.1:\(port + 2)/"
        let wall = WallServer(
            cabinet: rig.cabinet,
            scanner: rig.scanner,
            links: WallServer.Links(kiosk: kiosk, shop: shop)
        ) { await Self.cards(rig.hq) }
        say(
            """
            everything:  http://127.0.0.1:\(port)/     the wall, the scanner, the kiosk and the shop on one page
            kiosk:       \(kiosk)
            shop and HQ: \(shop)
            staff badge \(SandboxHQ.staffBadge), PIN \(SandboxHQ.staffPIN); state in \(state); stop with Ctrl-C
            """
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await wall.run(port: port, logger: Logger(label: "wall")) }
            group.addTask { await Self.untilInterrupted() }
            group.addTask {
                while station.isRunning { try await Task.sleep(for: .milliseconds(200)) }
                throw StationProcess.Failure.ended(status: station.exitStatus ?? -1, log: rig.logTail())
            }
            try await group.next()
            group.cancelAll()
        }
    }

    /// What can be held in front of the scanner: the badge, labels to load, codes to collect.
    private static func cards(_ hq: SandboxHQ) async -> [WallServer.Card] {
        var cards = [WallServer.Card(title: "Staff badge", text: SandboxHQ.staffBadge, kind: "badge")]
        for order in await hq.orders().suffix(6).reversed() {
            for parcel in order.parcels {
                cards.append(
                    WallServer.Card(
                        title: "Label of order \(order.displayNumber)",
                        text: parcel.label,
                        kind: "label"
                    )
                )
            }
            cards.append(
                WallServer.Card(
                    title: "Code of order \(order.displayNumber)",
                    text: order.scannedCode,
                    kind: "code"
                )
            )
        }
        return cards
    }

    static func untilInterrupted() async {
        let (interrupts, continuation) = AsyncStream.makeStream(of: Void.self)
        let sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        for await _ in interrupts { break }
        sources.forEach { $0.cancel() }
    }

    private static func profiles() throws -> String {
        guard let path = StationRig.boardProfiles() else {
            throw ValidationError(
                "hardware/boards is not above the program: run pickup-demo from its checkout"
            )
        }
        return path
    }
}
