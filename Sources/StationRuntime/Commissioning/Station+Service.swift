internal import Foundation
internal import Logging
internal import StationCore

// What a technician's terminal asks for: beginning, opening, sealing, ending.
extension Station {
    func serve(_ request: AdminRequest, _ technician: StaffID) -> AdminReply {
        guard takesCodes else { return refusal("pickupd is being stopped: ask again once it runs", .busy) }
        switch request.command {
        case .beginService:
            return beginService(request, technician)
        case .endService:
            if case .service(let service) = state.session, service.technician == technician {
                handle(.serviceEnded)
            }
            return AdminReply()
        case .open, .openOnce, .walked:
            guard let name = request.compartment, state.compartment(CompartmentID(name)) != nil else {
                return refusal("there is no compartment \(request.compartment ?? "")", .refused)
            }
            let id = CompartmentID(name)
            switch request.command {
            case .open: return open(id, technician, isOnce: false)
            case .openOnce: return openOnce(id, request, technician)
            default: return walked(id, technician)
            }
        case .status, .outbox, .retryParked, .wall, .boards:
            return refusal("not answered here", .refused)
        }
    }

    /// Whether customers rely on this wall: then a technician proves that they stand at it.
    var hasServed: Bool {
        state.isCommissioned || state.compartments.contains { $0.record.contents != .empty }
    }

    private func beginService(_ request: AdminRequest, _ technician: StaffID) -> AdminReply {
        if case .service(let service) = state.session, service.technician == technician, !service.isOnce {
            return AdminReply()
        }
        if request.isBench == true, hasServed {
            return refusal(
                "the station serves already: leave out --bench, and read the number at the kiosk",
                .refused
            )
        }
        if let refused = state.serviceBeginRefusal { return refusal(refused, "The wall") }
        if hasServed, let asked = prove(.commissioning, request, technician) { return asked }
        handle(.serviceBegan(technician))
        logger.notice("a technician works at the wall", metadata: ["by": "\(technician)"])
        return AdminReply()
    }

    private func openOnce(_ id: CompartmentID, _ request: AdminRequest, _ technician: StaffID) -> AdminReply {
        if let refused = refusal(of: id, technician, isOnce: true) { return refused }
        if let asked = prove(.open(id), request, technician) { return asked }
        return open(id, technician, isOnce: true)
    }

    private func open(_ id: CompartmentID, _ technician: StaffID, isOnce: Bool) -> AdminReply {
        if let refused = refusal(of: id, technician, isOnce: isOnce) { return refused }
        logger.notice("a technician opens a door", metadata: ["compartment": "\(id)", "by": "\(technician)"])
        handle(.serviceOpening(id, technician, isOnce: isOnce))
        var reply = AdminReply()
        reply.wall = wall()
        return reply
    }

    private func refusal(of id: CompartmentID, _ technician: StaffID, isOnce: Bool) -> AdminReply? {
        guard let refused = state.serviceRefusal(of: id, by: technician, isOnce: isOnce, at: .now()) else {
            return nil
        }
        // Nothing opens, and HQ hears of it.
        if refused == .tooManyOpenings { handle(.serviceOpening(id, technician, isOnce: isOnce)) }
        return refusal(refused, id.rawValue)
    }

    private func walked(_ id: CompartmentID, _ technician: StaffID) -> AdminReply {
        guard case .service(let service) = state.session, service.technician == technician, !service.isOnce
        else { return refusal(.noSession, id.rawValue) }
        do throws(WalkRefusal) {
            try seal(id, by: technician)
            var reply = AdminReply()
            reply.wall = wall()
            return reply
        } catch {
            return refusal(error.text(id), .refused)
        }
    }

    /// Nil once the right number was typed; else what to answer instead.
    private func prove(
        _ subject: PresenceDesk.Subject,
        _ request: AdminRequest,
        _ technician: StaffID
    ) -> AdminReply? {
        let now = Instant.now()
        guard let number = request.number else {
            var generator = SystemRandomNumberGenerator()
            if let seconds = presence.show(for: subject, to: technician, at: now, using: &generator) {
                return closedDesk(seconds)
            }
            showKiosk()
            hideNumberLater()
            logger.notice("the kiosk shows a number", metadata: ["by": "\(technician)"])
            var reply = AdminReply()
            reply.numberShownForSeconds = PresenceDesk.validMs / 1000
            return reply
        }
        let verdict = presence.take(number, for: subject, from: technician, at: now)
        showKiosk()
        switch verdict {
        case .right:
            return nil
        case .wrong(let triesLeft):
            return refusal("that is not the number: \(triesLeft) tries left", .number)
        case .expired:
            return refusal("that number is not valid any more: ask again, and type the new one", .number)
        case .closed(let seconds):
            logger.warning("too many wrong numbers", metadata: ["by": "\(technician)"])
            return closedDesk(seconds)
        }
    }

    private func closedDesk(_ seconds: Int) -> AdminReply {
        refusal("too many wrong numbers: try again in \(seconds / 60 + 1) minutes", .number)
    }

    /// The kiosk is for customers again once the number has run out.
    private func hideNumberLater() {
        Task { [weak self] in
            try? await Task.sleep(for: .milliseconds(PresenceDesk.validMs + 50))
            await self?.showKiosk()
        }
    }

    private func refusal(_ text: String, _ trouble: AdminReply.Trouble) -> AdminReply {
        var reply = AdminReply()
        reply.error = text
        reply.trouble = trouble
        return reply
    }

    private func refusal(_ refusal: ServiceRefusal, _ name: String) -> AdminReply {
        self.refusal(refusal.text(name), refusal.isPassing ? .busy : .refused)
    }
}

extension ServiceRefusal {
    /// Whether it may work a little later.
    var isPassing: Bool {
        switch self {
        case .kioskInUse, .openingUnderWay, .coolingDown, .tooManyOpenings, .powerLost: true
        case .unknownCompartment, .noSession, .boardDown, .coilStuckOn, .occupied: false
        }
    }

    /// What is wrong, and what to do.
    func text(_ name: String) -> String {
        switch self {
        case .unknownCompartment: "\(name) has no lock"
        case .kioskInUse: "somebody is at the kiosk: try again when they are done"
        case .noSession: "the session at the wall is over: begin again"
        case .openingUnderWay(let door): "\(door) is being opened or stands open: close it first"
        case .boardDown: "\(name): its lock board does not answer; see `pickupctl bus doctor`"
        case .coilStuckOn: "\(name): its coil stays on; cut the lock's power and change the board"
        case .occupied: "\(name) holds an order: staff recall it at the kiosk first"
        case .coolingDown(let ms): "\(name): its coil rests for \(ms / 1000 + 1) s"
        case .tooManyOpenings: "too many openings in a short time: wait a little"
        case .powerLost: "the mains are lost and the locks hang on them: wait until they are back"
        }
    }
}

extension WalkRefusal {
    /// What is wrong, and what to do.
    func text(_ id: CompartmentID) -> String {
        switch self {
        case .notThisDoor: "\(id) was not the door opened last: open it again"
        case .notOpenedAndClosed: "\(id) was not seen to open and close: open it again, and close it"
        case .othersMoved(let others):
            "the sensor of \(others.map(\.rawValue).joined(separator: " and ")) moved when \(id) was opened"
        case .notWritten(let reason): reason
        }
    }
}
