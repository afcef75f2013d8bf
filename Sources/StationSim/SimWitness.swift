internal import StationCore

/// What somebody who watches the wall, the disk and HQ has seen.
struct SimWitness {
    /// Events in the order in which they were committed.
    var committed: [Report] = []
    /// Events that HQ refused at least once: they may come after later ones.
    var parked: [EventID] = []
    /// Openings that were pulsed.
    var pulsed: [OpeningID] = []
    /// Openings whose door really opened.
    var swung: [OpeningID] = []
    /// Doors that read open once while they were closed, and how often they had opened until then.
    var flickers: [(door: Int, swings: Int)] = []
    /// Parcels that were reported as picked up.
    var pickedUp: [ParcelID] = []
    /// Parcels that were reported as loaded.
    var loaded: [ParcelID] = []
    /// Coils energised for a handover at a door.
    var energised: [(handover: HandoverID, door: Int, count: Int)] = []
    /// When wrong short codes were answered as unknown, in station time.
    var guesses: [StationTime] = []
    /// The governor's buckets, counted by hand.
    var budgets = SimBudgets()
    /// What is used of them by the last commit that changed them.
    var governor = Governor()
    /// When the machine was last started anew, in true time of day.
    var rebootedAt: Int64?
    /// What must be on the disk.
    var memory: StationState.Memory?
    /// The latest station time that was committed.
    var latestTime = StationTime(milliseconds: 0)
    /// When a parcel was first reported as loaded.
    var loadedAt: [ParcelID: StationTime] = [:]
    /// Deadlines in a row at which no time had passed.
    var idleDeadlines = 0
}

extension SimWitness {
    func wasRebooted(within spanMs: Int64, of now: Int64) -> Bool {
        rebootedAt.map { now - $0 < spanMs } ?? false
    }
}

extension Simulation {
    func witnessCommit(_ decision: Decision) {
        witness.memory = decision.state.memory
        witness.latestTime = decision.state.clock.time(at: now)
        for change in decision.changes {
            switch change {
            case .openingIntended, .governorTripped: witness.governor = decision.state.governor
            default: break
            }
        }
        for case .reported(let report) in decision.changes {
            witness.committed.append(report)
            if report.type == .governorTripped { counts.trips += 1 }
            if report.type == .sensorSuspect { counts.suspects += 1 }
            switch report.type {
            case .grantUsed: counts.grants += 1
            case .commandExecuted: counts.commands += 1
            case .commandRefused: counts.refusedCommands += 1
            case .orderHoldExtended: counts.extendedHolds += 1
            default: break
            }
            if report.type == .orderLoaded {
                for parcel in report.parcels where witness.loadedAt[parcel] == nil {
                    witness.loadedAt[parcel] = report.at
                }
            }
            if report.type == .orderLoaded {
                witness.loaded += report.parcels
                counts.loaded += report.parcels.count
            }
        }
    }

    /// After a start the station remembers what it had committed, and nothing else.
    func checkMemory(_ memory: StationState.Memory) throws {
        guard let expected = witness.memory else { return }
        for record in expected.compartments {
            let kept = memory.compartments.first { $0.id == record.id } ?? CompartmentRecord(id: record.id)
            guard kept == record else {
                throw broken("after a restart \(record.id) is \(kept), and \(record) was committed")
            }
        }
        func fact(_ opening: Opening) -> Opening {
            var fact = opening
            // How far it has come is of one run only.
            fact.phase = .awaitingWord(deadline: Instant(nanoseconds: 0))
            fact.pulsedAt = nil
            return fact
        }
        guard memory.openings.map(fact) == expected.openings.map(fact) else {
            throw broken("after a restart the openings are \(memory.openings), not \(expected.openings)")
        }
        guard memory.codeBudget == expected.codeBudget else {
            throw broken("S9: the wrong-code budget was forgotten")
        }
        guard memory.governor == witness.governor else {
            throw broken("S8: what was opened was forgotten")
        }
        let guards = expected.pinGuards.sorted { $0.staff < $1.staff }
        guard memory.pinGuards.sorted(by: { $0.staff < $1.staff }) == guards else {
            throw broken("wrong PINs were forgotten")
        }
        guard memory.grantsUsed.map(\.id).sorted() == expected.grantsUsed.map(\.id).sorted() else {
            throw broken("S4: a used grant was forgotten")
        }
        guard memory.commandsDone.map(\.id).sorted() == expected.commandsDone.map(\.id).sorted() else {
            throw broken("S10: a command that was done was forgotten")
        }
        guard memory.latestTime >= witness.latestTime else {
            throw broken("S13: station time went back over a restart")
        }
    }

    /// A deadline that comes at once, again and again, would keep the station busy for ever.
    func noteProgress(_ deadline: Instant) throws {
        witness.idleDeadlines = deadline <= now ? witness.idleDeadlines + 1 : 0
        guard witness.idleDeadlines < 100 else {
            throw broken(
                "deadlines come without end and no time passes: \(state.session?.brief ?? "no session")"
            )
        }
    }
}
