import Sandbox
import StationAPI
import Testing

/// What HQ must be told with every parcel that changes hands: how the station knows, of which lines, by what right.
func expectHandoverIsProven(
    _ events: [SandboxHQ.ReceivedEvent],
    _ type: EventType,
    method: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let event = try #require(events.first { $0.type == type.rawValue }, sourceLocation: sourceLocation)
    let data = try #require(event.data, sourceLocation: sourceLocation)
    let evidence = try #require(data["evidence"], sourceLocation: sourceLocation)
    let times = try ["pulsedAt", "doorOpenedAt", "doorClosedAt"].map { name in
        let text = try #require(evidence[name]?.text, "no \(name)", sourceLocation: sourceLocation)
        return try #require(WireTime(text: text), sourceLocation: sourceLocation).milliseconds
    }
    #expect(times == times.sorted(), "pulse, open edge, close edge", sourceLocation: sourceLocation)
    let dwell = try #require(evidence["dwellMilliseconds"]?.wholeNumber, sourceLocation: sourceLocation)
    // Two clocks read at two moments: they agree to a second.
    #expect(abs(dwell - (times[2] - times[1])) < 1_000, sourceLocation: sourceLocation)
    #expect(evidence["sensor"]?.text == "door", sourceLocation: sourceLocation)
    #expect(data["outcome"]?.text == "openedAndClosed", sourceLocation: sourceLocation)
    #expect(data["method"]?.text == method, sourceLocation: sourceLocation)
    #expect(data["orderVersion"]?.wholeNumber ?? 0 >= 1, sourceLocation: sourceLocation)
    #expect(data["clock"]?["trusted"] != nil, sourceLocation: sourceLocation)
    let lines = data["lines"]?.elements ?? []
    #expect(lines.count == 1, sourceLocation: sourceLocation)
    #expect(lines.first?["quantity"]?.wholeNumber == 1, sourceLocation: sourceLocation)
    #expect(data["parcelIds"]?.elements?.count == 1, sourceLocation: sourceLocation)
}
