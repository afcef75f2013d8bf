internal import Crypto
internal import LockBus

/// What the configuration says about each bus and board, for the fingerprints of the doors on them.
struct WiringTexts {
    var buses: [BusName: String] = [:]
    /// With the text of the board's profile.
    var boards: [BoardName: String] = [:]

    /// SHA-256, in hex, of everything that decides which lock moves and which sensor is read.
    func fingerprint(of wiring: StationConfiguration.Wiring, own: String) -> String {
        var parts = ["compartment", own, buses[wiring.door.bus] ?? "", boards[wiring.door.board] ?? ""]
        if let sensor = wiring.sensor, sensor.board != wiring.door.board {
            parts.append(boards[sensor.board] ?? "")
        }
        // No part contains a line end, so the parts cannot run into each other.
        return Hex.text(SHA256.hash(data: Array(parts.joined(separator: "\n").utf8)))
    }
}
