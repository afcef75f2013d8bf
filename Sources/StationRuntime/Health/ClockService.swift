internal import Foundation
internal import ServiceLifecycle
internal import StationCore

/// Reads the time of day for the station, at once and then every half minute.
struct ClockService: Service {
    let station: Station

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                station.readClock()
                await station.readCalendarDaily()
                try await Task.sleep(for: .seconds(30))
            }
        }
    }
}

extension Station {
    /// Tells the core what time the machine says it is, and whether anything says that it is right.
    nonisolated func readClock() {
        let source = SystemClock.source
        health.clock(source.rawValue)
        post(.clockRead(SystemClock.now(), source), urgent: false)
    }
}
