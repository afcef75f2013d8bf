internal import StationCore

/// What HQ has signed, and what others say it has.
struct SimSigned {
    /// Commands that were sent, as they were.
    var commands: [HQCommand] = []
    /// Commands that the station says it has done.
    var done: [String] = []
    /// Each grant as it was signed.
    var grants: [GrantID: ShownGrant] = [:]
}

/// Grants and commands: good, replayed, late and forged.
extension Simulation {
    // MARK: Commands

    /// HQ, or who pretends to be it, sends a command.
    func command() throws {
        let command: HQCommand
        switch random.below(6) {
        case 0:
            guard let old = random.pick(signed.commands) else { return }
            command = old
        case 1:
            var late = draw()
            late.issuedAt = wall.advanced(byMs: -Int64(random.within(600_000...86_400_000)))
            command = late
        case 2:
            var forged = draw()
            forged.fault = random.pick(["unsigned", "unknownKey", "revokedKey", "badSignature"])
            command = forged
        default: command = draw()
        }
        signed.commands.append(command)
        try send(command)
    }

    /// The row of its order as it is now.
    private func send(_ command: HQCommand) throws {
        var command = command
        switch command.action {
        case .expire(let order), .extend(let order, _): command.order = try store.order(order)
        default: break
        }
        try decide(.commandReceived(command))
    }

    private func draw() -> HQCommand {
        let door = state.compartments[random.below(truth.doors.count)].plan.id
        let order = random.pick(hq.orders)?.record.id ?? "O1"
        let action: HQCommand.Action?
        switch random.below(9) {
        // Back into service by a command needs the time: only where it is known.
        case 0 where options.isClockTrusted: action = .takeOutOfService(door)
        case 1, 2:
            let taken = state.compartments.first { $0.record.outOfService == .byHQ }?.plan.id
            action = .putIntoService(taken ?? door)
        case 3: action = .expire(order)
        case 4: action = .extend(order, until: wall.advanced(byMs: Int64(random.within(1...100)) * 3_600_000))
        case 5: action = .openDoor(door, order: random.chance(500) ? order : nil)
        case 6: action = random.chance(500) ? .reloadConfiguration : .unknown(kind: "reboot")
        case 7: action = nil
        default: action = .sendDiagnostics
        }
        number += 1
        return HQCommand(
            id: "C\(number)",
            action: action,
            issuedAt: wall,
            maxAgeMs: 300_000,
            nonce: random.chance(500) ? "\(random.below(1_000_000))" : state.support?.nonce
        )
    }

    /// Once everything is well, HQ has no door out of service.
    func giveDoorsBack() throws {
        for compartment in state.compartments where compartment.record.outOfService == .byHQ {
            number += 1
            try send(
                HQCommand(
                    id: "C\(number)",
                    action: .putIntoService(compartment.plan.id),
                    issuedAt: stationTime,
                    maxAgeMs: 300_000
                )
            )
        }
    }

    /// S10: a command is done once, fresh, and only if HQ has signed it.
    func checkCommand(_ report: Report) throws {
        guard report.type == .commandExecuted, let id = report.command else { return }
        guard !signed.done.contains(id) else { throw broken("S10: \(id) was done twice") }
        signed.done.append(id)
        guard let command = signed.commands.last(where: { $0.id == id }) else { return }
        guard signed.commands.contains(where: { $0.id == id && $0.fault == nil }) else {
            throw broken("S10: \(id) was done, and HQ did not sign it")
        }
        guard state.clock.isTrusted || command.isAboutDoorOpening else {
            throw broken("S13: \(id) was done without the time")
        }
        // The station's time may be off by two minutes, and a trusted source by ninety seconds.
        guard wall.ms(since: command.issuedAt) < command.maxAgeMs + 300_000 || command.isAboutDoorOpening
        else {
            throw broken("S10: \(id) was done \(wall.ms(since: command.issuedAt)) ms after it was issued")
        }
    }

    // MARK: Support on the phone

    /// The customer's door is stuck, or their code refused: they call, HQ opens, they say yes. True: that was their turn.
    func isHelpedBySupport(_ order: SimOrder, _ screen: KioskScreen) throws -> Bool {
        if let opening = state.openings.first(where: { $0.purpose == .remote }) {
            let door = index(of: opening.compartment)
            if truth.doors[door].isOpen { takeOut(door, order.record.id) }
            return true
        }
        switch screen {
        case .doorStuck, .refused: break
        default: return false
        }
        guard let ticket = state.support else {
            guard !isHealed, random.chance(options[.commands]) else { return false }
            try decide(.buttonPressed(.callSupport))
            return true
        }
        if ticket.request != nil {
            try decide(.buttonPressed(random.chance(900) ? .supportYes : .supportNo))
            return true
        }
        guard random.chance(600) else { return false }
        // HQ knows what the station has told it of the order.
        let inside = state.compartments.first { $0.record.contents.order == order.record.id }
        number += 1
        let command = HQCommand(
            id: "C\(number)",
            action: .openDoor(
                inside?.plan.id ?? state.compartments[random.below(truth.doors.count)].plan.id,
                order: order.record.id
            ),
            issuedAt: wall,
            maxAgeMs: 60_000,
            nonce: ticket.nonce
        )
        signed.commands.append(command)
        try decide(.commandReceived(command))
        return true
    }

    // MARK: Grants

    /// A label of an order that the feed has not brought: with the real shell's rule, a label is its parcel's id.
    func lookForUnmatched(_ text: String, _ code: inout ShownCode) throws {
        guard text.hasPrefix("L-"), code.pickup == nil, code.parcel == nil, code.badge == nil else { return }
        let parcel = ParcelID(String(text.dropFirst(2)))
        if let row = try store.order(OrderID(unmatched: parcel)) {
            code.parcel = ShownCode.LabelMatch(order: row, parcel: parcel)
        } else if state.takesUnmatchedLabels {
            code.unmatched = parcel
        }
    }

    func showGrant(of order: SimOrder) throws {
        if random.chance(60) { return try decide(.grantShown(.refused(.notValid))) }
        let id = GrantID(
            "G-\(order.record.id)-\(order.record.parcels.map(\.id.rawValue).joined(separator: "+"))"
        )
        let grant = signed.grants[id] ?? sign(id, order)
        signed.grants[id] = grant
        for _ in 0..<2 {
            var shown = grant
            shown.known = try store.order(order.record.id)
            shown.unmatched = try grant.order.parcels.compactMap {
                try store.order(OrderID(unmatched: $0.id))
            }
            let crashesBefore = counts.crashes
            try decide(.grantShown(.signed(shown)))
            guard counts.crashes == crashesBefore else { return }
            if case .staff = state.session { return }
            let isRow = try store.order(order.record.id) != nil
            guard shown.known == nil, isRow else { return }
        }
    }

    private func sign(_ id: GrantID, _ order: SimOrder) -> ShownGrant {
        let start = wall.advanced(byMs: random.chance(100) ? 3_600_000 : -120_000)
        let end = start.advanced(byMs: Int64(random.within(1...2_000)) * 600_000)
        let record = OrderRecord(
            id: order.record.id,
            version: 0,
            displayNumber: order.record.displayNumber,
            notBefore: start,
            expiresAt: end,
            parcels: order.record.parcels.map { ParcelRecord(id: $0.id, size: .medium) }
        )
        return ShownGrant(
            id: id,
            stations: random.chance(50) ? ["ELSEWHERE"] : ["SIM"],
            notBefore: start,
            notAfter: end,
            order: record
        )
    }

    // MARK: Pulses

    /// S4, S10, S13 of what opens by HQ's signature.
    func checkSigned(_ opening: Opening, door: Int) throws {
        if let id = opening.grant {
            guard let grant = signed.grants[id] else { throw broken("S4: HQ signed no grant \(id)") }
            guard grant.stations == ["SIM"] else { throw broken("S4: \(id) is for another store") }
            guard state.clock.isTrusted else { throw broken("S13: \(id) opened a door without the time") }
            guard stationTime <= grant.notAfter, stationTime >= grant.notBefore else {
                throw broken("S4: \(id) opened a door outside its window")
            }
            let named = grant.order.parcels.map(\.id)
            guard opening.parcels.allSatisfy(named.contains) else {
                throw broken("S4: \(id) opened a door with other parcels")
            }
            guard state.grantsUsed.contains(where: { $0.id == id }) else {
                throw broken("S4: \(id) opened a door and is not in the books")
            }
        }
        guard case .hq(let id) = opening.authority else { return }
        counts.remoteOpenings += 1
        let commands = signed.commands.filter { $0.id == id && $0.fault == nil }
        guard let command = commands.last, case .openDoor(opening.compartment, let order) = command.action
        else {
            throw broken("S10: HQ did not ask for \(opening.compartment)")
        }
        guard wall.ms(since: command.issuedAt) <= 310_000 else {
            throw broken("S10: \(id) opened a door too late")
        }
        for item in truth.doors[door].items where !overlooked.contains(item) && !doubtful.contains(item) {
            guard let order, hq.owns(order, item) else { throw broken("S4: \(id) opens a door with \(item)") }
        }
    }

    /// S11: a hold is longer than HQ said only by a time in which the parcel was here and could not be had.
    func checkHold(_ row: OrderRecord, _ opening: Opening) throws {
        guard let end = row.expiresAt, state.clock.isTrusted, end < stationTime else { return }
        // One door of it that cannot serve lets the whole order's hold stand still.
        let inside = state.compartments.compactMap(\.record.contents.occupancy).filter { $0.order == row.id }
        let outages = inside.map { occupancy in
            let running = occupancy.frozenSince.map { max(0, stationTime.ms(since: $0)) } ?? 0
            return (occupancy.outageMs ?? 0) + running
        }
        let outage = outages.max() ?? 0
        guard end.advanced(byMs: outage) >= stationTime else {
            throw broken("S4: the hold of \(row.id) is over")
        }
        let loaded = row.parcels.compactMap { witness.loadedAt[$0.id] }.min()
        guard let loaded, outage <= stationTime.ms(since: loaded) else {
            throw broken("S11: \(row.id) had an outage of \(outage) ms, and was not here for as long")
        }
    }
}

extension HQCommand {
    /// Its age counts from the number on the screen.
    var isAboutDoorOpening: Bool {
        if case .openDoor = action { true } else { false }
    }
}
