/// What a walk along the wall has shown: pure, from what was commanded, what moved and what a person saw.
public struct WalkFindings: Sendable {
    /// What was seen at one door.
    public struct Seen: Hashable, Sendable {
        /// The door whose lock was pulsed.
        public var commanded: String
        /// The doors whose sensors opened.
        public var moved: [String]
        /// The door that a person saw open; nil: none did, or nobody could say.
        public var opened: String?

        /// What was seen at one door.
        public init(commanded: String, moved: [String], opened: String?) {
            self.commanded = commanded
            self.moved = moved
            self.opened = opened
        }

        var isRight: Bool { opened == commanded && (moved == [commanded]) }
    }

    /// The last that was seen at each door, in the order of the walk.
    public private(set) var seen: [Seen] = []

    /// Nothing seen yet.
    public init() {}

    /// Takes what was seen at a door; it replaces what was seen there before.
    public mutating func note(_ new: Seen) {
        seen.removeAll { $0.commanded == new.commanded }
        seen.append(new)
    }

    /// A door that was walked has nothing wrong with it.
    public mutating func clear(_ door: String) {
        seen.removeAll { $0.commanded == door }
    }

    /// What is wrong at the wall, a line each: which two are crossed, and what to change.
    public var lines: [String] {
        var found: [String] = []
        var isTold: Set<String> = []
        for one in seen where !one.isRight && !isTold.contains(one.commanded) {
            if let partner = partner(of: one) {
                isTold.formUnion([one.commanded, partner.commanded])
                found.append(crossed(one, partner))
            } else {
                found.append(alone(one))
            }
        }
        return found
    }

    /// The door that behaves the other way round.
    private func partner(of one: Seen) -> Seen? {
        guard let other = one.elsewhere else { return nil }
        return seen.first { $0.commanded == other && $0.elsewhere == one.commanded }
    }

    private func crossed(_ one: Seen, _ other: Seen) -> String {
        let names = "\(one.commanded) and \(other.commanded)"
        switch (one.kind, other.kind) {
        case (.sensor, .sensor):
            return
                "\(names): their SENSOR wires are crossed. Swap the two sensor wires, then walk both again."
        case (.lock, .lock):
            return "\(names): their LOCK wires are crossed. Swap the two lock wires, then walk both again."
        case (.both, .both):
            return "\(names): lock and sensor wires of both are crossed, or their labels are. "
                + "Swap the labels, or both pairs of wires, then walk both again."
        default:
            return "\(names) are crossed. Look which wires are swapped, then walk both again."
        }
    }

    private func alone(_ one: Seen) -> String {
        let door = one.commanded
        if one.moved.count > 1 {
            return "\(door): the sensors of \(one.moved.joined(separator: ", ")) moved. "
                + "If one door opened, their wires touch; if more did, look at the lock wires."
        }
        guard let other = one.elsewhere else {
            if one.opened == door {
                return
                    "\(door) opened, and its sensor said nothing: it is cut, not connected, or on another input."
            }
            return "\(door) did not open: look at its lock's wire, its latch and the channel in station.yaml."
        }
        switch one.kind {
        case .sensor:
            return
                "\(door) opened, and the sensor of \(other) moved: \(door)'s sensor wire is on \(other)'s input."
        case .lock:
            return "\(door) was pulsed and \(other) opened: \(door)'s channel drives \(other)'s lock."
        case .both, .none:
            return "\(door) was pulsed and \(other) opened with \(door)'s sensor: check labels and channels."
        }
    }
}

extension WalkFindings.Seen {
    enum Kind { case sensor, lock, both, none }

    /// The one other door that had to do with it.
    var elsewhere: String? {
        if moved.count == 1, let other = moved.first, other != commanded { return other }
        if moved.isEmpty || moved == [commanded], let opened, opened != commanded { return opened }
        return nil
    }

    /// What leads to the other door.
    var kind: Kind {
        guard let elsewhere else { return .none }
        if moved == [elsewhere] {
            if opened == commanded { return .sensor }
            return opened == elsewhere ? .lock : .none
        }
        return moved == [commanded] ? .both : .lock
    }
}
