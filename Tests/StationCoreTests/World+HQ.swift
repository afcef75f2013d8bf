import StationCore
import Testing

extension HQCommand {
    /// A signed command of a minute.
    static func test(
        _ id: String,
        _ action: Action?,
        issuedAt: StationTime,
        maxAgeMs: Int64 = 60_000,
        nonce: String? = nil,
        fault: String? = nil
    ) -> HQCommand {
        HQCommand(id: id, action: action, issuedAt: issuedAt, maxAgeMs: maxAgeMs, nonce: nonce, fault: fault)
    }
}

extension World {
    var time: StationTime { state.clock.time(at: now) }

    // MARK: Commands

    @discardableResult
    mutating func command(
        _ id: String,
        _ action: HQCommand.Action?,
        ageMs: Int64 = 0,
        maxAgeMs: Int64 = 60_000,
        nonce: String? = nil,
        fault: String? = nil
    ) -> Decision {
        var command = HQCommand.test(
            id,
            action,
            issuedAt: time.advanced(byMs: -ageMs),
            maxAgeMs: maxAgeMs,
            nonce: nonce,
            fault: fault
        )
        switch action {
        case .expire(let order), .extend(let order, _): command.order = self.order(order)
        default: break
        }
        return send(.commandReceived(command))
    }

    /// Why commands were refused, in order.
    var refusedCommands: [String] { reports(.commandRefused).compactMap(\.reason) }
    var doneCommands: [String] { reports(.commandExecuted).compactMap(\.command) }

    // MARK: Grants

    /// A grant of an hour for an order of these parcels, as the shell passes it in.
    func grant(
        _ id: GrantID,
        order: OrderID,
        _ parcels: ParcelID...,
        stations: [StationID] = ["T1"],
        fromMs: Int64 = -1_000,
        untilMs: Int64 = 3_600_000
    ) -> ShownGrant {
        let start = time.advanced(byMs: fromMs)
        let end = time.advanced(byMs: untilMs)
        let record = OrderRecord(
            id: order,
            version: 0,
            displayNumber: "#\(order)",
            notBefore: start,
            expiresAt: end,
            parcels: parcels.map { ParcelRecord(id: $0, size: .medium) }
        )
        return ShownGrant(id: id, stations: stations, notBefore: start, notAfter: end, order: record)
    }

    /// The customer (or staff) scans a grant; the shell looks up the rows.
    @discardableResult
    mutating func show(_ grant: ShownGrant) -> Decision {
        var shown = grant
        shown.known = order(grant.order.id)
        shown.unmatched = grant.order.parcels.compactMap { order(OrderID(unmatched: $0.id)) }
        let decision = send(.grantShown(.signed(shown)))
        if case .staff = state.session { return decision }
        // Its order is a row now: once more, with it.
        guard shown.known == nil, let row = order(grant.order.id) else { return decision }
        shown.known = row
        return send(.grantShown(.signed(shown)))
    }

    /// Staff load parcels whose labels nobody knows.
    mutating func loadUnmatched(_ parcels: ParcelID...) {
        signIn()
        for parcel in parcels {
            var code = ShownCode(form: .scanned(bits: 60))
            code.unmatched = parcel
            send(.codeShown(code))
            finishLoad()
        }
        press(.finish)
    }
}
