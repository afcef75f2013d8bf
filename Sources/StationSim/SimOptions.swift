public import StationCore

/// What one seed's world is like: each feature is on or off, with a weight of its own (swarm testing).
public struct SimOptions: Sendable, CustomStringConvertible {
    /// One feature; its weight is per mille of the occasions on which it can come.
    public enum Feature: String, CaseIterable, Sendable {
        /// A compartment has no door sensor.
        case sensorless
        /// The wire of a door's sensor is cut when somebody acts: it reads open, or closed, from then on.
        case cutSensor
        /// A closed door reads open once (a late reply of the bus).
        case flicker
        /// A pulse meets a stuck latch.
        case stuckLatch
        /// A door opens late.
        case lateDoor
        /// The bus answers a pulse only after the door has moved.
        case slowAnswer
        /// The bus does not prove a pulse, refuses it, or never answers.
        case oddPulse
        /// A board drops out for a while.
        case boardLoss
        /// The station is killed at a decision.
        case crash
        /// A kill is a boot of the whole machine.
        case reboot
        /// The disk is full at a commit.
        case diskFull
        /// A visit is a vandal's.
        case vandals
        /// A vandal is one who tries codes.
        case guessers
        /// An honest visitor does something foolish.
        case folly
        /// A code is held in front of the scanner twice.
        case doubleScan
        /// Another customer shows a code in the middle of a visit.
        case secondCustomer
        /// A customer closes the door without taking anything.
        case emptyHanded
        /// Staff, or a customer, have a door opened again and again without need.
        case abuse
        /// HQ sets limits on openings that are none.
        case hostilePolicy
        /// A door is left open by who leaves.
        case leftOpen
        /// HQ changes, cancels, splits or sends an order elsewhere.
        case hqChanges
        /// HQ sends an older version once more.
        case oldVersion
        /// HQ takes an event, and its reply is lost.
        case lostReply
        /// HQ takes an event and applies it later (202).
        case pendingAtHQ
        /// HQ says that it does not know the order of an event.
        case parked
        /// HQ is away.
        case hqAway
        /// HQ sends commands, good ones and others.
        case commands
        /// Customers show grants, and labels of orders that the feed has not brought are loaded.
        case grants
        /// A board is away for hours, days or weeks.
        case outage
        /// A reading of the clock is wrong.
        case wrongClock

        var most: Int {
            switch self {
            case .sensorless: 250
            case .cutSensor: 4
            case .flicker: 6
            case .stuckLatch, .oddPulse, .vandals: 120
            case .lateDoor, .slowAnswer: 150
            case .boardLoss: 15
            case .crash: 20
            case .reboot, .hqAway: 400
            case .lostReply: 300
            case .folly, .oldVersion: 200
            case .doubleScan: 250
            case .secondCustomer: 80
            case .emptyHanded: 30
            case .leftOpen, .guessers: 80
            case .hqChanges: 350
            case .pendingAtHQ: 250
            case .parked: 60
            case .diskFull, .hostilePolicy: 50
            case .commands, .grants: 300
            case .outage: 3
            case .abuse: 500
            case .wrongClock: 500
            }
        }
    }

    /// How many compartments the wall has.
    public var compartments: Int
    /// How many lock boards drive them.
    public var boards: Int
    /// How many shelves without a door the station has besides.
    public var shelves: Int
    /// Whether the clock is synchronised at all.
    public var isClockTrusted: Bool
    /// Limits on openings, below the ceilings in some worlds.
    public var governor = GovernorLimits()
    private var weights: [Int]

    /// How often a feature shows, per mille.
    public subscript(_ feature: Feature) -> Int {
        weights[Self.index(feature)]
    }

    private static func index(_ feature: Feature) -> Int {
        Feature.allCases.firstIndex(of: feature) ?? 0
    }

    /// Draws the options of a seed.
    public init(_ random: inout SimRandom) {
        compartments = random.within(8...40)
        boards = random.within(1...4)
        shelves = random.below(3)
        isClockTrusted = random.chance(800)
        weights = []
        for feature in Feature.allCases {
            let isOn = random.chance(650)
            weights.append(isOn ? 1 + random.below(feature.most) : 0)
        }
        if random.chance(500) {
            governor.staff.perMinute = random.within(2...6)
            governor.staff.perHour = random.within(60...120)
            governor.customer.perMinute = random.within(1...3)
            governor.customer.perHour = random.within(2...20)
        }
    }

    /// The options in a line; a feature that is off is not named.
    public var description: String {
        let on = Feature.allCases.filter { self[$0] > 0 }.map { "\($0.rawValue)=\(self[$0])" }
        let limits = [governor.staff.perMinute, governor.customer.perMinute].map { "\($0 ?? 0)" }
        return "compartments=\(compartments) boards=\(boards) shelves=\(shelves) clock=\(isClockTrusted) "
            + "limits=\(limits.joined(separator: "/")) "
            + on.joined(separator: " ")
    }
}
