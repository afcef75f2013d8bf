internal import Foundation
internal import GRDB
public import StationCore

extension StoreTransaction {
    /// Writes what one change makes of the rows. Compartments and openings are written from the state after
    /// the decision,
    /// so that what is read back after a restart is what the core had.
    func persist(_ change: Change, after state: StationState) throws {
        switch change {
        case .openingIntended(let opening):
            try save(opening.id, after: state)
            if let record = state.compartment(opening.compartment)?.record { try save(record) }
            try set(.governor, state.governor)
        case .governorTripped:
            try set(.governor, state.governor)
        case .openingOpened(let id, _), .openingReported(let id):
            try save(id, after: state)
        case .openingEnded(let id, _):
            try run("DELETE FROM opening WHERE id = ?", [id.rawValue])
        case .contents(let id, _), .alarm(let id, _), .service(let id, _), .outcomeUnknown(let id, _),
            .sensorSuspect(let id, _):
            guard let record = state.compartment(id)?.record else { return }
            try save(record)
        case .parcelPlaced(let order, let parcel, let place):
            try changeOrder(order) { record in
                for index in record.parcels.indices where record.parcels[index].id == parcel {
                    record.parcels[index].place = place
                }
            }
        case .orderExpired(let order, let isExpired):
            try changeOrder(order) { $0.isExpired = isExpired }
        case .orderStored(let record):
            try update(record)
        case .reported(let report):
            try enqueue(report)
        case .codeBudget(let budget):
            try set(.codeBudget, budget)
        case .pinGuard(let pinGuard):
            try save(pinGuard)
        case .grantUsed, .grantForgotten, .commandDone, .commandForgotten:
            try persistFromHQ(change)
        case .policy, .openingPulsed, .openingPhase, .door, .board, .coolsUntil, .point, .sensorTrial,
            .released, .unwalked,
            .walked, .session, .notice, .scanner,
            .clock, .tally, .support, .calendar:
            break
        }
    }

    private func save(_ id: OpeningID, after state: StationState) throws {
        // An opening that was intended and ended in one decision leaves no row.
        guard let opening = state.opening(id) else { return }
        try run(
            """
            INSERT INTO opening (id, position, record) VALUES (?1, (SELECT ifnull(max(position), 0) + 1 FROM opening), ?2)
            ON CONFLICT (id) DO UPDATE SET record = ?2
            """,
            [id.rawValue, try FastJSON.bytes(opening)]
        )
    }

    /// Writes what is remembered of a compartment.
    public func save(_ record: CompartmentRecord) throws {
        try run(
            "INSERT OR REPLACE INTO compartment (id, record) VALUES (?, ?)",
            [record.id.rawValue, try FastJSON.bytes(record)]
        )
    }

    private func save(_ pinGuard: PINGuard) throws {
        if pinGuard.wrong == 0 {
            try run("DELETE FROM pinGuard WHERE staff = ?", [pinGuard.staff.rawValue])
        } else {
            try run(
                "INSERT OR REPLACE INTO pinGuard (staff, record) VALUES (?, ?)",
                [pinGuard.staff.rawValue, try FastJSON.bytes(pinGuard)]
            )
        }
    }

    /// What the core remembers.
    public func memory(bootID: String) throws -> StationState.Memory {
        func decode<Value: Decodable>(_ sql: String, as type: Value.Type) throws -> [Value] {
            try Data.fetchAll(db, sql: sql).map { try JSONDecoder().decode(type, from: $0) }
        }
        return StationState.Memory(
            compartments: try decode(
                "SELECT record FROM compartment ORDER BY id",
                as: CompartmentRecord.self
            ),
            openings: try decode("SELECT record FROM opening ORDER BY position", as: Opening.self),
            codeBudget: try setting(.codeBudget, as: CodeBudget.self) ?? CodeBudget(),
            pinGuards: try decode("SELECT record FROM pinGuard ORDER BY staff", as: PINGuard.self),
            governor: try setting(.governor, as: Governor.self) ?? Governor(),
            latestTime: try latestTime(),
            isSameBoot: try setting(.bootID, as: String.self) == bootID,
            grantsUsed: try decode("SELECT record FROM grantUse ORDER BY id", as: GrantUse.self),
            commandsDone: try decode("SELECT record FROM commandUse ORDER BY id", as: CommandUse.self)
        )
    }

    /// Notes in which boot of the machine the openings were written.
    public func setBoot(_ bootID: String) throws {
        guard try setting(.bootID, as: String.self) != bootID else { return }
        try set(.bootID, bootID)
    }

    /// The latest station time that was committed: time never goes back behind it.
    private func latestTime() throws -> StationTime {
        try first("SELECT entry FROM journal ORDER BY sequence DESC LIMIT 1", []) { $0.data(0) }
            .map { try JSONDecoder().decode(JournalTime.self, from: $0).time } ?? StationTime(milliseconds: 0)
    }

    private struct JournalTime: Decodable {
        var time: StationTime
    }
}
