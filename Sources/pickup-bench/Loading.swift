import Foundation
import Sandbox
import StationCore
import StationStore

/// Puts orders of the database into compartments, as if staff had loaded them.
enum Loading {
    /// The doors of the Modbus TCP bank, each with another live order inside; returns door and code.
    static func fill(_ rig: StationRig, round: Int, orders: Int) throws -> [(door: String, code: String)] {
        let opened = try StationStore.open(folder: rig.layout.state, bootID: "bench", now: 0)
        var codes: [(door: String, code: String)] = []
        try opened.store.write { transaction in
            for channel in 1...12 {
                let door = CompartmentID(channel < 10 ? "A-0\(channel)" : "A-\(channel)")
                let number = (round * 12 + channel) * 37 % orders
                guard var record = try transaction.order(OrderID("GEN-\(number)")) else {
                    throw Failed("order \(number) is not in the database")
                }
                for index in record.parcels.indices { record.parcels[index].place = .inside(door) }
                try transaction.setStanding(record, generation: try transaction.generation())
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
        return codes.shuffled()
    }
}

/// Looks into the station's database from outside, as sqlite3 would.
enum Database {
    static func orders(in folder: String) throws -> Int {
        try StationStore.countOrders(in: folder)
    }
}

enum Memory {
    /// VmRSS of a process, in MiB.
    static func residentMiB(of process: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap({ Double($0) }) else {
            throw Failed("no VmRSS for \(process)")
        }
        return kilobytes / 1024
    }
}

enum Checkout {
    /// `hardware/boards` of the checkout this program was built from.
    static func boardProfiles() throws -> String {
        guard let path = StationRig.boardProfiles() else {
            throw Failed("run pickup-bench from its checkout")
        }
        return path
    }
}
