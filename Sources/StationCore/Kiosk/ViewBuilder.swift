extension StationState {
    /// What the kiosk shows in this state.
    ///
    /// - Parameter revision: grows with every view that the shell pushes.
    public func kioskView(revision: UInt64, at instant: Instant) -> KioskView {
        let screen = screen(at: instant)
        return KioskView(
            revision: revision,
            screen: screen,
            notice: notice?.notice,
            endsIn: secondsLeft(at: instant),
            keypad: keypad(at: instant),
            scannerConnected: isScannerConnected,
            doors: compartments.filter { $0.plan.kind == .locker }.map { door($0, lit: screen.compartment) },
            support: support.map {
                SupportView(
                    number: $0.nonce,
                    asksToOpen: $0.request?.compartment,
                    opens: openings.first { $0.purpose == .remote }?.compartment
                )
            }
        )
    }

    private func keypad(at instant: Instant) -> KeypadState {
        let seconds = keypadWaitSeconds(at: instant)
        return seconds > 0 ? .lockedOut(seconds: seconds) : .available(digits: policy.typedDigits)
    }

    private func door(_ compartment: CompartmentState, lit: CompartmentID?) -> KioskDoor {
        let look: KioskDoor.Look
        if compartment.plan.id == lit {
            look = .lit
        } else if compartment.door == .open {
            look = .open
        } else if compartment.record.outOfService != nil || compartment.record.alarm != nil
            || !compartment.isWalked
        {
            look = .outOfService
        } else if !compartment.isBoardUp || compartment.plan.hasDoorSensor && compartment.door == .unknown {
            look = .unknown
        } else {
            look = .closed
        }
        return KioskDoor(compartment: compartment.plan.id, look: look)
    }

    private func screen(at instant: Instant) -> KioskScreen {
        switch session {
        case .collecting(let collecting): screen(collecting, at: instant)
        case .refusing(let refusal, _): .refused(refusal)
        case .identifying: .staffPIN
        case .staff(let staff): screen(staff, at: instant)
        case .service(let service): screen(service)
        case nil where isWithoutPower: .cannotServe(.powerLost)
        case nil: canServe ? .home : .cannotServe(isCommissioned ? .noLockBoard : .notCommissioned)
        }
    }

    private func screen(_ service: ServiceSession) -> KioskScreen {
        if service.walk != nil { return .walk(walkStep(service)) }
        let isOpen = service.opening.flatMap { opening($0) }?.isDoorOpen ?? false
        return .service(ServiceStep(compartment: service.compartment, isOpen: isOpen))
    }

    /// Whether any lock can be opened at all.
    public var canServe: Bool {
        compartments.contains { $0.plan.kind == .locker && $0.isBoardUp && $0.isWalked }
    }

    /// Whether any lock has been walked.
    public var isCommissioned: Bool {
        compartments.contains { $0.plan.kind == .locker && $0.isWalked }
    }

    private func screen(_ collecting: Collecting, at instant: Instant) -> KioskScreen {
        let step = DoorStep(
            compartment: collecting.door ?? collecting.doors.last ?? CompartmentID(""),
            number: min(collecting.index + 1, collecting.doors.count),
            count: collecting.doors.count,
            orderNumber: collecting.order.displayNumber,
            mayBeOpen: collecting.door.map(mayBeOpen) ?? false
        )
        switch collecting.step {
        case .resting(let attempt, _):
            return .opening(step, attempt: attempt)
        case .stuck:
            return .doorStuck(step, canRetry: collecting.canRetry(policy))
        case .done:
            return .done(done(collecting, at: instant))
        case .opening(let id):
            guard let opening = opening(id) else { return .opening(step, attempt: collecting.attempts) }
            switch opening.phase {
            case .ordered, .pulsed, .interrupted: return .opening(step, attempt: opening.attempt)
            case .awaitingWord: return .confirmTaken(step)
            case .open(_, .fresh, _): return .takeParcel(step)
            case .open: return .closeDoor(step)
            }
        }
    }

    private func done(_ collecting: Collecting, at instant: Instant) -> DoneStep {
        let order = collecting.order
        let isAllOut = parcelsInside(of: order.id) == 0
        let again = lastReopenable(for: order.id, at: instant)
        return DoneStep(
            orderNumber: order.displayNumber,
            remaining: order.parcels.filter { !$0.isWithdrawn && !$0.place.isGone }.count,
            stuck: collecting.stuck,
            reopen: isAllOut ? again?.plan.id : nil
        )
    }

    private func screen(_ staff: StaffSession, at instant: Instant) -> KioskScreen {
        switch staff.task {
        case .menu:
            return .staffMenu(menu(of: staff, at: instant))
        case .scanning(let lastLoaded):
            return .loadScan(lastLoaded: lastLoaded, waiting: tally.parcelsToLoad)
        case .wallFull(let orderNumber, let size):
            return .wallFull(orderNumber: orderNumber, size: size)
        case .loading(let loading):
            return screen(loading, at: instant)
        case .recalling(let recalling):
            let step = RecallStep(
                compartment: recalling.compartment,
                orderNumber: recalling.orderNumber,
                mayDoubtSensor: mayDoubtSensor(recalling.compartment)
            )
            let opening = recalling.opening.flatMap { self.opening($0) }
            if recalling.asks || opening?.isAwaitingWord == true { return .recallConfirm(step) }
            if opening?.isDoorOpen == true { return .recallTakeOut(step) }
            return .recallOpening(step, attempt: recalling.attempts)
        }
    }

    private func screen(_ loading: StaffSession.Loading, at instant: Instant) -> KioskScreen {
        let size = compartment(loading.compartment)?.plan.size ?? .small
        let parcelSize = loading.order.parcel(loading.parcel)?.size ?? .small
        let step = LoadStep(
            compartment: loading.compartment,
            orderNumber: loading.order.displayNumber,
            parcel: loading.parcel,
            largerIsFree: bestFit(for: parcelSize, larger: size, at: instant) != nil,
            mayDoubtSensor: mayDoubtSensor(loading.compartment)
        )
        let opening = loading.opening.flatMap { self.opening($0) }
        if loading.asks || opening?.isAwaitingWord == true { return .loadConfirm(step) }
        if opening?.isDoorOpen == true { return .loadPutIn(step) }
        return .loadOpening(step, attempt: loading.attempts)
    }

    private func mayDoubtSensor(_ id: CompartmentID) -> Bool { mayBeOpen(id) || mayBeClosed(id) }

    private func menu(of staff: StaffSession, at instant: Instant) -> StaffMenu {
        let recalls = compartments.compactMap { compartment -> RecallStep? in
            guard let occupancy = compartment.record.contents.occupancy, occupancy.recall != nil else {
                return nil
            }
            return RecallStep(compartment: compartment.plan.id, orderNumber: occupancy.displayNumber)
        }
        return StaffMenu(
            toLoad: tally.parcelsToLoad,
            free: freeCounts(at: instant),
            toRecall: recalls,
            attention: compartments.flatMap { attention($0) },
            toWalk: staff.roles.contains(.technician) ? unwalked.count : 0
        )
    }

    private func attention(_ compartment: CompartmentState) -> [StaffMenu.Attention] {
        var reasons: [(StaffMenu.Attention.Reason, Bool)] = []
        switch compartment.record.alarm?.kind {
        case .forcedOpen: reasons.append((.forcedOpen, true))
        case .foundOpen: reasons.append((.foundOpen, true))
        case nil: break
        }
        switch compartment.record.outOfService {
        case .doorStuck: reasons.append((.doorStuck, true))
        case .coilStuckOn: reasons.append((.coilStuckOn, true))
        case .ruleViolated: reasons.append((.ruleViolated, true))
        case .byStaff, .byHQ, nil: break
        }
        if compartment.record.outcomeUnknown != nil { reasons.append((.outcomeUnknown, true)) }
        if compartment.record.isSensorSuspect { reasons.append((.sensorSuspect, true)) }
        if opening(at: compartment.plan.id)?.isDoorOpen == true {
            reasons.append((.leftOpen, mayBeClosed(compartment.plan.id)))
        }
        if compartment.plan.kind == .locker, !compartment.isBoardUp { reasons.append((.boardDown, false)) }
        return reasons.map {
            StaffMenu.Attention(compartment: compartment.plan.id, reason: $0.0, clearable: $0.1)
        }
    }
}

extension KioskScreen {
    /// The compartment the screen is about: drawn lit.
    var compartment: CompartmentID? {
        switch self {
        case .opening(let step, _), .takeParcel(let step), .closeDoor(let step), .doorStuck(let step, _),
            .confirmTaken(let step):
            step.compartment
        case .loadOpening(let step, _), .loadPutIn(let step), .loadConfirm(let step): step.compartment
        case .recallOpening(let step, _), .recallTakeOut(let step), .recallConfirm(let step): step.compartment
        case .service(let step): step.compartment
        case .walk(let step): step.compartment
        case .serviceNumber, .home, .cannotServe, .done, .refused, .staffPIN, .staffMenu, .loadScan,
            .wallFull:
            nil
        }
    }
}
