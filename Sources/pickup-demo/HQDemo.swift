import ArgumentParser
import Foundation
import Logging
import Sandbox

/// HQ and its shop and nothing else, for whoever checks the Station API from outside.
struct HQDemo {
    let port: Int
    let station: String
    let tokenFile: String?

    func serve() async throws {
        guard let tokenFile else { throw ValidationError("--hq-only needs --hq-token-file") }
        let token = try String(contentsOfFile: tokenFile, encoding: .utf8)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var generator = SystemRandomNumberGenerator()
        let hq = SandboxHQ(
            SandboxHQ.Configuration(
                station: station,
                stationKey: (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) },
                token: token,
                port: port
            ),
            logger: Logger(label: "hq")
        )
        let port = try await hq.start()
        // Something to page through.
        await hq.generate(orders: 25)
        say("http://127.0.0.1:\(port)")
        await StationDemo.untilInterrupted()
        await hq.stop()
    }
}
