internal import DeviceIO
internal import Glibc
internal import Synchronization

/// One bank on Modbus TCP: a listening socket on 127.0.0.1 and the thread that serves its connections.
final class TCPBank: Sendable {
    enum Command: Sendable {
        case resetConnections
        case setRefusing(Bool)
        case stop
    }

    struct Status: Sendable {
        var isListening = true
        var connections = 0
        var badFrames = 0
    }

    let name: SandboxBankName
    /// The port; the same one after refusing.
    let port: UInt16
    private let mailbox: BankMailbox<Command>
    private let status: StatusBox
    private let thread: NamedThread

    /// Shared by the thread and its owner.
    final class StatusBox: Sendable {
        let value = Mutex(Status())
    }

    init(name: SandboxBankName, port: UInt16, cabinet: CabinetState) throws(SandboxError) {
        self.name = name
        mailbox = try BankMailbox()
        status = StatusBox()
        let slave = try BankSlave(bank: name, framing: .tcp, cabinet: cabinet)
        let listener = try TCPSocket.listen(port: port)
        self.port = TCPSocket.port(of: listener)
        let loop = TCPBankLoop(
            slave: slave,
            mailbox: mailbox,
            status: status,
            listener: listener,
            port: self.port
        )
        do throws(SerialPortError) {
            thread = try NamedThread(name: "cab-\(name.rawValue)") { loop.run() }
        } catch {
            throw .system(operation: "start a thread", code: EAGAIN)
        }
    }

    func perform(_ command: Command) {
        mailbox.perform(command)
    }

    /// Ends the thread; all connections close.
    func stop() {
        mailbox.perform(.stop)
        thread.waitUntilEnded()
    }

    func snapshot() -> SandboxCabinetSnapshot.Bank {
        let status = status.value.withLock { $0 }
        return SandboxCabinetSnapshot.Bank(
            name: name,
            address: "127.0.0.1:\(port)",
            isReachable: status.isListening,
            connections: status.connections,
            badFrames: status.badFrames
        )
    }
}

/// The few socket calls of the sandbox.
enum TCPSocket {
    /// Listens on 127.0.0.1; port 0 takes any.
    static func listen(port: UInt16) throws(SandboxError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_INET, kind, 0)
        guard descriptor >= 0 else { throw .system(operation: "open a socket", code: errno) }
        set(descriptor, SOL_SOCKET, SO_REUSEADDR, to: 1)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard bound == 0, Glibc.listen(descriptor, 16) == 0 else {
            let failure = errno
            _ = close(descriptor)
            throw .system(operation: "listen on 127.0.0.1:\(port)", code: failure)
        }
        return descriptor
    }

    /// The port a socket has.
    static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// The next waiting connection, set up; nil if none waits.
    static func accept(_ listener: Int32) -> Int32? {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        // A reply is one small segment: it must not wait for another.
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, to: 1)
        return descriptor
    }

    /// Closes with a reset instead of a farewell.
    static func reset(_ descriptor: Int32) {
        var hard = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        _ = close(descriptor)
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, to value: Int32) {
        var value = value
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
