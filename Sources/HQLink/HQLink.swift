public import Logging
public import ServiceLifecycle
internal import Synchronization

/// The station's line to HQ: it reads the order feed, delivers the outbox and sends the state.
///
/// The station only dials out. Each of the three operations has its own task, its own back-off and its own
/// condition: trouble with one does not stop the others, and none of them is ever given up.
public final class HQLink: Service {
    private let configuration: HQLinkConfiguration
    private let station: any HQLinkStation
    private let monitor: LinkMonitor
    private let feedBell = Doorbell()
    private let eventBell = Doorbell()
    private let stateBell = Doorbell()
    private let schedule: DeliveryScheduleBox
    private let logger: Logger

    /// A link that does nothing until `run()`.
    public init(configuration: HQLinkConfiguration, station: any HQLinkStation, logger: Logger) {
        self.configuration = configuration
        self.station = station
        self.logger = logger
        monitor = LinkMonitor(logger: logger)
        schedule = DeliveryScheduleBox(
            DeliverySchedule(
                width: configuration.concurrentOrders,
                backoff: configuration.timing.delivery,
                probes: configuration.timing.poll
            )
        )
    }

    /// Runs until graceful shutdown or cancellation.
    ///
    /// Requests on their way are then dropped: every one of them can be repeated. What HQ has already
    /// answered
    /// is still told to the station.
    public func run() async throws {
        let exchange = HTTPExchange(configuration: configuration)
        let reader = feedReader(exchange)
        let delivery = EventDelivery(
            configuration: configuration,
            exchange: exchange,
            station: station,
            monitor: monitor,
            bell: eventBell,
            schedule: schedule
        )
        let sender = StateSender(
            configuration: configuration,
            exchange: exchange,
            station: station,
            monitor: monitor,
            bell: stateBell
        )
        let renewer = CredentialRenewer(configuration: configuration, exchange: exchange, logger: logger)
        await cancelWhenGracefulShutdown { [monitor, station] in
            await withDiscardingTaskGroup { group in
                group.addTask { await reader.run() }
                group.addTask { await delivery.run() }
                group.addTask { await sender.run() }
                group.addTask { await monitor.report(to: station) }
                if let renewer { group.addTask { await renewer.run() } }
            }
        }
        await exchange.shutdown()
    }

    /// The outbox has something new: it is looked at now.
    public func outboxChanged() {
        eventBell.ring()
    }

    /// Asks for the feed now instead of at the end of a wait; a question that HQ holds open stays as it is.
    public func feedNow() {
        feedBell.ring()
    }

    /// Sends the state now instead of at the end of its interval.
    public func stateNow() {
        stateBell.ring()
    }

    /// What the link has done so far.
    public var counters: HQLinkCounters { monitor.counters }

    /// The condition of the three operations now.
    public var status: HQLinkStatus { monitor.status }

    private func feedReader(_ exchange: HTTPExchange) -> FeedReader {
        FeedReader(
            configuration: configuration,
            exchange: exchange,
            station: station,
            monitor: monitor,
            bell: feedBell,
            onRecovery: { [schedule, eventBell, stateBell] in
                // HQ is back: events and state need not sit out a back-off of up to a quarter of an hour.
                schedule.value.withLock { $0.hasten(now: .now) }
                eventBell.ring()
                stateBell.ring()
            }
        )
    }
}
