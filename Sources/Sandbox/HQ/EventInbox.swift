internal import Foundation
internal import StationAPI

/// What the station reports, taken once however often it arrives.
extension SandboxHQ {
    /// Events in the order in which they arrived first.
    public func events() -> [ReceivedEvent] { inbox }

    enum Reception {
        case applied
        case duplicate
        case unknownOrder
    }

    func take(_ event: CloudEvent) -> Reception {
        if let index = inbox.firstIndex(where: { $0.id == event.id }) {
            inbox[index].deliveries += 1
            return .duplicate
        }
        // What the station set aside need not be an order: HQ wants to hear of it all the same.
        let isKnown = event.subject.map { documents[$0] != nil || $0.hasPrefix("GEN-") } ?? true
        guard isKnown || event.type == EventType.orderQuarantined.rawValue else { return .unknownOrder }
        inbox.append(
            ReceivedEvent(
                id: event.id,
                type: event.type,
                orderID: event.subject,
                sequence: event.sequence,
                time: event.time.text,
                deliveries: 1,
                data: event.data
            )
        )
        apply(event)
        wake()
        return .applied
    }

    private func apply(_ event: CloudEvent) {
        guard let id = event.subject, let index = book.firstIndex(where: { $0.orderId == id }) else { return }
        let parcels = parcelIDs(event)
        switch EventType(rawValue: event.type) {
        case .orderLoaded: loaded(index, parcels)
        case .orderLoadFailed: book[index].note("could not be loaded")
        case .pickupStarted: book[index].note("the customer is at the station")
        case .pickupPartial, .pickupCompleted: collected(index, parcels)
        case .orderRecalled: recalled(index, parcels)
        case .orderExpired:
            book[index].status = "expired"
            book[index].note("not collected in time")
        default: book[index].note(event.type)
        }
    }

    private func parcelIDs(_ event: CloudEvent) -> [String] {
        guard case .object(let members)? = event.data, case .array(let ids)? = members["parcelIds"] else {
            return []
        }
        return ids.compactMap { if case .string(let id) = $0 { id } else { nil } }
    }

    private func move(
        _ index: Int,
        _ parcels: [String],
        to place: String,
        _ each: (PlacedOrder.Parcel) -> Void
    ) {
        for parcel in book[index].parcels.indices where parcels.contains(book[index].parcels[parcel].parcelId)
        {
            guard book[index].parcels[parcel].place != place else { continue }
            each(book[index].parcels[parcel])
            book[index].parcels[parcel].place = place
        }
    }

    private func loaded(_ index: Int, _ parcels: [String]) {
        move(index, parcels, to: "loaded") { _ in }
        book[index].note("loaded")
        guard book[index].status == "placed", book[index].parcels.allSatisfy({ $0.place == "loaded" }) else {
            return
        }
        book[index].status = "ready"
        book[index].message =
            "Order \(book[index].displayNumber) is ready. Scan \(book[index].scannedCode) or type \(book[index].typedCode)."
        book[index].note("ready for pickup; the customer was told")
    }

    private func collected(_ index: Int, _ parcels: [String]) {
        move(index, parcels, to: "collected") { inventory.handOver($0.sku) }
        book[index].note("collected; goods taken from stock")
        guard book[index].parcels.allSatisfy({ $0.place == "collected" }) else { return }
        book[index].status = "completed"
        book[index].note("completed")
        guard let document = documents[book[index].orderId] else { return }
        feed.append(
            key: document.orderID,
            .removal(
                OrderRemoval(orderID: document.orderID, version: document.version + 1, reason: .completed)
            )
        )
    }

    private func recalled(_ index: Int, _ parcels: [String]) {
        move(index, parcels, to: "recalled") { inventory.release($0.sku) }
        book[index].note("taken out again by staff; reservation released")
    }
}
