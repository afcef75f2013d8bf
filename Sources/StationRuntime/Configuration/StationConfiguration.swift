public import CodeScanner
public import HQLink
public import KioskServer
public import LockBus
public import StationCore

/// Everything `/etc/pickupd/station.yaml` says, checked as a whole before any port is opened.
public struct StationConfiguration: Sendable {
    /// Where one compartment's lock is.
    public struct Wiring: Hashable, Sendable {
        /// The compartment.
        public var compartment: CompartmentID
        /// Its lock output.
        public var door: DoorChannel
        /// Its door's sensor; nil: it has none.
        public var sensor: SensorWiring?
        /// SHA-256, in hex, of what the configuration and the board profiles say about its wires. A walked
        /// compartment is served while it stays the same.
        public var fingerprint: String

        /// `board/input` of the sensor; nil: no sensor.
        var sensorText: String? { sensor.map { "\($0.board.rawValue)/\($0.input)" } }
    }

    /// The file it was read from.
    public var file: String
    /// SHA-256 of the file, in hex: HQ sees which configuration a station runs.
    public var hash: String
    /// The station's name, shown on the kiosk.
    public var name: String
    /// The phone number the kiosk shows when something needs a person.
    public var phone: String
    /// Compartments as the core sees them.
    public var plan: StationPlan
    /// The retailer's values.
    public var policy: Policy
    /// The buses with their boards and doors.
    public var buses: [BusConfiguration]
    /// Which lock output is which compartment's.
    public var wiring: [Wiring]
    /// What else is on the boards.
    public var points: PointPlan
    /// The scanner; nil: codes are typed.
    public var scanner: ScannerConfiguration?
    /// HQ; nil: the station works from what it has (bench and commissioning).
    public var hq: HQLinkConfiguration?
    /// The kiosk.
    public var kiosk: KioskConfiguration
    /// The file with the station's HMAC key.
    public var keyFile: String
    /// Where the database lives.
    public var stateFolder: String
    /// The path of the admin socket; nil: none.
    public var adminSocket: String?
    /// A folder on a file system that a reboot empties, for telling boots apart; nil: none.
    public var runtimeFolder: String?
    /// When the store is open; nil: it does not say.
    public var openingHours: OpeningHours?

    /// What will work and not well, one line each: for `--check` and the log at start.
    public var warnings: [String] {
        buses.flatMap { bus in
            (bus.warnings().map(\.description) + bus.gpioWarnings()).map {
                "\(file): bus \(bus.name.rawValue): \($0)"
            }
        }
    }

    /// What it describes, in a few words.
    public var summary: String {
        "\(plan.compartments.count) compartments, \(buses.count) buses, "
            + "\(scanner == nil ? "no scanner" : "a scanner"), \(hq == nil ? "no HQ" : "HQ")"
    }
}

/// What is wrong with a configuration: where, what and how to put it right. One is enough to stop the start.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// `station.yaml:12: …` lines.
    public var lines: [String]

    /// The lines, one below the other.
    public var description: String { lines.joined(separator: "\n") }

    init(_ lines: [String]) { self.lines = lines }

    init(_ error: any Error) { lines = ["\(error)"] }
}
