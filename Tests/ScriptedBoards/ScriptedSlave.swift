public import DeviceIO
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// A Modbus slave on the other end of a real wire that can misbehave in every way that libmodbus gets wrong.
public final class ScriptedSlave: Sendable {
    /// A request as it came off the wire.
    public struct Request: Sendable {
        /// The whole frame: RTU with its checksum, or MBAP.
        public let frame: [UInt8]
        /// The addressed unit.
        public let unit: UInt8
        /// Function code and data.
        public let pdu: [UInt8]
        /// When its last byte was read.
        public let at: BootTime
        /// Which connection, from 1; always 1 on a serial line.
        public let connection: Int

        /// The function code.
        public var function: UInt8 { pdu[0] }
        /// The first address.
        public var address: UInt16 { UInt16(pdu[1]) << 8 | UInt16(pdu[2]) }
        /// A command that energises a lock: FC05 that is not "off", or one of the vendors' times in registers.
        public var isPulse: Bool {
            switch function {
            case 5: !(pdu[3] == 0 && pdu[4] == 0)
            case 6: pdu[3] == 6 && pdu[4] > 0
            case 0x10: pdu[4] == 2 && pdu[7] == 4
            default: false
            }
        }
        /// FC05 with 0.
        public var isOff: Bool { function == 5 && pdu[3] == 0 && pdu[4] == 0 }
    }

    /// How to answer one request.
    public enum Action: Sendable {
        case answer
        /// No answer; `acts`: the command is carried out all the same.
        case silence(acts: Bool)
        case late(ms: Int)
        case badCRC(acts: Bool)
        case unit(UInt8)
        /// The reply names another address; the command is carried out.
        case wrongEcho
        /// Only the first bytes of the frame.
        case truncated(Int)
        case dribble(msPerByte: Int)
        case exception(UInt8)
        /// The reply to another function.
        case function(UInt8)
        case transaction(UInt16)
        /// These bytes, properly framed.
        case pdu([UInt8])
        /// The reply, and then bytes that nobody asked for.
        case answerThen([UInt8])
        case garbageFirst([UInt8])
        /// These bytes as they are.
        case raw([UInt8])
        /// Answers in RTU on a TCP connection.
        case serialFrame
        case disconnect(acts: Bool)
    }

    struct State {
        var boards: [UInt8: SimulatedBoard]
        var script: @Sendable (Request) -> Action = { _ in .answer }
        var descriptors: Set<Int32> = []
        var isStopped = false
        var speaksSerial = false
        var listens = true
    }

    /// Every request so far.
    public let requests = Recorder<Request>()
    /// Every proper answer so far, as it went out.
    public let replies = Recorder<[UInt8]>()
    let state: Mutex<State>
    let wire: Wire
    /// Signalled when the thread that owns the port has closed it.
    let finished = DispatchSemaphore(value: 0)

    enum Wire: Sendable {
        case serial(path: String)
        case network(listener: Int32, port: Int)
    }

    /// The tty for the master's side; empty on TCP.
    public var path: String { if case .serial(let path) = wire { path } else { "" } }
    /// The port; 0 on a serial line.
    public var port: Int { if case .network(_, let port) = wire { port } else { 0 } }

    /// A slave on a new pty pair.
    public static func serial(_ boards: [UInt8: SimulatedBoard]) throws -> ScriptedSlave {
        let pty = try openPty()
        let made = ScriptedSlave(boards, .serial(path: pty.path))
        Thread {
            made.serveSerial(pty.master)
            pty.end()
            made.finished.signal()
        }.start()
        return made
    }

    /// A slave on a free loopback port.
    public static func network(_ boards: [UInt8: SimulatedBoard], port: Int = 0) throws -> ScriptedSlave {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var one: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(listener, plain, size) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, plain, &size) == 0
            }
        }
        guard result else { throw POSIXError(.EADDRINUSE) }
        let made = ScriptedSlave(
            boards,
            .network(listener: listener, port: Int(UInt16(bigEndian: address.sin_port)))
        )
        Thread {
            made.acceptConnections(listener)
            close(listener)
            made.finished.signal()
        }.start()
        return made
    }

    private init(_ boards: [UInt8: SimulatedBoard], _ wire: Wire) {
        state = Mutex(State(boards: boards))
        self.wire = wire
    }

    /// Decides how each request is answered from now on.
    public func script(_ script: @escaping @Sendable (Request) -> Action) {
        state.withLock { $0.script = script }
    }

    /// Answers properly again.
    public func heal() {
        script { _ in .answer }
    }

    /// Looks at or changes a board.
    @discardableResult
    public func board<Value: Sendable>(
        _ unit: UInt8,
        _ body: @Sendable (inout SimulatedBoard) -> Value
    ) -> Value {
        state.withLock { state in
            var board = state.boards[unit] ?? SimulatedBoard(coils: 0, inputs: 0)
            defer { state.boards[unit] = board }
            return body(&board)
        }
    }

    /// Makes the TCP slave a serial server in transparent mode: it understands RTU frames only.
    public func speakSerialOnly() {
        state.withLock { $0.speaksSerial = true }
    }

    /// Closes every connection, or hangs up the serial line.
    public func hangUp() {
        switch wire {
        case .serial: stop()
        case .network: closeConnections()
        }
    }

    /// Ends the slave; its port refuses connections, its tty is hung up. Returns when that is so.
    ///
    /// Each descriptor is closed by the thread that reads it: closed elsewhere, its number could come back as
    /// another test's port while that thread still reads it.
    public func stop() {
        state.withLock { $0.isStopped = true }
        closeConnections()
        if case .network(let listener, _) = wire { shutdown(listener, Int32(SHUT_RDWR)) }
        finished.wait()
        finished.signal()
    }

    private func closeConnections() {
        state.withLock { state in
            for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }
}
