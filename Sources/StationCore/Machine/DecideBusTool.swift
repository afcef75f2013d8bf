// The boards of a bus, from the kiosk: the same steps as `pickupctl bus scan` and `pickupctl board set-address`,
// for a technician with a badge. The bus serves nobody meanwhile.

extension Draft {
    /// A person at the staff menu takes up a tool.
    mutating func startTool(_ tool: ServiceTool, _ action: StaffAction, by staff: StaffSession) {
        guard staff.roles.may(action) else {
            notify(.notAllowed)
            return
        }
        // Nobody's door may be open or opening: then nobody's is when the bus is taken away.
        guard state.openings.isEmpty || tool == .doors else {
            notify(.closeDoorFirst, state.openings.first?.compartment)
            return
        }
        var session = newSession(staff.staff, isOnce: false)
        session.staff = staff
        keep(tool, session)
    }

    mutating func startBusTool(_ job: BusTool.Job, by staff: StaffSession) {
        var tool = BusTool(job: job, stage: .chooseBus)
        let lines = state.plan.lines(for: job)
        guard !lines.isEmpty else {
            notify(staff.roles.may(job.action) ? .tooLate : .notAllowed)
            return
        }
        if lines.count == 1, let line = lines.first { tool.choose(line) }
        startTool(.bus(tool), job.action, by: staff)
    }

    mutating func press(_ button: KioskButton, _ tool: BusTool, _ service: ServiceSession) {
        var next = tool
        switch (button, tool.stage) {
        case (.chooseBus(let bus), .chooseBus):
            guard let line = state.plan.lines(for: tool.job).first(where: { $0.bus == bus }) else {
                return notify(.tooLate)
            }
            next.choose(line)
        case (.chooseModel(let name), .chooseModel):
            guard line(of: tool)?.models.contains(where: { $0.name == name }) == true else {
                return notify(.tooLate)
            }
            next.model = name
            next.stage = .connect
        case (.scanLine(let everySpeed), .chooseSpeeds):
            return order(.scan(everySpeed: everySpeed), &next, service)
        case (.go, .connect):
            return order(.look(model: tool.model ?? ""), &next, service)
        case (.go, .failed):
            next.trouble = nil
            next.stage = tool.job == .scan ? .chooseSpeeds : .connect
        case (.chooseAddress(let target), .found):
            guard let model = model(of: tool), model.addresses.contains(target), let unit = tool.unit,
                target != unit
            else { return notify(.tooLate) }
            next.target = target
            return order(.setAddress(model: model.name, from: unit, to: target), &next, service)
        case (.stop, .running):
            guard let bus = tool.bus, let id = tool.order else { return }
            next.stage = .stopping
            perform(.bus(BusOrder(id: id, bus: bus, kind: .stop)))
        default:
            return notify(.tooLate)
        }
        keep(.bus(next), service)
    }

    private mutating func order(_ kind: BusOrder.Kind, _ tool: inout BusTool, _ service: ServiceSession) {
        guard let bus = tool.bus, state.openings.isEmpty else {
            notify(.closeDoorFirst, state.openings.first?.compartment)
            return
        }
        let id = makeID()
        tool.order = id
        tool.stage = .running
        tool.found = []
        tool.isCutShort = false
        tool.endsBy = now.advanced(byMs: BusTool.runMaxMs)
        keep(.bus(tool), service)
        perform(.bus(BusOrder(id: id, bus: bus, kind: kind)))
    }

    /// The shell is done with the bus. An answer that nobody waits for any more changes nothing.
    mutating func answerBus(_ id: String, _ answer: BusAnswer) {
        guard case .service(let service) = state.session, case .bus(var tool) = service.tool,
            tool.order == id, tool.isRunning
        else { return }
        tool.order = nil
        tool.endsBy = nil
        switch answer {
        case .scanned(let found, let isCutShort):
            tool.stage = .scanned
            tool.found = found
            tool.isCutShort = isCutShort
        case .oneBoard(let unit):
            tool.stage = .found
            tool.unit = unit
        case .addressSet(let unit):
            tool.stage = .changed
            tool.target = unit
        case .failed(let trouble):
            tool.stage = .failed
            tool.trouble = trouble
        }
        keep(.bus(tool), service)
    }

    mutating func keep(_ tool: ServiceTool, _ service: ServiceSession) {
        var next = service
        next.tool = tool
        next.idleAt = now.advanced(byMs: tool.isAtWork ? policy.serviceIdleMs : policy.staffIdleMs)
        record(.session(.service(next)))
    }

    /// A session ends: what it has the shell do on a bus ends, too.
    mutating func stopBusTool() {
        guard case .service(let service) = state.session, case .bus(let tool) = service.tool, tool.isRunning,
            let bus = tool.bus, let id = tool.order
        else { return }
        perform(.bus(BusOrder(id: id, bus: bus, kind: .stop)))
    }

    private func line(of tool: BusTool) -> LinePlan? { state.plan.lines.first { $0.bus == tool.bus } }

    private func model(of tool: BusTool) -> LinePlan.Model? {
        line(of: tool)?.models.first { $0.name == tool.model }
    }
}

extension BusTool {
    /// The bus is chosen: what is asked next.
    fileprivate mutating func choose(_ line: LinePlan) {
        bus = line.bus
        switch job {
        case .scan: stage = .chooseSpeeds
        case .setAddress where line.models.count == 1:
            model = line.models.first?.name
            stage = .connect
        case .setAddress: stage = .chooseModel
        }
    }
}

extension BusTool.Job {
    var action: StaffAction {
        switch self {
        case .scan: .scanBuses
        case .setAddress: .setAddress
        }
    }
}

extension StationPlan {
    /// The buses on which this can be done.
    func lines(for job: BusTool.Job) -> [LinePlan] {
        switch job {
        case .scan: lines
        case .setAddress: lines.filter { !$0.models.isEmpty }
        }
    }
}
