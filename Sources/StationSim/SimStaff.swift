internal import StationCore

/// What staff do, who look before they speak.
extension Simulation {
    func staffActs(_ screen: KioskScreen) throws {
        switch screen {
        case .home, .refused, .cannotServe, .done, .doorStuck:
            try show("STAFF", .scanned(bits: 25))
        case .staffPIN:
            guard case .identifying(let badge, _) = state.session else { return }
            try decide(.pinTyped(badge.id, isRight: !faces(.folly, scale: 2)))
        case .staffMenu(let menu):
            try workThrough(menu)
        case .loadScan:
            try scanLabel()
        case .loadOpening(let step, _) where sees(step.mayDoubtSensor, step.compartment, isOpen: true):
            try decide(.buttonPressed(.doorIsOpen))
        case .recallOpening(let step, _) where sees(step.mayDoubtSensor, step.compartment, isOpen: true):
            try decide(.buttonPressed(.doorIsOpen))
        case .loadPutIn(let step) where sees(step.mayDoubtSensor, step.compartment, isOpen: false):
            try decide(.buttonPressed(.doorIsClosed))
        case .recallTakeOut(let step) where sees(step.mayDoubtSensor, step.compartment, isOpen: false):
            try decide(.buttonPressed(.doorIsClosed))
        case .loadPutIn(let step):
            try putIn(step)
        case .loadConfirm(let step):
            try confirmLoad(step)
        case .wallFull:
            visitor?.inHand = nil
            try decide(.buttonPressed(.menu))
        case .recallTakeOut(let step):
            empty(index(of: step.compartment))
        case .recallConfirm(let step):
            empty(index(of: step.compartment))
            let isEmpty = truth.doors[index(of: step.compartment)].items.isEmpty
            try decide(.buttonPressed(isEmpty ? .emptied : .notEmptied))
        case .takeParcel(let step), .closeDoor(let step):
            close(index(of: step.compartment))
        case .opening, .confirmTaken, .loadOpening, .recallOpening, .serviceNumber, .service, .walk:
            break
        }
    }

    private func workThrough(_ menu: StaffMenu) throws {
        // They look along the wall first, and close what stands open.
        for door in truth.doors.indices where truth.doors[door].isOpen && random.chance(800) { close(door) }
        let pending = menu.attention.filter(\.clearable)
        if let attention = pending.first, isHealed || random.chance(700) {
            try clear(attention)
        } else if let recall = menu.toRecall.first, isHealed || random.chance(700) {
            try decide(.buttonPressed(.recall(recall.compartment)))
        } else if !isHealed, random.chance(850) {
            try decide(.buttonPressed(.startLoading))
        } else {
            try decide(.buttonPressed(.finish))
            visitor?.patience = 0
        }
    }

    /// Opens with the key, looks, closes, and says what is there.
    private func clear(_ attention: StaffMenu.Attention) throws {
        let door = index(of: attention.compartment)
        if truth.doors[door].isOpen {
            close(door)
            return
        }
        let compartment = state.compartments[door]
        if compartment.hasTrustedSensor, compartment.door == .open {
            // Closed a moment ago, and not read yet; or its sensor is wrong.
            guard truth.doors[door].cutReads == .open || random.chance(100) else { return }
            return try decide(.buttonPressed(.clear(attention.compartment, reason: .doorIsClosed)))
        }
        let items = truth.doors[door].items
        let expected = compartment.record.contents.parcels
        let reason: ClearReason
        switch attention.reason {
        case .doorStuck, .coilStuckOn, .sensorSuspect, .ruleViolated:
            truth.doors[door].isStuck = false
            mend(door)
            reason = .repaired
        default:
            let isRight = !expected.isEmpty && expected.allSatisfy(items.contains)
            if isRight {
                reason = .contentsIntact
            } else {
                // Goods that no book knows of are taken out.
                truth.taken += items.map { ($0, nil) }
                truth.doors[door].items = []
                let wasCollected = [.collect, .remote].contains(compartment.record.outcomeUnknown)
                let isOccupied = compartment.record.contents.occupancy != nil
                reason = isOccupied && !wasCollected ? .contentsMissing : .empty
            }
        }
        try decide(.buttonPressed(.clear(attention.compartment, reason: reason)))
    }

    /// A technician mends the sensor while they are at it.
    func mend(_ door: Int) {
        guard truth.doors[door].cutReads != nil else { return }
        truth.doors[door].cutReads = nil
        schedule(afterMs: random.within(5...450), .read(door, nil))
    }

    private func scanLabel() throws {
        guard !isHealed else {
            try decide(.buttonPressed(.menu))
            return
        }
        if faces(.folly, scale: 3) {
            try show("L-P\(random.within(1...400))", .scanned(bits: 20))
            return
        }
        let inside = truth.doors.flatMap(\.items)
        let waiting = hq.orders.suffix(20).filter { $0.record.standing == .live }.flatMap {
            $0.record.parcels
        }
        .map(\.id).filter { id in !inside.contains(id) && !truth.taken.contains { $0.parcel == id } }
        guard let parcel = random.pick(waiting), random.chance(900) else {
            try decide(.buttonPressed(.finish))
            visitor?.patience = 0
            return
        }
        visitor?.inHand = parcel
        try show("L-\(parcel.rawValue)", .scanned(bits: 20))
    }

    private func putIn(_ step: LoadStep) throws {
        let door = index(of: step.compartment)
        guard truth.doors[door].isOpen else { return }
        if truth.doors[door].items.contains(step.parcel) {
            close(door)
            return
        }
        takeOutForgotten(door)
        // Abuse: opened for nothing, again and again.
        if faces(.abuse) || faces(.folly, scale: 3) {
            try decide(.buttonPressed(.doesNotFit))
            close(door)
        } else if faces(.folly, scale: 8) || visitor?.inHand != step.parcel {
            // Closed without putting anything in; the station can only guess from how long it was open.
            doubtful.append(step.parcel)
            close(door)
        } else {
            truth.doors[door].items = [step.parcel]
            visitor?.inHand = nil
        }
    }

    /// What somebody forgot is taken out first: a compartment is filled empty.
    private func takeOutForgotten(_ door: Int) {
        truth.taken += truth.doors[door].items.map { ($0, nil) }
        truth.doors[door].items = []
    }

    private func confirmLoad(_ step: LoadStep) throws {
        let door = index(of: step.compartment)
        if truth.doors[door].isOpen, !truth.doors[door].items.contains(step.parcel) { takeOutForgotten(door) }
        if truth.doors[door].isOpen, visitor?.inHand == step.parcel {
            truth.doors[door].items = [step.parcel]
            visitor?.inHand = nil
        }
        close(door)
        let isInside = truth.doors[door].items.contains(step.parcel)
        try decide(.buttonPressed(isInside ? .parcelInside : .parcelNotInside))
    }

    private func empty(_ door: Int) {
        guard truth.doors[door].isOpen else { return }
        truth.taken += truth.doors[door].items.map { ($0, nil) }
        truth.doors[door].items = []
        close(door)
    }
}
