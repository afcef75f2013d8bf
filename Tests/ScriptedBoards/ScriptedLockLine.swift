public import DeviceIO
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// Lock boards that do not speak Modbus, at the far end of a pty or a TCP connection, with every fault of such
/// a line. Written from the protocols' documents, and independently of the drivers.
public final class ScriptedLockLine: Sendable {
    /// Whose boards these are.
    public enum Dialect: Sendable {
        case cu48
        case cu16
        case board8A(statusBytes: Int)
    }

    /// One board.
    public struct Board: Sendable {
        /// The bit of each lock's switch; 1 = closed as delivered.
        public var switches: [Bool]
        /// What the infrared sensors see.
        public var infrared: [Bool]
        /// The unlock time in units of 10 ms.
        public var ticks: UInt16 = 55
        /// Does not know the unlock time.
        public var isOld = false
        /// Says nothing after an unlock until it gets 0x38.
        public var getsBusy = false
        var isBusy = false
        /// Locks that stay shut.
        public var jammed: Set<Int> = []
        /// The locks that were energised, from 1, in order.
        public var pulses: [Int] = []

        /// All closed, with nothing before the infrared sensors.
        public init(locks: Int) {
            switches = Array(repeating: true, count: locks)
            infrared = Array(repeating: false, count: locks)
        }
    }

    /// A request as it came off the wire.
    public struct Request: Sendable {
        /// The whole frame.
        public let frame: [UInt8]
        /// The addressed board.
        public let unit: UInt8
        /// The command.
        public let command: UInt8
        /// The lock, from 1, of an unlock.
        public let unlocks: Int?
        /// When its last byte was read.
        public let at: BootTime
    }

    /// How to answer one request.
    public enum Action: Sendable {
        case answer
        /// No answer; `acts`: the command is carried out all the same.
        case silence(acts: Bool)
        case late(ms: Int)
        case badSum
        case unit(UInt8)
        case truncated(Int)
        case garbageFirst([UInt8])
        case answerThen([UInt8])
        /// These bytes instead of the answer; the command is carried out.
        case bytes([UInt8])
    }

    private struct State {
        var boards: [UInt8: Board]
        var script: @Sendable (Request) -> Action = { _ in .answer }
        var echoes = false
        var isStopped = false
        var answersUnlockAfterMs = 30
        var descriptor: Int32 = -1
    }

    /// What was said on the line, one frame each.
    public enum Frame: Sendable {
        case request([UInt8])
        case answer([UInt8])
    }

    /// Every request so far.
    public let requests = Recorder<Request>()
    /// Every request and every proper answer so far, in their order.
    public let frames = Recorder<Frame>()
    /// The tty for the station; empty on TCP.
    public let path: String
    /// The port; 0 on a pty.
    public let port: Int
    private let dialect: Dialect
    private let state: Mutex<State>
    private let finished = DispatchSemaphore(value: 0)

    /// Boards on a new pty.
    public init(_ dialect: Dialect, _ boards: [UInt8: Board]) throws {
        let pty = try openPty()
        self.dialect = dialect
        path = pty.path
        port = 0
        state = Mutex(State(boards: boards, descriptor: pty.master))
        Thread { [self] in
            serve(pty.master)
            pty.end()
            finished.signal()
        }.start()
    }

    /// Boards behind a serial server in raw mode, on a free loopback port.
    public init(server dialect: Dialect, _ boards: [UInt8: Board]) throws {
        let (listener, port) = try listenOnLoopback()
        self.dialect = dialect
        path = ""
        self.port = port
        state = Mutex(State(boards: boards))
        Thread { [self] in
            while !isStopped {
                var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
                guard poll(&entry, 1, 10) > 0 else { continue }
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { continue }
                state.withLock { $0.descriptor = descriptor }
                serve(descriptor)
                close(descriptor)
            }
            close(listener)
            finished.signal()
        }.start()
    }

    /// Decides how each request is answered from now on.
    public func script(_ script: @escaping @Sendable (Request) -> Action) {
        state.withLock { $0.script = script }
    }

    /// Answers properly again.
    public func heal() {
        script { _ in .answer }
    }

    /// The line's adapter repeats to the station what the station sends.
    public func echo() {
        state.withLock { $0.echoes = true }
    }

    /// Looks at or changes a board.
    @discardableResult
    public func board<Value: Sendable>(_ unit: UInt8, _ body: @Sendable (inout Board) -> Value) -> Value {
        state.withLock { state in
            var board = state.boards[unit] ?? Board(locks: 0)
            defer { state.boards[unit] = board }
            return body(&board)
        }
    }

    /// Says something unasked.
    public func say(_ bytes: [UInt8]) {
        send(bytes, state.withLock { $0.descriptor })
    }

    /// Every unlock that reached the wire.
    public var unlocks: [Request] { requests.all.filter { $0.unlocks != nil } }

    /// Ends the line: its tty hangs up.
    public func stop() {
        state.withLock { $0.isStopped = true }
        finished.wait()
        finished.signal()
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func send(_ bytes: [UInt8], _ descriptor: Int32) {
        if Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) < 0, errno == ENOTSOCK {
            _ = write(descriptor, bytes, bytes.count)
        }
    }

    private func serve(_ descriptor: Int32) {
        var buffer: [UInt8] = []
        while !isStopped {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, 10) == 0 {
                buffer = []
                continue
            }
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = read(descriptor, &bytes, bytes.count)
            if count <= 0 { return }
            buffer += bytes.prefix(count)
            while let length = length(of: buffer), buffer.count >= length {
                let frame = Array(buffer.prefix(length))
                buffer.removeFirst(length)
                if state.withLock({ $0.echoes }) { send(frame, descriptor) }
                if let request = parse(frame) { handle(request, descriptor) }
            }
        }
    }

    // MARK: Frames, as the documents have them

    private func length(of bytes: [UInt8]) -> Int? {
        switch dialect {
        case .cu48: return 6
        case .board8A: return 5
        case .cu16:
            guard bytes.count >= 5 else { return nil }
            return bytes[2] == 0x37 && bytes[3] != 0x03 ? 7 : 5
        }
    }

    private func isSound(_ frame: [UInt8]) -> Bool {
        guard let last = frame.last else { return false }
        switch dialect {
        case .board8A: return frame.dropLast().reduce(0, ^) == last
        case .cu48, .cu16:
            let sum = frame.dropLast().reduce(0) { ($0 + Int($1)) % 256 }
            return frame[0] == 2 && frame[frame.count - 2] == 3 && sum == Int(last)
        }
    }

    private func parse(_ frame: [UInt8]) -> Request? {
        guard isSound(frame) else { return nil }
        let at = BootTime.now()
        func request(unit: UInt8, command: UInt8, lock: Int?) -> Request {
            Request(frame: frame, unit: unit, command: command, unlocks: lock, at: at)
        }
        switch dialect {
        case .cu48:
            return request(
                unit: frame[1],
                command: frame[3],
                lock: frame[3] == 0x51 ? Int(frame[2]) + 1 : nil
            )
        case .cu16:
            let lock = frame[2] == 0x31 ? Int(frame[1] & 0x0F) + 1 : nil
            return request(unit: frame[1] >> 4, command: frame[2], lock: lock)
        case .board8A:
            return request(unit: frame[1], command: frame[0], lock: frame[0] == 0x8A ? Int(frame[2]) : nil)
        }
    }

    private func handle(_ request: Request, _ descriptor: Int32) {
        let (action, delayMs) = state.withLock { state -> (Action, Int) in
            let action = state.boards[request.unit] == nil ? .silence(acts: false) : state.script(request)
            return (action, state.answersUnlockAfterMs)
        }
        requests.append(request)
        frames.append(.request(request.frame))
        if case .silence(false) = action { return }
        guard var reply = board(request.unit, { self.act(&$0, request) }) else { return }
        if case .board8A = dialect, request.unlocks != nil { usleep(UInt32(delayMs * 1000)) }
        switch action {
        case .answer:
            frames.append(.answer(reply))
            send(reply, descriptor)
        case .silence: break
        case .late(let ms):
            let late = reply
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(ms)) {
                if !self.isStopped { self.send(late, descriptor) }
            }
        case .badSum:
            reply[reply.count - 1] ^= 0x55
            send(reply, descriptor)
        case .unit(let unit):
            if case .cu16 = dialect { reply[1] = unit << 4 } else { reply[1] = unit }
            send(sealed(Array(reply.dropLast())), descriptor)
        case .truncated(let count): send(Array(reply.prefix(count)), descriptor)
        case .garbageFirst(let bytes): send(bytes + reply, descriptor)
        case .answerThen(let bytes): send(reply + bytes, descriptor)
        case .bytes(let bytes): send(bytes, descriptor)
        }
    }

    /// Carries a request out; returns the answer, if this board gives one.
    private func act(_ board: inout Board, _ request: Request) -> [UInt8]? {
        if let lock = request.unlocks {
            board.pulses.append(lock)
            if !board.jammed.contains(lock), lock <= board.switches.count {
                board.switches[lock - 1].toggle()
            }
            if board.getsBusy { board.isBusy = true }
            guard case .board8A = dialect else { return nil }
            return sealed([0x8A, request.unit, UInt8(lock), board.switches[lock - 1] ? 0x11 : 0x00])
        }
        if request.command == 0x38 { board.isBusy = false }
        if board.isBusy { return nil }
        switch (dialect, request.command) {
        case (.cu48, 0x50): return sealed([0x02, request.unit, 0, 0x65] + packed(board.switches, 6) + [0x03])
        case (.cu16, 0x30):
            let data = packed(board.switches, 2) + packed(board.infrared, 2)
            return sealed([0x02, request.unit << 4, 0x35] + data + [0x03])
        case (.cu16, 0x37) where !board.isOld:
            if request.frame.count == 7 {
                board.ticks = UInt16(request.frame[3]) << 8 | UInt16(request.frame[4])
                return nil
            }
            return sealed([
                0x02, request.unit << 4, 0x38, UInt8(board.ticks >> 8), UInt8(board.ticks & 255), 0x03,
            ])
        case (.board8A(let bytes), 0x80):
            let lock = Int(request.frame[2])
            if lock == 0 {
                return sealed([0x80, request.unit] + packed(board.switches, bytes).reversed() + [0x33])
            }
            return sealed([0x80, request.unit, UInt8(lock), board.switches[lock - 1] ? 0x11 : 0x00])
        default: return nil
        }
    }

    private func packed(_ bits: [Bool], _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { byte in
            (0..<8).reduce(UInt8(0)) { sum, bit in
                let index = byte * 8 + bit
                return index < bits.count && bits[index] ? sum | 1 << UInt8(bit) : sum
            }
        }
    }

    private func sealed(_ body: [UInt8]) -> [UInt8] {
        if case .board8A = dialect { return body + [body.reduce(0, ^)] }
        return body + [UInt8(body.reduce(0) { ($0 + Int($1)) % 256 })]
    }
}

/// A TCP listener on a free loopback port.
private func listenOnLoopback() throws -> (descriptor: Int32, port: Int) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
            bind(listener, plain, size) == 0 && listen(listener, 4) == 0
                && getsockname(listener, plain, &size) == 0
        }
    }
    guard isBound else { throw POSIXError(.EADDRINUSE) }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
}
