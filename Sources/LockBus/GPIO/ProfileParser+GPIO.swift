internal import CoilGuard
internal import DeviceIO
internal import StrictYAML

// The part of a profile of boards on GPIO lines.
extension ProfileParser {
    private enum Active: String, CaseIterable { case high, low }
    private enum Drive: String, CaseIterable {
        case pushPull = "push-pull"
        case openDrain = "open-drain"
    }

    /// - Parameters:
    ///   - top: the profile, of which name, title, protocol and sources are taken already.
    func gpioBoard(_ top: inout StrictMapping, name: String, title: String) throws(ProfileError)
        -> BoardProfile
    {
        var outputs = try top.mapping("outputs")
        let channels = try outputs.integer("count", in: 1...GuardedOutput.limit)
        let outputActive = try outputs.choice("active", Active.self)
        let drive = try outputs.optionalChoice("drive", Drive.self) ?? .pushPull
        try outputs.finish()
        var count = 0
        var (inputActive, bias, debounceMs) = (Active.low, GPIOBias.asIs, 0)
        if var inputs = try top.optionalMapping("inputs") {
            count = try inputs.integer("count", in: 1...64)
            inputActive = try inputs.choice("active", Active.self)
            bias = try inputs.choice("bias", GPIOBias.self)
            debounceMs = try inputs.integer("debounceMs", in: 0...1000)
            try inputs.finish()
        }
        var pulse = try top.mapping("pulse")
        let maximumMs = try pulse.integer("maximumMs", in: 1...GuardedOutput.longestMs)
        let gapMs = try pulse.integer("gapMs", in: 0...10_000)
        let coolDown = try pulse.integer("coolDown", in: 5...1000)
        try pulse.finish()
        try top.finish()
        let map = GPIOMap(
            outputIsActiveLow: outputActive == .low,
            isOpenDrain: drive == .openDrain,
            inputIsActiveLow: inputActive == .low,
            bias: bias,
            debounceMs: debounceMs
        )
        // The guard times the pulse, not this process: that makes it a board that switches off by itself.
        return BoardProfile(
            name: name,
            title: title,
            channels: channels,
            inputs: count,
            maximumPulseMs: maximumMs,
            maximumOnMs: maximumMs,
            coolDown: coolDown,
            gapMs: gapMs,
            timing: .board,
            wire: .gpio(map)
        )
    }
}
