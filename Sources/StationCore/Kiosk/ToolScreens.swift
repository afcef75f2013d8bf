/// A technician works on the boards of a bus.
public struct BusToolStep: Hashable, Sendable, Codable {
    /// How far it is with the boards.
    public struct Progress: Hashable, Sendable, Codable {
        /// Addresses asked so far.
        public var done: Int
        /// Addresses to ask in all.
        public var total: Int
        /// The address that is asked now.
        public var unit: Int
        /// Speed and format of the line now, such as `9600 8N1`; empty on a network.
        public var line: String
        /// Boards found so far.
        public var found: Int
        /// What is left at this pace.
        public var secondsLeft: Int

        /// How far it is.
        public init(done: Int, total: Int, unit: Int, line: String, found: Int, secondsLeft: Int) {
            self.done = done
            self.total = total
            self.unit = unit
            self.line = line
            self.found = found
            self.secondsLeft = secondsLeft
        }
    }

    /// What is being done, and how far it is.
    public var tool: BusTool
    /// Buses to choose from.
    public var buses: [BankID]
    /// Models to choose from.
    public var models: [String]
    /// Addresses to choose from: those of this bus's boards in the configuration first, then the lowest others.
    public var addresses: [Int]
    /// While it runs; the shell fills it in.
    public var progress: Progress?

    /// So many addresses are offered at least.
    static let choices = 6

    /// A technician works on the boards of a bus.
    public init(
        tool: BusTool,
        buses: [BankID] = [],
        models: [String] = [],
        addresses: [Int] = [],
        progress: Progress? = nil
    ) {
        self.tool = tool
        self.buses = buses
        self.models = models
        self.addresses = addresses
        self.progress = progress
    }
}

/// Every door, for whoever works at the wall.
public struct DoorsStep: Hashable, Sendable, Codable {
    /// Doors that this person may take out of service (``KioskButton/takeOutOfService(_:)``).
    public var mayTakeOut: [CompartmentID]

    /// Every door.
    public init(mayTakeOut: [CompartmentID]) {
        self.mayTakeOut = mayTakeOut
    }
}

/// All doors open, one after the other.
public struct OpenAllStep: Hashable, Sendable, Codable {
    /// How far it is.
    public enum Stage: String, Hashable, Sendable, Codable, CaseIterable {
        /// Shall it begin? (``KioskButton/go``)
        case toConfirm
        /// A door is being opened.
        case opening
        /// It is open: look, and close it.
        case open
        /// No sensor tells: close it, then ``KioskButton/next``.
        case word
        /// A moment until the next one.
        case resting
        /// It stands still (``KioskButton/go`` goes on).
        case paused
        /// All are through.
        case done
    }

    /// How far it is.
    public var stage: Stage
    /// The door that is open or next; nil when done.
    public var compartment: CompartmentID?
    /// Doors still to be opened.
    public var left: Int
    /// How many of them hold an order, which is in doubt until staff have looked.
    public var occupied: Int
    /// Doors that were opened.
    public var opened: Int
    /// Doors that did not open.
    public var failed: [CompartmentID]
    /// Doors that cannot be opened now.
    public var leftOut: [CompartmentID]
    /// Why it stands still.
    public var pause: OpenAll.Pause?
    /// Until the next door, in seconds.
    public var seconds: Int?

    /// All doors open.
    public init(
        stage: Stage,
        compartment: CompartmentID?,
        left: Int,
        occupied: Int,
        opened: Int,
        failed: [CompartmentID],
        leftOut: [CompartmentID],
        pause: OpenAll.Pause?,
        seconds: Int?
    ) {
        self.stage = stage
        self.compartment = compartment
        self.left = left
        self.occupied = occupied
        self.opened = opened
        self.failed = failed
        self.leftOut = leftOut
        self.pause = pause
        self.seconds = seconds
    }
}

extension StationState {
    func screen(_ tool: ServiceTool, _ service: ServiceSession, at instant: Instant) -> KioskScreen {
        switch tool {
        case .doors:
            let may = service.staff?.roles.may(.takeOutOfService) ?? false
            return .wallDoors(
                DoorsStep(mayTakeOut: may ? compartments.filter(\.canBeTakenOut).map(\.plan.id) : [])
            )
        case .bus(let tool): return .busTool(busStep(tool))
        case .openAll(let all): return .openAll(openAllStep(all, service, at: instant))
        }
    }

    private func busStep(_ tool: BusTool) -> BusToolStep {
        let line = plan.lines.first { $0.bus == tool.bus }
        let model = line?.models.first { $0.name == tool.model }
        var step = BusToolStep(tool: tool)
        switch tool.stage {
        case .chooseBus: step.buses = plan.lines(for: tool.job).map(\.bus)
        case .chooseModel: step.models = line?.models.map(\.name) ?? []
        case .found:
            guard let addresses = model?.addresses else { break }
            step.addresses = (line?.units ?? []).filter { $0 != tool.unit && addresses.contains($0) }
            let others = addresses.filter { $0 != tool.unit && !step.addresses.contains($0) }
            step.addresses += others.prefix(max(0, BusToolStep.choices - step.addresses.count))
        case .chooseSpeeds, .connect, .running, .stopping, .scanned, .changed, .failed: break
        }
        return step
    }

    private func openAllStep(_ all: OpenAll, _ service: ServiceSession, at instant: Instant) -> OpenAllStep {
        let opening = service.opening.flatMap { self.opening($0) }
        let stage: OpenAllStep.Stage
        if let opening {
            stage = opening.isAwaitingWord ? .word : opening.isDoorOpen ? .open : .opening
        } else if all.left.isEmpty {
            stage = .done
        } else if all.pause == .toConfirm {
            stage = .toConfirm
        } else {
            stage = all.pause == nil ? .resting : .paused
        }
        let seconds = all.restsUntil.map { Int(clamping: ($0.ms(since: instant) + 999) / 1000) }
        return OpenAllStep(
            stage: stage,
            compartment: all.left.first,
            left: all.left.count,
            occupied: all.left.compactMap { self.compartment($0)?.record.contents.order }.count,
            opened: all.opened.count,
            failed: all.failed,
            leftOut: all.leftOut,
            pause: all.pause,
            seconds: seconds
        )
    }
}
