internal import DeviceIO

/// How well one direction of a serial line carries bytes.
public struct SandboxLine: Hashable, Sendable, Codable {
    /// Of a thousand bytes, so many vanish.
    public var dropPerMille: Int
    /// Of a thousand bytes, so many arrive with one bit turned.
    public var corruptPerMille: Int
    /// Every byte arrives so much later.
    public var delayMs: Int
    /// Bytes arrive no faster than this speed allows, ten bits each; nil: at once, as a pty does by itself.
    public var baud: Int?

    /// A perfect line.
    public static let perfect = SandboxLine()

    /// A line with faults; the defaults are a perfect one.
    public init(dropPerMille: Int = 0, corruptPerMille: Int = 0, delayMs: Int = 0, baud: Int? = nil) {
        self.dropPerMille = dropPerMille
        self.corruptPerMille = corruptPerMille
        self.delayMs = delayMs
        self.baud = baud
    }
}

/// Bytes on their way in one direction: what arrives when. Pure, and the same for the same seed.
struct LineQueue: Sendable {
    private struct Travelling {
        var byte: UInt8
        var due: BootTime
    }

    /// What an operating system buffers for a port; more is lost, as on a real one.
    private static let capacity = 1 << 16

    private var travelling: [Travelling] = []
    private var head = 0
    private var lineFree = BootTime(nanoseconds: 0)
    private var random: SplitMix

    init(seed: UInt64) {
        random = SplitMix(state: seed)
    }

    /// When the next byte arrives.
    var nextDue: BootTime? {
        head < travelling.count ? travelling[head].due : nil
    }

    mutating func push(_ bytes: some Sequence<UInt8>, at now: BootTime, over line: SandboxLine) {
        let nanosecondsPerByte = line.baud.map { 10_000_000_000 / UInt64(max(1, $0)) } ?? 0
        for byte in bytes where travelling.count - head < Self.capacity {
            // A lost byte has taken its time on the line all the same.
            lineFree = BootTime(nanoseconds: max(lineFree.nanoseconds, now.nanoseconds) + nanosecondsPerByte)
            if random.below(1000) < line.dropPerMille { continue }
            let corrupted = random.below(1000) < line.corruptPerMille
            let due = lineFree.advanced(byMilliseconds: UInt64(max(0, line.delayMs)))
            travelling.append(
                Travelling(byte: corrupted ? byte ^ (1 << UInt8(random.below(8))) : byte, due: due)
            )
        }
    }

    /// Takes out what has arrived, in order.
    mutating func arrived(at now: BootTime) -> [UInt8] {
        var bytes: [UInt8] = []
        while head < travelling.count, travelling[head].due <= now {
            bytes.append(travelling[head].byte)
            head += 1
        }
        if head == travelling.count {
            travelling.removeAll(keepingCapacity: true)
            head = 0
        }
        return bytes
    }

    mutating func clear() {
        travelling.removeAll()
        head = 0
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same in every release.
struct SplitMix: Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ limit: Int) -> Int {
        Int(next() % UInt64(limit))
    }
}
