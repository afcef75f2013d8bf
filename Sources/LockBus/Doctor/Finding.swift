/// What the counts of a bus are consistent with. Never a measurement: software sees frames, not volts.
public struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// A known cause of trouble on a bus.
    public enum Cause: String, CaseIterable, Sendable {
        /// Two boards answer to one address.
        case sharedAddress
        /// Another address answers than the one that was asked.
        case wrongAddress
        /// The line floats while nobody drives it.
        case missingBias
        /// Frames are mangled on the way, on the whole line.
        case missingTermination
        /// The adapter hands bytes over late.
        case adapterLatency
        /// The adapter drives the line too long after a request.
        case adapterTurnaround
        /// The adapter hears what it sends.
        case adapterEcho
        /// Errors come together with pulses.
        case interference
        /// Bytes come, and never a frame.
        case wrongBaud
        /// A TCP gateway speaks another protocol.
        case wrongMode
        /// A board answers later than it may.
        case slowBoard
        /// One board never answers, and others do.
        case silentBoard
        /// No board ever answers.
        case silentLine

        /// In a few words.
        public var name: String {
            switch self {
            case .sharedAddress: "two boards on one address"
            case .wrongAddress: "a board set to another address"
            case .missingBias: "missing bias"
            case .missingTermination: "missing termination or a bad joint"
            case .adapterLatency: "an adapter that holds bytes back"
            case .adapterTurnaround: "an adapter that drives the line too long"
            case .adapterEcho: "an adapter that hears itself"
            case .interference: "a bus cable beside the locks' or mains cable"
            case .wrongBaud: "a wrong speed or parity"
            case .wrongMode: "a gateway in the wrong protocol mode"
            case .slowBoard: "a responseTimeoutMs that is too short"
            case .silentBoard: "a board without power, with another address, or not connected"
            case .silentLine: "a line that is not connected"
            }
        }

        /// What to look at, and with which tool.
        public var check: String {
            switch self {
            case .sharedAddress:
                "unplug the boards one by one and see with `pickupctl bus scan` who still answers at it"
            case .wrongAddress:
                "read the address switch of each board; `pickupctl bus scan` lists who answers"
            case .missingBias:
                "with a multimeter, at rest, A to B must show more than 200 mV; fit 560 Ω to 5 V and to"
                    + " ground"
            case .missingTermination:
                "power off, a multimeter must show about 60 Ω between A and B; else fit 120 Ω at both ends,"
                    + " and look at joints and stubs with an oscilloscope"
            case .adapterLatency:
                "cat /sys/bus/usb-serial/devices/ttyUSB*/latency_timer must show 1; hardware/udev sets it"
            case .adapterTurnaround:
                "look at A and B with an oscilloscope after a request; use an adapter with automatic direction"
                    + " control, or raise the boards' answer delay"
            case .adapterEcho:
                "switch the receiver off while sending (jumper or RE pin), or use another adapter"
            case .interference:
                "lead the bus in its own twisted pair, away from lock and mains cables, and see that each"
                    + " lock has its diode; then compare the counts"
            case .wrongBaud:
                "compare baud, parity and stop bits with the boards' switches; `pickupctl bus scan`"
            case .wrongMode:
                "set the gateway to Modbus TCP in its web page, not to transparent or RTU over TCP"
            case .slowBoard: "raise responseTimeoutMs above the boards' answer delay"
            case .silentBoard: "its power light, its address switch, A and B at its terminals"
            case .silentLine:
                "the boards' power, A and B exchanged, the right port (ls -l /dev/serial/by-id), the speed"
            }
        }
    }

    /// The bus.
    public let bus: BusName
    /// The boards that show it.
    public let boards: [BoardName]
    /// What the counts are consistent with.
    public let cause: Cause
    /// The counts.
    public let evidence: String

    /// One line: where, what it may be, why, and what to check.
    public var description: String {
        let names = boards.map(\.rawValue).joined(separator: ", ")
        return "bus \(bus.rawValue), \(boards.count == 1 ? "board" : "boards") \(names): "
            + "consistent with \(cause.name) (\(evidence)); check: \(cause.check)"
    }
}
