internal import Foundation
internal import StationAPI

/// Ordering, and changing one's mind.
extension SandboxHQ {
    /// What the shop has.
    public func products() -> [Product] { inventory.products }

    /// All orders, oldest first.
    public func orders() -> [PlacedOrder] { book }

    /// One order.
    public func order(_ id: String) -> PlacedOrder? { book.first { $0.orderId == id } }

    /// Orders these goods for pickup at the store, one parcel each: they are reserved at once.
    ///
    /// - Throws: ``Refusal`` if something is sold out; then nothing is reserved.
    @discardableResult
    public func placeOrder(sku: [String]) throws -> PlacedOrder {
        var reserved = inventory
        for item in sku { try reserved.reserve(item) }
        guard !sku.isEmpty else { throw Refusal(description: "choose something first") }
        inventory = reserved
        let number = 1001 + book.count
        let id = "ORD-\(number)-\(String(UInt32.random(in: 0...UInt32.max), radix: 36).uppercased())"
        let (typed, scanned) = codes.makeCodes()
        var order = PlacedOrder(
            orderId: id,
            displayNumber: "\(number)",
            status: "placed",
            parcels: sku.enumerated().map { index, item in
                PlacedOrder.Parcel(
                    parcelId: "\(id)-\(index + 1)",
                    label: "PARCEL-\(number)-\(index + 1)",
                    size: inventory.product(item)?.size ?? "M",
                    sku: item,
                    place: .awaited
                )
            },
            typedCode: typed,
            scannedCode: scanned,
            timeline: [],
            message: nil
        )
        order.note("ordered, pickup at the store; goods reserved")
        book.append(order)
        documents[id] = OrderDocument(
            orderID: id,
            version: 1,
            displayNumber: order.displayNumber,
            status: .awaitingLoad,
            parcels: order.parcels.enumerated().map { index, parcel in
                ParcelDocument(
                    parcelID: parcel.parcelId,
                    label: parcel.label,
                    size: SizeClass(rawValue: parcel.size).map { .named($0) },
                    lines: [ParcelLine(lineID: "\(index + 1)", quantity: 1)]
                )
            },
            pickup: PickupWindow(expiresAt: .now(plusSeconds: 3 * 86_400)),
            codes: codes.documents(typed: typed, scanned: scanned),
            station: configuration.station,
            lines: order.parcels.enumerated().map { OrderLine(lineID: "\($0 + 1)", sku: $1.sku, quantity: 1) }
        )
        publish(id)
        return order
    }

    /// Cancels an order; what is not loaded is released at once, the rest when it is recalled.
    public func cancel(_ id: String) throws {
        try change(id, to: "cancelled", note: "cancelled") { $0.status = .cancelled }
        releaseAwaited(id)
    }

    /// Lets the order wait longer.
    public func extend(_ id: String, bySeconds seconds: Int) throws {
        try change(id, to: nil, note: "hold extended") { document in
            let end = document.pickup.expiresAt?.milliseconds ?? WireTime.now().milliseconds
            document.pickup.expiresAt = WireTime(milliseconds: end + Int64(seconds) * 1000)
        }
    }

    /// Sends the order to another store.
    public func reroute(_ id: String, to storeName: String) throws {
        try change(id, to: "rerouted", note: "sent to \(storeName)") { document in
            document.station = "OTHER-1"
            document.stationName = storeName
        }
        releaseAwaited(id)
    }

    /// Makes the last parcel an order of its own.
    @discardableResult
    public func split(_ id: String) throws -> PlacedOrder {
        guard let index = book.firstIndex(where: { $0.orderId == id }), book[index].parcels.count > 1,
            var document = documents[id]
        else { throw Refusal(description: "an order of at least two parcels can be split") }
        let parcel = book[index].parcels.removeLast()
        let moved = document.parcels.removeLast()
        document.version += 1
        documents[id] = document
        let (typed, scanned) = codes.makeCodes()
        let number = 1001 + book.count
        var order = book[index]
        order.orderId = id + "-B"
        order.displayNumber = "\(number)"
        order.parcels = [parcel]
        order.typedCode = typed
        order.scannedCode = scanned
        order.timeline = []
        order.note("split from order \(book[index].displayNumber)")
        book[index].note("one parcel is now order \(number)")
        book.append(order)
        var own = document
        own.orderID = order.orderId
        own.version = 1
        own.displayNumber = order.displayNumber
        own.parcels = [moved]
        own.codes = codes.documents(typed: typed, scanned: scanned)
        documents[order.orderId] = own
        publish(order.orderId)
        publish(id)
        return order
    }

    /// Waits until an order has this status.
    ///
    /// - Throws: ``Refusal`` with the status it has instead once the time is over.
    public func waitFor(_ id: String, status: String, withinMs limit: Int) async throws -> PlacedOrder {
        let end = ContinuousClock.now + .milliseconds(limit)
        while ContinuousClock.now < end {
            if let order = order(id), order.status == status { return order }
            await change(withinMs: 200)
        }
        throw Refusal(description: "order \(id) should be \(status) and is \(order(id)?.status ?? "unknown")")
    }

    /// So many live orders at once, for measurements: one parcel each.
    public func generate(orders count: Int) {
        for number in 0..<count {
            let id = "GEN-\(number)"
            let document = OrderDocument(
                orderID: id,
                version: 1,
                displayNumber: "G\(number)",
                status: .awaitingLoad,
                parcels: [
                    ParcelDocument(parcelID: "\(id)-1", label: "GEN-LABEL-\(number)", size: .named(.medium))
                ],
                pickup: PickupWindow(expiresAt: .now(plusSeconds: 3 * 86_400)),
                codes: codes.documents(
                    typed: String(10_000_000_000 + number),
                    scanned: "GENERATED-CODE-\(number)"
                ),
                station: configuration.station,
                lines: [OrderLine(lineID: "1", sku: "1042", quantity: 1)]
            )
            feed.append(key: id, .order(document))
        }
        wake()
    }

    /// Every cursor that was given out is unknown from now on: the station reads everything again.
    public func forgetCursors() {
        feed.expireCursors()
        wake()
    }

    // MARK: Parts

    private func change(
        _ id: String,
        to status: String?,
        note: String,
        _ body: (inout OrderDocument) -> Void
    ) throws {
        guard let index = book.firstIndex(where: { $0.orderId == id }), var document = documents[id] else {
            throw Refusal(description: "there is no order \(id)")
        }
        guard book[index].status != "completed" else {
            throw Refusal(description: "order \(id) is completed")
        }
        body(&document)
        document.version += 1
        documents[id] = document
        if let status { book[index].status = status }
        book[index].note(note)
        publish(id)
    }

    func publish(_ id: String) {
        guard let document = documents[id] else { return }
        feed.append(key: id, .order(document))
        wake()
    }

    private func releaseAwaited(_ id: String) {
        guard let index = book.firstIndex(where: { $0.orderId == id }) else { return }
        for parcel in book[index].parcels.indices where book[index].parcels[parcel].place == .awaited {
            put(parcel, of: index, to: .released)
        }
    }

    /// Keeps place and stock in step.
    func put(_ parcel: Int, of order: Int, to place: Place) {
        let known = book[order].parcels[parcel]
        inventory.move(known.sku, from: known.place, to: place)
        book[order].parcels[parcel].place = place
    }
}

extension SandboxHQ.PlacedOrder {
    /// Adds a line to the order's story.
    mutating func note(_ what: String) {
        timeline.append(Step(at: WireTime.now().text, what: what))
    }
}
