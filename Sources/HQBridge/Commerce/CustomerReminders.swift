internal import FoundationEssentials
public import Logging
internal import StationAPI

/// Reminds customers of orders that wait, and only while they can collect them: the station's last state says so.
public struct CustomerReminders: Sendable {
    /// A state older than this says nothing about now, in milliseconds.
    private static let freshMs: Int64 = 10 * 60_000

    private let sink: ShopSink
    private let logger: Logger

    /// Reminders for the orders of this sink's shop.
    public init(_ sink: ShopSink, logger: Logger) {
        self.sink = sink
        self.logger = logger
    }

    /// Looks again and again until the task is cancelled; of several processes one at a time does.
    public func run(everySeconds seconds: Int = 60) async throws {
        while !Task.isCancelled {
            if try await sink.store.lease("reminders.\(sink.name)", seconds: seconds * 3) {
                _ = try await once()
            }
            try await Task.sleep(for: .seconds(seconds))
        }
    }

    /// Sends what is due now; returns how many.
    @discardableResult
    func once() async throws -> Int {
        var sent = 0
        for (id, told) in try await sink.allTold().sorted(by: { $0.key < $1.key }) {
            guard let number = Self.due(told, hours: sink.orders.shop.reminderHours, now: sink.store.now)
            else {
                continue
            }
            let held = try await sink.store.orders(named: id).first { $0.document != nil }
            guard let held, let document = held.document, try await isCollectable(held) else { continue }
            do {
                if try await remind(document, number: number) { sent += 1 }
                var after = told
                after.reminders = number
                try await sink.keep(after, id)
            } catch let trouble as ShopTrouble {
                logger.warning("a reminder is not sent: \(trouble)", metadata: ["order": "\(id)"])
            }
        }
        return sent
    }

    /// Which reminder is due, from 1; nil: none. One that was missed is not sent beside the next.
    static func due(_ told: ShopSink.Told, hours: [Int], now: Int64) -> Int? {
        guard let loadedAt = told.loadedAt, told.readyDone, !told.pickedUpBegun else { return nil }
        let passed = hours.filter { now - loadedAt >= Int64($0) * 3_600_000 }.count
        return passed > told.reminders ? passed : nil
    }

    private func isCollectable(_ held: BridgeStore.HeldOrder) async throws -> Bool {
        guard let (report, receivedAt) = try await sink.store.state(of: held.station),
            sink.store.now - receivedAt.milliseconds <= Self.freshMs, report.serving.customers
        else { return false }
        return report.orders.contains { $0.orderID == held.orderID && $0.collectable }
    }

    private func remind(_ document: OrderDocument, number: Int) async throws -> Bool {
        switch sink.orders.shop.voice {
        case .dynamics: return false
        case .shop:
            guard let shopOrderID = document.externalRefs[ShopOrders.orderRef] else { return false }
            return try await sink.orders.platform.remind(shopOrderID)
        case .messages(let url, let keyFile):
            let codes = try await KeptCodes(sink.store).codes(of: document.orderID)
            let messages = CustomerMessages(http: sink.http, url: url, keyFile: keyFile)
            try await messages.send(
                .reminder,
                number: number,
                document,
                codes: codes,
                now: sink.store.now / 1_000
            )
            return true
        }
    }
}
