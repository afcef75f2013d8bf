internal import CStationShims
internal import DeviceIO
internal import Glibc
internal import Synchronization

/// The thread of a TCP bank: accepts, reads requests, sends replies, and lets the boards' timers run.
final class TCPBankLoop {
    private struct Connection {
        var descriptor: Int32
        var framer = TCPRequestFramer()
        var delayed: [DelayedReply] = []
    }

    private enum Fate {
        case stays
        case closes
        case resets
    }

    /// More than any board serves; a leak of the station's shows here and not as a full process.
    private static let maxConnections = 32

    private let slave: BankSlave
    private let mailbox: BankMailbox<TCPBank.Command>
    private let status: TCPBank.StatusBox
    private let port: UInt16
    private var listener: Int32?
    private var connections: [Connection] = []
    private var buffer = [UInt8](repeating: 0, count: 4096)

    init(
        slave: BankSlave,
        mailbox: BankMailbox<TCPBank.Command>,
        status: TCPBank.StatusBox,
        listener: Int32,
        port: UInt16
    ) {
        self.slave = slave
        self.mailbox = mailbox
        self.status = status
        self.listener = listener
        self.port = port
    }

    func run() {
        var isStopping = false
        while !isStopping {
            var entries = [pollfd(fd: mailbox.wake.descriptor, events: Int16(POLLIN), revents: 0)]
            entries.append(pollfd(fd: listener ?? -1, events: Int16(POLLIN), revents: 0))
            entries += connections.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
            let due = ([slave.pass()] + connections.map(\.delayed.next)).compactMap { $0 }.min()
            _ = station_poll(&entries, entries.count, nanosecondsUntil(due))
            // Connections first: a command may close them, and moves their places in `entries`.
            let ready = entries[2...].map { $0.revents != 0 }
            serve(ready: ready)
            // A connection that the kernel has accepted is there for its owner: a reset must meet it too.
            acceptAll()
            mailbox.take { command in
                switch command {
                case .resetConnections: dropAll()
                case .setRefusing(let isRefusing): setRefusing(isRefusing)
                case .stop: isStopping = true
                }
                publish()
            }
            publish()
        }
        if let listener { _ = close(listener) }
        for connection in connections { _ = close(connection.descriptor) }
        publish()
    }

    private func serve(ready: [Bool]) {
        var kept: [Connection] = []
        for (index, connection) in connections.enumerated() {
            var connection = connection
            var fate = ready[index] ? read(&connection) : .stays
            for reply in connection.delayed.takeDue(at: .now()) where fate == .stays {
                fate = send(reply.bytes, over: connection)
            }
            switch fate {
            case .stays: kept.append(connection)
            case .closes: _ = close(connection.descriptor)
            case .resets: TCPSocket.reset(connection.descriptor)
            }
        }
        connections = kept
    }

    private func read(_ connection: inout Connection) -> Fate {
        let count = recv(connection.descriptor, &buffer, buffer.count, 0)
        let now = BootTime.now()
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) ? .stays : .closes }
        let requests: [ModbusRequest]
        do throws(TCPRequestFramer.NotModbusTCP) {
            requests = try connection.framer.take(buffer[..<count], at: now)
        } catch {
            status.value.withLock { $0.badFrames += 1 }
            return .closes
        }
        for request in requests {
            switch slave.answer(request) {
            case .silence: continue
            case .reset: return .resets
            case .send(let reply, afterMs: 0):
                let fate = send(reply, over: connection)
                guard fate == .stays else { return fate }
            case .send(let reply, let milliseconds):
                let due = BootTime.now().advanced(byMilliseconds: milliseconds)
                connection.delayed.append(DelayedReply(due: due, bytes: reply))
            }
        }
        return .stays
    }

    /// A peer that does not read its replies is gone or broken: the kernel holds thousands of them.
    private func send(_ reply: [UInt8], over connection: Connection) -> Fate {
        let sent = Glibc.send(connection.descriptor, reply, reply.count, Int32(MSG_NOSIGNAL))
        return sent == reply.count ? .stays : .closes
    }

    private func acceptAll() {
        while let listener, let descriptor = TCPSocket.accept(listener) {
            if connections.count < Self.maxConnections {
                connections.append(Connection(descriptor: descriptor))
            } else {
                TCPSocket.reset(descriptor)
            }
        }
    }

    private func dropAll() {
        for connection in connections { TCPSocket.reset(connection.descriptor) }
        connections = []
    }

    private func setRefusing(_ isRefusing: Bool) {
        if isRefusing {
            dropAll()
            if let listener { _ = close(listener) }
            listener = nil
        } else if listener == nil {
            // The port may have been taken meanwhile; the snapshot says that the bank is unreachable then.
            listener = try? TCPSocket.listen(port: port)
        }
    }

    private func publish() {
        status.value.withLock { status in
            status.isListening = listener != nil
            status.connections = connections.count
        }
    }
}
