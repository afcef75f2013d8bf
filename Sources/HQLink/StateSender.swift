internal import FoundationEssentials
internal import NIOHTTP1
internal import StationAPI

/// Sends the station's state: complete, at an interval and on demand; the latest one wins.
struct StateSender: Sendable {
    let configuration: HQLinkConfiguration
    let exchange: HTTPExchange
    let station: any HQLinkStation
    let monitor: LinkMonitor
    let bell: Doorbell

    /// Runs until the task is cancelled.
    func run() async {
        var failures = 0
        try? await Task.sleep(for: configuration.timing.spread * Double.random(in: 0..<1))
        while !Task.isCancelled {
            let verdict = await send()
            if Task.isCancelled { return }
            let interval = Duration.seconds(configuration.stateIntervalSeconds)
            switch verdict {
            case .done, .park, .resync:
                failures = 0
                monitor.count { $0.statesSent += 1 }
                monitor.succeeded(.state)
                let sent = ContinuousClock.now
                // Not all stations at the same second for ever.
                await bell.wait(until: sent + interval * Double.random(in: 0.9..<1.1))
                try? await Task.sleep(until: sent + configuration.timing.stateGap, clock: .continuous)
            case .retry(let trouble, let after):
                failures += 1
                await fail(trouble, after: after, needsPerson: false, failures: failures)
            case .pause(let trouble, let after):
                failures += 1
                await fail(trouble, after: after, needsPerson: true, failures: failures)
            }
        }
    }

    private func fail(_ trouble: HQTrouble, after: Duration?, needsPerson: Bool, failures: Int) async {
        monitor.count { $0.stateFailures += 1 }
        let timing = configuration.timing
        let own = timing.poll.wait(failures: failures, random: .random(in: 0..<1))
        let next =
            ContinuousClock.now
            + max(own, RetryAfter.spread(after, longest: timing.longestRetryAfter) ?? .zero)
        monitor.failed(.state, trouble, nextTry: next, needsPerson: needsPerson)
        if after == nil {
            await bell.wait(until: next)
        } else {
            // HQ asked for patience: a ring does not cut it short.
            try? await Task.sleep(until: next, clock: .continuous)
        }
    }

    private func send() async -> ReplyVerdict {
        let report = await uncancelled { [station] in await station.stateReport() }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let body = try? encoder.encode(report) else {
            return .retry(.notApplied("the state cannot be written as JSON"), after: nil)
        }
        let request = HQRequest(
            method: .PUT,
            url: configuration.state.url,
            headers: [
                ("Content-Type", "application/json"),
                ("Accept", "application/json, application/problem+json"),
            ],
            body: Array(body),
            timeout: configuration.timing.request,
            bodyLimit: HTTPExchange.smallBody,
            // Every state is a message of its own: the latest wins.
            messageID: "state-\(UUID().uuidString.lowercased())",
            isSignedByURL: configuration.state.isSignedByURL
        )
        do {
            return ReplyVerdict.state(try await exchange.send(request))
        } catch {
            return error.needsPerson ? .pause(error, after: nil) : .retry(error, after: nil)
        }
    }
}
