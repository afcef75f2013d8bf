internal import LockBus
internal import StrictYAML

// The keys that only a wall on GPIO lines has.
extension WallReader {
    /// `gpio: { chip: pinctrl-rp1 }`; nil when the bus has no such key.
    func readChip(_ section: inout StrictMapping) throws -> BusTransport? {
        guard var gpio = try section.optionalMapping("gpio") else { return nil }
        let chip = try gpio.string("chip")
        let socket = try gpio.optionalString("guard") ?? BusTransport.coilGuardSocket
        try gpio.finish()
        return .gpio(chip: chip, guardSocket: socket)
    }

    /// `inputs: { 9: GPIO12 }` and `outputs: { 9: GPIO22 }` of a board: lines that are no door's, for points.
    func readPointLines(_ section: inout StrictMapping, profile: BoardProfile) throws -> GPIOWiring {
        guard profile.usesGPIO else { return GPIOWiring() }
        return GPIOWiring(
            inputs: try readLines(&section, "inputs", count: profile.inputs),
            lamps: try readLines(&section, "outputs", count: profile.channels)
        )
    }

    private func readLines(_ section: inout StrictMapping, _ key: String, count: Int) throws -> [Int: String]
    {
        guard var numbers = try section.optionalMapping(key) else { return [:] }
        var lines: [Int: String] = [:]
        for number in 1...max(1, count) {
            if let line = try numbers.optionalString(String(number)) { lines[number] = line }
        }
        try numbers.finish()
        return lines
    }

    /// `line:` of a compartment's lock: needed on a GPIO board, an error on every other one.
    func readOutputLine(_ section: inout StrictMapping, profile: BoardProfile) throws -> String? {
        guard profile.usesGPIO else { return nil }
        return try section.string("line")
    }

    /// `sensor: { line: GPIO5, openIs: on }`: the input gets the lock's number.
    func readInputLine(
        _ section: inout StrictMapping,
        board: BoardName,
        channel: Int
    ) throws -> (wiring: SensorWiring, line: String)? {
        guard section.optionalWord("sensor") != "none",
            var sensor = try section.optionalMapping("sensor")
        else { return nil }
        let line = try sensor.string("line")
        let openIs = try sensor.optionalChoice("openIs", SensorWiring.Level.self) ?? .off
        try sensor.finish()
        return (SensorWiring(board: board, input: channel, openIs: openIs), line)
    }
}
