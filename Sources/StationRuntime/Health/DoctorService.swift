internal import LockBus
internal import Logging
internal import ServiceLifecycle

/// Looks at the counts of every bus once a minute, for `status` and the log.
struct DoctorService: Service {
    let buses: [LockBus]
    let health: HealthBook
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                try? await Task.sleep(for: .seconds(60))
            }
        }
    }

    private func look() async {
        var found: [Finding] = []
        for bus in buses { found += await bus.findings() }
        found.sort { ($0.bus, $0.cause.rawValue) < ($1.bus, $1.cause.rawValue) }
        let known = health.findings
        for finding in found {
            let isNews = !known.contains { old in
                old.bus == finding.bus && old.cause == finding.cause && old.boards == finding.boards
            }
            if isNews { logger.warning("\(finding)") }
        }
        health.findings(found)
    }
}
