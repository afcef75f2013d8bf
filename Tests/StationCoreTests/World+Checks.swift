import StationCore
import Testing

extension World {
    /// What must hold after every event, whatever it was.
    func check(_ decision: Decision, of event: Event, _ location: SourceLocation) {
        let after = decision.state
        var applied = state
        for change in decision.changes { applied.apply(change) }
        #expect(applied == after, "applying the changes differs, after \(event)", sourceLocation: location)
        if !expectsViolations {
            #expect(decision.violations == [], "after \(event)", sourceLocation: location)
        }
        checkPulses(decision, location)
        checkOpenings(after, event, location)
        checkContents(after, event, location)
    }

    private func checkPulses(_ decision: Decision, _ location: SourceLocation) {
        for effect in decision.effects {
            guard case .pulse(let pulse) = effect else { continue }
            let isIntended = decision.changes.contains { change in
                if case .openingIntended(let opening) = change { opening.id == pulse.opening } else { false }
            }
            #expect(isIntended, "pulse without intent", sourceLocation: location)
            #expect(
                !pulses.contains { $0.opening == pulse.opening },
                "second pulse",
                sourceLocation: location
            )
            let before = state.compartment(pulse.compartment)
            #expect(
                before?.record.outOfService != .coilStuckOn,
                "pulse of a hot coil",
                sourceLocation: location
            )
            if let cool = before?.coolsUntil {
                #expect(cool <= now, "pulse before the coil has cooled", sourceLocation: location)
            }
        }
    }

    private func checkOpenings(_ after: StationState, _ event: Event, _ location: SourceLocation) {
        for opening in after.openings {
            let same = after.openings.filter { $0.compartment == opening.compartment }
            #expect(same.count == 1, "two openings of one door after \(event)", sourceLocation: location)
        }
        let atKiosk: OpeningID?
        switch after.session {
        case .collecting(let collecting):
            if case .opening(let id) = collecting.step { atKiosk = id } else { atKiosk = nil }
        case .staff(let staff): atKiosk = staff.opening
        case .service(let service): atKiosk = service.opening
        default: atKiosk = nil
        }
        if let atKiosk {
            #expect(
                after.opening(atKiosk) != nil,
                "the session waits for nothing after \(event)",
                sourceLocation: location
            )
        }
    }

    /// No compartment is held for a load that nobody will finish.
    private func checkContents(_ after: StationState, _ event: Event, _ location: SourceLocation) {
        for compartment in after.compartments {
            guard case .loading = compartment.record.contents else { continue }
            let id = compartment.plan.id
            var isAtKiosk = false
            if case .staff(let staff) = after.session, case .loading(let loading) = staff.task {
                isAtKiosk = loading.compartment == id
            }
            let isAccountedFor =
                isAtKiosk || after.opening(at: id) != nil || compartment.record.outcomeUnknown != nil
                || event == .started(lostMemory: false)
            #expect(isAccountedFor, "\(id) leaks after \(event)", sourceLocation: location)
        }
    }

    /// What must hold between the rows and the wall, and over the whole history.
    func checkBooks(sourceLocation: SourceLocation = #_sourceLocation) {
        for order in orders {
            for parcel in order.parcels {
                guard let id = parcel.place.compartment else { continue }
                let inside = state.compartment(id)?.record.contents.occupancy
                #expect(
                    inside?.order == order.id && inside?.parcels.contains(parcel.id) == true,
                    "\(parcel.id) is said to be in \(id)",
                    sourceLocation: sourceLocation
                )
            }
        }
        var collected: Set<ParcelID> = []
        for report in pickups {
            for parcel in report.parcels {
                #expect(
                    collected.insert(parcel).inserted,
                    "\(parcel) collected twice",
                    sourceLocation: sourceLocation
                )
            }
        }
        #expect(
            Set(reports.map(\.id)).count == reports.count,
            "event ids are unique",
            sourceLocation: sourceLocation
        )
        #expect(
            disk.compartments == state.compartments.map(\.record),
            "the disk is behind",
            sourceLocation: sourceLocation
        )
        #expect(Set(disk.openings.map(\.id)) == Set(state.openings.map(\.id)), sourceLocation: sourceLocation)
    }

    /// Time alone, and doors being closed, lead back to the start screen.
    func checkNobodyHangs(sourceLocation: SourceLocation = #_sourceLocation) {
        var later = self
        for _ in 0..<40 {
            for compartment in later.state.compartments where compartment.door == .open {
                later.send(.doorRead(compartment.plan.id, .closed), sourceLocation: sourceLocation)
            }
            later.advance(120_000, sourceLocation: sourceLocation)
            if later.state.session == nil { return }
        }
        let session = String(describing: later.state.session)
        Issue.record(
            "hangs with \(later.state.openings) in \(session)",
            sourceLocation: sourceLocation
        )
    }
}
