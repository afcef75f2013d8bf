internal import FoundationEssentials
internal import Logging
internal import StationAPI

/// One question to Commerce and what it changes in the station's feed. May be killed and repeated at any point.
struct DynamicsSync: Sendable {
    /// How long a task for people is of use, in seconds.
    private static let taskLife: Int64 = 4 * 3_600

    let source: String
    let station: BridgeStationID
    let configuration: DynamicsConfiguration
    let listing: any OrderListing
    let store: BridgeStore
    let logger: Logger

    /// Asks once and writes what changed.
    func once() async throws {
        let held = try await store.orders(at: station).compactMap(\.document).filter {
            $0.externalRefs["salesId"] == $0.orderID
        }
        let known = Dictionary(uniqueKeysWithValues: held.map { ($0.orderID, $0) })
        let token = try await store.memory("token", of: source).map { String(decoding: $0, as: UTF8.self) }
        let changes = try await listing.changes(known: Set(known.keys), since: token)
        for order in changes.present { try await write(order, previous: known[order.salesID]) }
        for (salesID, reason) in changes.removed.sorted(by: { $0.key < $1.key }) {
            try await take(salesID, reason)
        }
        try await tell(changes.checkIns)
        if let next = changes.nextToken {
            // Only now: whatever the answer held is in the store.
            try await store.remember(Array(next.utf8), "token", for: source)
        }
    }

    private func write(_ order: CommerceOrder, previous: OrderDocument?) async throws {
        let memory = DynamicsMemory(store: store, salesID: order.salesID)
        let loaded = try await memory.loading().parcels
        let projection = OrderProjection(configuration: configuration)
        do {
            var document = try projection.document(
                order,
                previous: previous,
                isLoaded: false,
                now: store.now
            )
            if document.parcels.allSatisfy({ loaded.contains($0.parcelID) }) { document.status = .ready }
            document.codes = try await store.documents(
                of: KeptCodes(store).codes(of: order.salesID),
                at: station
            )
            try await store.put(document, at: station)
        } catch OrderProjection.Obstacle.nothingPacked {
            logger.debug("an order waits to be packed", metadata: ["order": "\(order.salesID)"])
        } catch let obstacle as OrderProjection.Obstacle {
            logger.warning(
                "an order cannot go to the station: \(obstacle)",
                metadata: ["order": "\(order.salesID)"]
            )
        } catch BridgeStoreError.notSendable(let why) {
            logger.error("an order breaks the contract: \(why)")
        }
    }

    private func take(_ salesID: String, _ reason: OrderRemoval.Reason) async throws {
        try await store.remove(salesID, at: station, reason: reason)
        guard reason == .completed else { return }
        try await KeptCodes(store).forget(salesID)
        try await DynamicsMemory(store: store, salesID: salesID).forget()
    }

    // MARK: Customers at the curb

    /// Each check-in becomes one task at the station; it leaves the feed by itself.
    private func tell(_ checkIns: [CommerceChanges.CheckIn]) async throws {
        let owner = "\(source).tasks"
        let told = try await store.memories(of: owner)
        for checkIn in checkIns where told[checkIn.taskID] == nil {
            guard WireID.isValid(checkIn.taskID), WireID.isValid(checkIn.salesID) else { continue }
            let bay = checkIn.bay.map { String($0.filter(\.isASCII).prefix(32)) }.flatMap {
                $0.isEmpty ? nil : $0
            }
            let task = StaffTaskDocument(
                taskID: checkIn.taskID,
                kind: .curbsideArrival,
                orderID: checkIn.salesID,
                bay: bay
            )
            try await store.publish(
                FeedItem.task(task),
                as: "task/\(task.taskID)",
                version: 1,
                validUntil: store.now + Self.taskLife * 1_000,
                at: station
            )
            try await store.remember([], checkIn.taskID, for: owner)
        }
        let open = Set(checkIns.map(\.taskID))
        for done in told.keys where !open.contains(done) { try await store.remember(nil, done, for: owner) }
    }
}
