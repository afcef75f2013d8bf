internal import LockBus
internal import Logging
internal import ServiceLifecycle

/// Looks at the counts of every bus once a minute, for `status` and the log.
struct DoctorService: Service {
    let locks: LockService
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
        let found = await locks.findings()
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
