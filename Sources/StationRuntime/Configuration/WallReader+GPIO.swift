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

    /// `inputs: { 9: GPIO12 }` of a board: inputs that are no door's contact, for points.
    func readInputs(_ section: inout StrictMapping, profile: BoardProfile) throws -> GPIOWiring {
        var wiring = GPIOWiring()
        guard profile.usesGPIO, var inputs = try section.optionalMapping("inputs") else { return wiring }
        for number in 1...max(1, profile.inputs) {
            if let line = try inputs.optionalString(String(number)) { wiring.inputs[number] = line }
        }
        try inputs.finish()
        return wiring
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
