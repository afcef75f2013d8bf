internal import Crypto
internal import Foundation
internal import Glibc
internal import LockBus
internal import StationAPI
public import StationCore
public import StationStore

/// Which compartments a person has walked: opened each door, seen the right one open and the right sensor move.
///
/// A file in the state folder, sealed with the station's key, so that nobody makes a door served by writing a
/// line. pickupd serves no compartment that is not in it, or whose wiring has changed since.
public struct DoorMap: Hashable, Sendable, Codable {
    /// One walked compartment.
    public struct Entry: Hashable, Sendable, Codable {
        /// How it is known that the right door opened.
        public enum Proof: String, Hashable, Sendable, Codable {
            /// Its own sensor moved, and no other; and a person saw it.
            case sensorAndPerson
            /// It has no sensor that is believed: a person saw it.
            case person
        }

        /// The compartment.
        public var compartment: CompartmentID
        /// Its lock: `bus/board/channel`.
        public var lock: String
        /// Its sensor: `board/input`; nil: none.
        public var sensor: String?
        /// The fingerprint of its wiring when it was walked (``StationConfiguration/Wiring/fingerprint``).
        public var fingerprint: String
        /// When, in station time.
        public var walkedAt: String
        /// By whom.
        public var by: StaffID
        /// How it is known.
        public var proof: Proof
    }

    /// What is on the disk.
    public enum Reading: Hashable, Sendable {
        /// No door has been walked.
        case none
        /// A sealed map, and the SHA-256 of its file in hex.
        case sealed(DoorMap, hash: String)
        /// It cannot be believed: nothing is walked.
        case broken(reason: String)

        /// The map, if there is one that can be believed.
        public var map: DoorMap? {
            if case .sealed(let map, _) = self { map } else { nil }
        }

        /// Its hash.
        public var hash: String? {
            if case .sealed(_, let hash) = self { hash } else { nil }
        }
    }

    /// Why the map was not written.
    public struct WriteFailure: Error, Hashable, CustomStringConvertible {
        /// What is wrong, and what to do.
        public var description: String
    }

    /// The station it is of.
    public var station: StationID
    /// The walked compartments, in order of their labels.
    public var entries: [Entry]

    /// A map.
    public init(station: StationID, entries: [Entry] = []) {
        self.station = station
        self.entries = entries
    }

    /// Where the map of a station with this state folder is.
    public static func path(in stateFolder: String) -> String { stateFolder + "/door-map" }

    /// Puts an entry in the place of the one that this compartment had.
    public mutating func put(_ entry: Entry) {
        entries.removeAll { $0.compartment == entry.compartment }
        entries.append(entry)
        entries.sort { $0.compartment < $1.compartment }
    }

    /// Which of these compartments were not walked as they are wired now.
    func unwalked(of wiring: [StationConfiguration.Wiring]) -> [CompartmentID] {
        let known = Dictionary(entries.map { ($0.compartment, $0.fingerprint) }) { _, last in last }
        return wiring.filter { known[$0.compartment] != $0.fingerprint }.map(\.compartment)
    }
}

// The file: the map as one line of JSON, then its seal. The seal is over the bytes as they stand there.
extension DoorMap {
    /// Keeps the seal apart from the digests of codes, which the same key makes.
    private static let domain = "pickup door map 1\n"

    /// Reads and checks the map of a station.
    public static func read(stateFolder: String, station: StationID, key: StationKey) -> Reading {
        let path = path(in: stateFolder)
        guard FileManager.default.fileExists(atPath: path) else { return .none }
        guard let data = FileManager.default.contents(atPath: path) else {
            return .broken(reason: "it cannot be read")
        }
        let lines = String(decoding: data, as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        guard lines.count == 3, lines[2].isEmpty else { return .broken(reason: "it is not a door map") }
        guard ConstantTime.isEqual(seal(of: String(lines[0]), key).utf8, lines[1].utf8) else {
            return .broken(reason: "its seal is not this station's")
        }
        guard let map = try? JSONDecoder().decode(DoorMap.self, from: Data(lines[0].utf8)) else {
            return .broken(reason: "it is of another version")
        }
        guard map.station == station else { return .broken(reason: "it is of station \(map.station)") }
        return .sealed(map, hash: Hex.text(SHA256.hash(data: data)))
    }

    /// Writes the map with its seal, whole or not at all, also when the power is cut.
    ///
    /// - Returns: the SHA-256 of the file, in hex.
    func write(stateFolder: String, key: StationKey) throws(WriteFailure) -> String {
        let path = Self.path(in: stateFolder)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self) else { throw WriteFailure(description: "no JSON") }
        let body = String(decoding: json, as: UTF8.self)
        let bytes = Array("\(body)\n\(Self.seal(of: body, key))\n".utf8)
        let draft = path + ".new"
        guard Self.store(bytes, at: draft), rename(draft, path) == 0, Self.sync(folder: stateFolder) else {
            throw WriteFailure(
                description: "\(path) cannot be written (\(String(cString: strerror(errno)))): "
                    + "check the disk, then walk this door again"
            )
        }
        return Hex.text(SHA256.hash(data: bytes))
    }

    private static func seal(of body: String, _ key: StationKey) -> String {
        Hex.text(key.digest(of: domain + body).bytes)
    }

    private static func store(_ bytes: [UInt8], at path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
    }

    private static func sync(folder: String) -> Bool {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return fsync(descriptor) == 0
    }
}
