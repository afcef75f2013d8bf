/// What a profile says about a lock board that speaks a protocol of its own on RS-485.
struct SerialMap: Hashable, Sendable {
    /// The protocol. Boards of one line speak the same.
    enum Dialect: String, CaseIterable, Sendable {
        case kerongCU48 = "kerong-cu48"
        /// KR-CU16 and KR-CU12.
        case kerongCU16 = "kerong-cu16"
        case lockBoard8A = "lockboard-8a"
    }

    /// How the time of a pulse comes about. The board ends it by itself in any case.
    enum PulseTime: Hashable, Sendable {
        /// The board's own, always the same.
        case fixed(ms: Int)
        /// Written to the board at its set-up, and read back (KR-CU12/16, command 0x37).
        case written
    }

    let dialect: Dialect
    let pulseTime: PulseTime
    /// How a pulse is proven.
    let proof: PulseProof
    /// The bit of a lock's switch while it is locked.
    let closedIsOn: Bool
    /// Bytes of states in a board's answer (0x8A boards).
    let statusBytes: Int
    /// A board that does not answer after an unlock is freed with 0x38 (KR-CU12/16).
    let clearsBusy: Bool

    /// Bytes on the line for reading all locks of a board once: question and answer.
    var pollBytes: Int {
        switch dialect {
        case .kerongCU48: 6 + KerongCU48.Status.length
        case .kerongCU16: 5 + 9
        case .lockBoard8A: 5 + statusBytes + 4
        }
    }
}

/// How a board's own word proves that it took the command of a pulse.
public enum PulseProof: Hashable, Sendable {
    /// It answers, at once where no time is given, else when its pulse is over and so much later at most.
    case answer(withinMs: Int?)
    /// It does not answer: its lock must be seen to let go, for so long after the command.
    case latch(withinMs: Int)
}

extension BoardProfile {
    /// Whether the board tells which coils are on. Where it does not, nothing reads, switches off or claims to
    /// know a coil: its pulses end by themselves.
    var coilsCanBeRead: Bool {
        switch wire {
        case .modbus, .gpio: true
        case .serial: false
        }
    }

    /// How a pulse of this board is proven.
    public var pulseProof: PulseProof {
        switch wire {
        case .modbus, .gpio: .answer(withinMs: nil)
        case .serial(let map): map.proof
        }
    }

    /// How long every pulse of this board is, where that cannot be chosen, in milliseconds.
    public var fixedPulseMs: Int? {
        guard case .serial(let map) = wire, case .fixed(let ms) = map.pulseTime else { return nil }
        return ms
    }

    var serialMap: SerialMap? {
        if case .serial(let map) = wire { map } else { nil }
    }
}
