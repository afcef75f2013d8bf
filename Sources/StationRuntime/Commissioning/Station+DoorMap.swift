internal import Foundation
internal import Logging
internal import StationAPI
internal import StationCore
internal import StationStore

extension Station {
    /// The technician at the kiosk has seen the right door open.
    func sealAtKiosk() {
        guard case .service(let service) = state.session, service.walk != nil,
            let door = service.compartment
        else { return handle(.buttonPressed(.walked)) }
        do throws(WalkRefusal) {
            try seal(door, by: service.technician)
        } catch {
            logger.warning("a door was not sealed", metadata: ["reason": "\(error.text(door))"])
            // It answers that this does not fit what is shown any more.
            handle(.buttonPressed(.walked))
        }
    }

    /// Reads the sealed door map, before anything moves: what was not walked serves nobody.
    func readDoorMap() {
        doorMap = DoorMap.read(
            stateFolder: configuration.stateFolder,
            station: configuration.plan.station,
            key: key
        )
        if case .broken(let reason) = doorMap {
            logger.critical(
                "the door map is not used, so no door serves: walk the wall again (pickupctl walk)",
                metadata: ["reason": "\(reason)"]
            )
        }
        if isUnwalkedServed {
            logger.warning(
                "doors are served without having been walked (--unwalked): for demos and tests only"
            )
            return
        }
        let map = doorMap.map ?? DoorMap(station: configuration.plan.station)
        let unwalked = map.unwalked(of: configuration.wiring)
        handle(.doorMapRead(unwalked: unwalked))
        guard !unwalked.isEmpty else { return }
        logger.warning(
            "doors that were not walked as they are wired now do not serve: pickupctl walk",
            metadata: ["doors": "\(unwalked.map(\.rawValue).joined(separator: " "))"]
        )
    }

    /// How the door map stands, in a few words.
    func doorMapLine() -> String {
        if isUnwalkedServed { return "not used (--unwalked)" }
        let lockers = state.compartments.filter { $0.plan.kind == .locker }
        let walked = lockers.count { $0.isWalked }
        switch doorMap {
        case .none: return "none: no door has been walked (pickupctl walk)"
        case .broken(let reason): return "BROKEN: \(reason); walk the wall again (pickupctl walk)"
        case .sealed(_, let hash):
            return "\(walked) of \(lockers.count) doors walked, sealed \(hash.prefix(12))"
        }
    }

    /// The door that was opened last is the one that opened: it goes into the map, sealed, and serves.
    func seal(_ id: CompartmentID, by technician: StaffID) throws(WalkRefusal) {
        guard let compartment = state.compartment(id),
            let wiring = configuration.wiring.first(where: { $0.compartment == id })
        else { throw .notThisDoor }
        let proof = try WalkProof.proof(for: compartment, in: state)
        var map = doorMap.map ?? DoorMap(station: configuration.plan.station)
        map.put(
            DoorMap.Entry(
                compartment: id,
                lock: "\(wiring.door)",
                sensor: wiring.sensorText,
                fingerprint: wiring.fingerprint,
                walkedAt: WireTime(milliseconds: state.clock.time(at: .now()).milliseconds).text,
                by: technician,
                proof: proof
            )
        )
        do throws(DoorMap.WriteFailure) {
            doorMap = .sealed(map, hash: try map.write(stateFolder: configuration.stateFolder, key: key))
        } catch {
            throw .notWritten(error.description)
        }
        handle(.compartmentWalked(id, technician))
        reportStateSoon()
    }
}

/// Why a door is not sealed in the map.
enum WalkRefusal: Error, Hashable {
    /// It was not the door that was opened last.
    case notThisDoor
    /// Its opening is not over: it did not open, or is not closed again.
    case notOpenedAndClosed
    /// Other sensors moved: wires are crossed, or somebody opened another door meanwhile.
    case othersMoved([CompartmentID])
    /// The file could not be written.
    case notWritten(String)
}

/// Whether what was seen is enough to say that lock, sensor and label belong together.
enum WalkProof {
    /// How it is known of this door.
    static func proof(
        for compartment: CompartmentState,
        in state: StationState
    ) throws(WalkRefusal) -> DoorMap.Entry.Proof {
        guard case .service(let service) = state.session, service.compartment == compartment.plan.id else {
            throw .notThisDoor
        }
        let others = service.moved.filter { $0 != compartment.plan.id }
        guard others.isEmpty else { throw .othersMoved(others) }
        if compartment.plan.hasDoorSensor {
            // A sensor that is there must have moved, and its door be closed again.
            guard service.outcome == .openedAndClosed, service.moved == [compartment.plan.id] else {
                throw .notOpenedAndClosed
            }
            return .sensorAndPerson
        }
        let isAwaited = service.opening.flatMap { state.opening($0) }.map { opening in
            if case .awaitingWord = opening.phase { true } else { false }
        }
        guard isAwaited == true else { throw .notOpenedAndClosed }
        return .person
    }
}
