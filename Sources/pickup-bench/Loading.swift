import Sandbox
import StationCore
import StationStore

/// Puts orders of the database into compartments, as if staff had loaded them.
enum Loading {
    /// At most `count` doors of the TCP bank, each with another live order inside; the station is not
    /// running. Returns door and code, neighbours apart: the same board is not asked twice in a row.
    static func fill(
        _ rig: StationRig,
        first: Int,
        count: Int,
        orders: Int
    ) throws -> [(door: String, code: String)] {
        let opened = try StationStore.open(folder: rig.layout.state, bootID: "bench", now: 0)
        let doors = rig.layout.tcpDoors
        var codes: [(door: String, code: String)] = []
        try opened.store.write { transaction in
            for index in 0..<min(count, doors.count) {
                let door = CompartmentID(doors[index * 17 % doors.count])
                let number = (first + index) * 37 % orders
                guard var record = try transaction.order(OrderID("GEN-\(number)")) else {
                    throw Failed("order \(number) is not in the database")
                }
                for parcel in record.parcels.indices { record.parcels[parcel].place = .inside(door) }
                try transaction.setStanding(record)
                var compartment = CompartmentRecord(id: door)
                compartment.contents = .occupied(
                    Occupancy(
                        order: record.id,
                        displayNumber: record.displayNumber,
                        parcels: record.parcels.map(\.id),
                        expiresAt: record.expiresAt,
                        recall: nil
                    )
                )
                try transaction.save(compartment)
                codes.append((door.rawValue, "GENERATED-CODE-\(number)"))
            }
        }
        try opened.store.close()
        return codes
    }
}
