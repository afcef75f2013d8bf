internal import Foundation
internal import StationAPI

/// What the station reports, taken once however often it arrives.
extension SandboxHQ {
    /// Events in the order in which they arrived first.
    public func events() -> [ReceivedEvent] { inbox }

    /// What names an event for ever.
    struct EventName: Hashable {
        var source: String
        var id: String
    }

    /// Whether the reply to an event that came for the first time is lost on its way, as ``Fault/flakyReplies``
    /// wants it.
    var isReplyLost: Bool { fault == .flakyReplies && inbox.count % 29 == 0 }

    enum Reception {
        case applied
        case duplicate
        case mismatch
        case unknownOrder
    }

    /// Takes an event: `(source, id)` is counted once for ever, and the same name with another content is no
    /// duplicate.
    func take(_ event: CloudEvent) -> Reception {
        let name = EventName(source: event.source, id: event.id)
        if let index = received[name] {
            guard inbox[index].type == event.type, inbox[index].sequence == event.sequence,
                inbox[index].orderID == event.subject, inbox[index].data == event.data
            else { return .mismatch }
            inbox[index].deliveries += 1
            return .duplicate
        }
        // What the station set aside need not be an order: HQ wants to hear of it all the same.
        let isKnown = event.subject.map { documents[$0] != nil || $0.hasPrefix("GEN-") } ?? true
        guard isKnown || event.type == EventType.orderQuarantined.rawValue else { return .unknownOrder }
        received[name] = inbox.count
        inbox.append(
            ReceivedEvent(
                id: event.id,
                source: event.source,
                type: event.type,
                orderID: event.subject,
                sequence: event.sequence,
                time: event.time.text,
                deliveries: 1,
                data: event.data
            )
        )
        if fault == .accepted202 { unapplied.append(event) } else { apply(event) }
        wake()
        return .applied
    }

    /// Applies what was only received while it was set to be so.
    func applyReceived() {
        let waiting = unapplied
        unapplied = []
        for event in waiting { apply(event) }
    }

    private func apply(_ event: CloudEvent) {
        guard let id = event.subject, let index = book.firstIndex(where: { $0.orderId == id }) else { return }
        let parcels = parcelIDs(event)
        switch EventType(rawValue: event.type) {
        case .orderLoaded: loaded(index, parcels)
        case .orderLoadFailed: book[index].note("could not be loaded")
        case .pickupStarted: book[index].note("the customer is at the station")
        case .pickupPartial, .pickupCompleted: collected(index, parcels)
        case .pickupCorrected: corrected(index, parcels)
        case .orderRecalled: recalled(index, parcels)
        case .orderExpired:
            book[index].status = "expired"
            book[index].note("not collected in time")
        default: book[index].note(event.type)
        }
    }

    private func parcelIDs(_ event: CloudEvent) -> [String] {
        event.data?["parcelIds"]?.elements?.compactMap(\.text) ?? []
    }

    private func move(_ index: Int, _ parcels: [String], to place: Place) {
        for parcel in book[index].parcels.indices where parcels.contains(book[index].parcels[parcel].parcelId)
        {
            put(parcel, of: index, to: place)
        }
    }

    private func loaded(_ index: Int, _ parcels: [String]) {
        move(index, parcels, to: .loaded)
        book[index].note("loaded")
        guard book[index].status == "placed", book[index].parcels.allSatisfy({ $0.place == .loaded }) else {
            return
        }
        book[index].status = "ready"
        book[index].message =
            "Order \(book[index].displayNumber) is ready. "
            + "Scan \(book[index].scannedCode) or type \(book[index].typedCode)."
        book[index].note("ready for pickup; the customer was told")
    }

    private func collected(_ index: Int, _ parcels: [String]) {
        move(index, parcels, to: .collected)
        book[index].note("collected; goods taken from stock")
        guard book[index].parcels.allSatisfy({ $0.place == .collected }) else { return }
        book[index].status = "completed"
        book[index].note("completed")
        guard var document = documents[book[index].orderId] else { return }
        document.version += 1
        document.status = .completed
        documents[document.orderID] = document
        feed.append(
            key: document.orderID,
            .removal(OrderRemoval(orderID: document.orderID, version: document.version, reason: .completed))
        )
    }

    /// A completion was false: the parcels are still in the wall, and the order is the station's again.
    private func corrected(_ index: Int, _ parcels: [String]) {
        move(index, parcels, to: .loaded)
        book[index].status = "ready"
        book[index].note("not collected after all; goods back in stock")
        guard var document = documents[book[index].orderId] else { return }
        document.version += 1
        document.status = .ready
        documents[document.orderID] = document
        publish(document.orderID)
    }

    private func recalled(_ index: Int, _ parcels: [String]) {
        move(index, parcels, to: .recalled)
        book[index].note("taken out again by staff; reservation released")
    }
}
