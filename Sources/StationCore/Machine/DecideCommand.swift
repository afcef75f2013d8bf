/// Signed commands of HQ. Each is done once, while it is fresh, within HQ's budget, or refused with a reason that HQ
/// hears (S8, S10).
extension Draft {
    /// How far ahead of station time a command may be issued, in milliseconds: as far as two trusted clocks differ.
    static let commandAheadMaxMs: Int64 = 120_000
    /// How many commands are remembered at once: HQ has no business with more in so few days.
    static let commandsMax = 2_000

    mutating func receiveCommand(_ command: HQCommand) {
        // Who did not sign it must not use up its id either.
        if let fault = command.fault {
            refuse(command, fault, isFinal: false)
            return
        }
        guard !state.commandsDone.contains(where: { $0.id == command.id }) else {
            refuse(command, "replayed", isFinal: false)
            return
        }
        guard state.commandsDone.count < Self.commandsMax else {
            refuse(command, "tooManyCommands", isFinal: false)
            return
        }
        guard let action = command.action else {
            refuse(command, "badArguments")
            return
        }
        if case .openDoor(let compartment, let order) = action {
            askToOpen(compartment, order: order, command)
            return
        }
        if let reason = staleness(of: command) {
            refuse(command, reason)
            return
        }
        switch action {
        case .openDoor: break
        case .takeOutOfService(let id): takeOutOfService(id, command)
        case .putIntoService(let id): putIntoService(id, command)
        case .expire(let id): expire(id, command)
        case .extend(let id, let until): extend(id, until: until, command)
        case .reloadConfiguration:
            done(command)
            perform(.reloadConfiguration)
        case .sendDiagnostics:
            done(command)
            perform(.sendDiagnostics)
        case .unknown(let kind): refuse(command, "unsupported.\(kind)")
        }
    }

    /// Why its age forbids it; nil if it is fresh. Without the time nothing that is limited in time is done (S13).
    private func staleness(of command: HQCommand) -> String? {
        guard state.clock.isTrusted else { return "clockUntrusted" }
        let age = time.ms(since: command.issuedAt)
        if age > command.maxAgeMs { return "late" }
        return age < -Self.commandAheadMaxMs ? "fromTheFuture" : nil
    }

    // MARK: What is told

    /// `isFinal`: it will not be looked at again.
    private mutating func refuse(_ command: HQCommand, _ reason: String, isFinal: Bool = true) {
        if isFinal { remember(command) }
        report(.commandRefused) {
            $0.command = command.id
            $0.reason = reason
            switch command.action {
            case .openDoor(let id, _), .takeOutOfService(let id), .putIntoService(let id): $0.compartment = id
            case .expire(let id), .extend(let id, _): $0.order = id
            case .reloadConfiguration, .sendDiagnostics, .unknown, nil: break
            }
        }
    }

    private mutating func done(_ command: HQCommand, _ fill: (inout Report) -> Void = { _ in }) {
        remember(command)
        report(.commandExecuted) {
            $0.command = command.id
            fill(&$0)
        }
    }

    private mutating func remember(_ command: HQCommand) {
        for old in state.commandsDone where old.until < time { record(.commandForgotten(old.id)) }
        // What is older than its age is refused as late; the clock may be a little off when it is shown again.
        let start = max(time, command.issuedAt)
        let until = start.advanced(byMs: command.maxAgeMs).advanced(byMs: 2 * 86_400_000)
        record(.commandDone(CommandUse(id: command.id, until: until)))
    }

    // MARK: Doors in and out of service

    private mutating func takeOutOfService(_ id: CompartmentID, _ command: HQCommand) {
        guard let compartment = state.compartment(id) else {
            refuse(command, "unknownCompartment")
            return
        }
        guard compartment.record.outOfService == nil else {
            refuse(command, "outOfService")
            return
        }
        record(.service(id, .byHQ))
        done(command) { $0.compartment = id }
    }

    private mutating func putIntoService(_ id: CompartmentID, _ command: HQCommand) {
        guard let compartment = state.compartment(id) else {
            refuse(command, "unknownCompartment")
            return
        }
        // What a lock, a sensor or a person at the wall took out of service is theirs to give back.
        guard compartment.record.outOfService == .byHQ else {
            refuse(command, "notTakenByHQ")
            return
        }
        record(.service(id, nil))
        done(command) { $0.compartment = id }
    }

    // MARK: Holds

    private mutating func expire(_ id: OrderID, _ command: HQCommand) {
        guard var order = command.order, order.id == id, order.standing == .live else {
            refuse(command, "unknownOrder")
            return
        }
        guard !order.isExpired else {
            refuse(command, "expired")
            return
        }
        order.isExpired = true
        record(.orderStored(order))
        record(.orderExpired(id, true))
        for compartment in state.compartments { follow(order, in: compartment) }
        done(command) { $0.order = id }
        report(.orderExpired) {
            $0.order = id
            $0.command = command.id
            $0.parcels = order.parcels.filter { $0.place.compartment != nil }.map(\.id)
            $0.reason = "command"
        }
    }

    private mutating func extend(_ id: OrderID, until: StationTime, _ command: HQCommand) {
        guard var order = command.order, order.id == id, order.standing == .live else {
            refuse(command, "unknownOrder")
            return
        }
        guard until > time else {
            refuse(command, "badArguments")
            return
        }
        order.expiresAt = until
        order.isExpired = false
        record(.orderStored(order))
        for compartment in state.compartments { follow(order, in: compartment) }
        let deadline = state.deadline(of: order)
        done(command) {
            $0.order = id
            $0.deadline = deadline
        }
    }

    // MARK: Opening a door for a customer on the phone

    /// The customer wants help: the kiosk shows a number that support needs, and the session stays for a while.
    mutating func callSupport() {
        let until = now.advanced(byMs: policy.supportMs)
        switch state.session {
        case .refusing(let refusal, _): record(.session(.refusing(refusal, until: until)))
        case .collecting(var collecting):
            switch collecting.step {
            case .stuck: collecting.step = .stuck(until: until)
            case .done: collecting.step = .done(until: until)
            case .opening, .resting:
                notify(.tooLate)
                return
            }
            record(.session(.collecting(collecting)))
        case .staff, .service, .identifying, nil:
            notify(.tooLate)
            return
        }
        if state.support == nil { record(.support(SupportTicket(nonce: nonce(), since: now))) }
    }

    /// Six digits that follow from the moment's unique text: known to nobody before they are on the screen.
    private func nonce() -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in moment.uniqueID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        // The low bits of this hash are poor.
        let digits = String((hash >> 20) % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    private mutating func askToOpen(_ id: CompartmentID, order: OrderID?, _ command: HQCommand) {
        if let reason = whyNotOpened(id, order: order, command) {
            refuse(command, reason)
            return
        }
        guard var ticket = state.support else { return }
        if let pending = ticket.request {
            if pending.command.id == command.id { return }
            refuse(command, "busy")
            return
        }
        ticket.request = SupportTicket.Request(command: command, compartment: id, order: order)
        record(.support(ticket))
    }

    /// Why HQ's door is not opened for the customer at the kiosk; nil if it is, once they say yes.
    private mutating func whyNotOpened(
        _ id: CompartmentID,
        order: OrderID?,
        _ command: HQCommand
    ) -> String? {
        guard let ticket = state.support, let nonce = command.nonce, ticket.nonce == nonce else {
            return "noSuchSession"
        }
        guard now.ms(since: ticket.since) <= command.maxAgeMs else { return "late" }
        switch state.session {
        case .refusing: break
        case .collecting(let collecting):
            switch collecting.step {
            case .stuck, .done: break
            case .opening, .resting: return "busy"
            }
        case .staff, .service, .identifying, nil: return "noSuchSession"
        }
        guard let compartment = state.compartment(id), compartment.plan.kind == .locker else {
            return "unknownCompartment"
        }
        guard compartment.record.contents == .empty || compartment.record.contents.occupancy != nil else {
            return "busy"
        }
        if let inside = compartment.record.contents.order, inside != order { return "holdsAnotherOrder" }
        guard state.openings.isEmpty else { return "busy" }
        guard !state.isWithoutPower else { return "powerLost" }
        guard compartment.isBoardUp, compartment.isWalked, compartment.record.alarm == nil,
            compartment.record.outOfService == nil || compartment.record.outOfService == .doorStuck
        else { return "doorUnavailable" }
        if let cool = compartment.coolsUntil, cool > now { return "coolingDown" }
        return isAdmitted(.hq(commandID: command.id), .remote, id) ? nil : "overBudget"
    }

    /// The customer answers support's question.
    mutating func answerSupport(_ isYes: Bool) {
        guard var ticket = state.support, let request = ticket.request else {
            notify(.tooLate)
            return
        }
        ticket.request = nil
        record(.support(ticket))
        guard isYes else {
            refuse(request.command, "declined")
            return
        }
        if let reason = whyNotOpened(request.compartment, order: request.order, request.command) {
            refuse(request.command, reason)
            notify(.tooLate, request.compartment)
            return
        }
        let contents = state.compartment(request.compartment)?.record.contents ?? .empty
        remember(request.command)
        let opening = intend(
            Request(
                compartment: request.compartment,
                purpose: .remote,
                authority: .hq(commandID: request.command.id),
                order: contents.order,
                displayNumber: contents.occupancy?.displayNumber ?? "",
                parcels: contents.parcels,
                awaitedElsewhere: state.collecting?.order.awaited ?? 0,
                handover: state.collecting?.handover,
                attempt: 1
            )
        )
        report(.commandExecuted) {
            $0.command = request.command.id
            $0.compartment = request.compartment
            $0.opening = opening
            $0.order = contents.order
        }
    }

    /// The session that support was called to is over.
    mutating func endSupport(_ reason: String) {
        guard let ticket = state.support else { return }
        record(.support(nil))
        if let request = ticket.request { refuse(request.command, reason) }
    }

    /// A door that HQ opened was opened and closed again: what was inside is with the customer it was opened for.
    mutating func remoteDoorClosed(_ opening: Opening) {
        let inside = state.compartment(opening.compartment)?.record.contents.occupancy
        guard let inside, inside.order == opening.order, inside.parcels == opening.parcels else { return }
        if state.compartment(opening.compartment)?.record.outOfService == .doorStuck {
            record(.service(opening.compartment, nil))
        }
        handOver(opening, .doorOpenedAndClosed)
    }

    /// The same with a door that stays open: the parcel is out, the door is not shut.
    mutating func remoteDoorLeftOpen(_ opening: Opening) {
        let inside = state.compartment(opening.compartment)?.record.contents.occupancy
        guard let inside, inside.order == opening.order, inside.parcels == opening.parcels else { return }
        handOver(opening, .doorOpened)
    }
}

extension StationState {
    /// The session that support was called to is not there any more, or goes on by itself.
    var isSupportOver: Bool {
        switch session {
        case .refusing: return false
        case .collecting(let collecting):
            switch collecting.step {
            case .stuck, .done: return false
            case .opening, .resting: return true
            }
        case .staff, .service, .identifying, nil: return true
        }
    }
}
