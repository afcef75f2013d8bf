internal import CStationShims
internal import DeviceIO
internal import Glibc
internal import Synchronization

/// One bank on Modbus RTU: a pty and the thread that answers on it.
final class RTUBank: Sendable {
    struct Line: Sendable {
        var toStation = SandboxLine.perfect
        var toDevice = SandboxLine.perfect
    }

    /// Shared by the thread and its owner.
    final class Shared: Sendable {
        let line = Mutex(Line())
        let badFrames = Atomic<Int>(0)
        let stopping = Atomic<Bool>(false)
    }

    let name: SandboxBankName
    let port: PtyPort
    private let shared = Shared()
    private let thread: NamedThread

    init(name: SandboxBankName, link: String, cabinet: CabinetState) throws(SandboxError) {
        self.name = name
        let port: PtyPort
        do throws(PtyError) {
            port = try PtyPort(link: link)
        } catch {
            throw .pty(error)
        }
        self.port = port
        let slave = try BankSlave(bank: name, framing: .rtu, cabinet: cabinet)
        let loop = RTUBankLoop(slave: slave, port: port, shared: shared)
        do throws(SerialPortError) {
            thread = try NamedThread(name: "cab-\(name.rawValue)") { loop.run() }
        } catch {
            throw .system(operation: "start a thread", code: EAGAIN)
        }
    }

    func setLine(_ line: Line) {
        shared.line.withLock { $0 = line }
    }

    /// Ends the thread and removes the pty.
    func stop() {
        shared.stopping.store(true, ordering: .releasing)
        port.changed.raise()
        thread.waitUntilEnded()
        port.unplug()
    }

    func snapshot() -> SandboxCabinetSnapshot.Bank {
        SandboxCabinetSnapshot.Bank(
            name: name,
            address: port.path,
            isReachable: port.isPlugged,
            connections: 0,
            badFrames: shared.badFrames.load(ordering: .relaxed)
        )
    }
}

/// The thread of an RTU bank: reads requests, sends replies, and lets the boards' timers run.
final class RTUBankLoop {
    private let slave: BankSlave
    private let port: PtyPort
    private let shared: RTUBank.Shared
    private var framer = RTURequestFramer()
    private var toDevice = LineQueue(seed: 1)
    private var toStation = LineQueue(seed: 2)
    private var delayed: [DelayedReply] = []

    init(slave: BankSlave, port: PtyPort, shared: RTUBank.Shared) {
        self.slave = slave
        self.port = port
        self.shared = shared
    }

    func run() {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            var entries = port.pollEntries()
            let moments = [
                slave.pass(), framer.silenceDue, toDevice.nextDue, toStation.nextDue, delayed.next,
            ]
            _ = station_poll(&entries, entries.count, nanosecondsUntil(moments.compactMap { $0 }.min()))
            port.takeChange()
            if shared.stopping.load(ordering: .acquiring) { return }
            let count = port.read(into: buffer)
            let now = BootTime.now()
            port.service()
            let line = shared.line.withLock { $0 }
            if count > 0 { toDevice.push(buffer.prefix(count), at: now, over: line.toDevice) }
            for request in framer.take(toDevice.arrived(at: now), at: now) { answer(request, over: line) }
            if let due = framer.silenceDue, due <= now, let request = framer.silence() {
                answer(request, over: line)
            }
            for reply in delayed.takeDue(at: .now()) { send(reply.bytes, over: line) }
            deliver()
            shared.badFrames.store(framer.badFrames, ordering: .relaxed)
        }
    }

    private func answer(_ request: ModbusRequest, over line: RTUBank.Line) {
        switch slave.answer(request) {
        case .silence, .reset: break
        case .send(let reply, afterMs: 0): send(reply, over: line)
        case .send(let reply, let milliseconds):
            let due = BootTime.now().advanced(byMilliseconds: milliseconds)
            delayed.append(DelayedReply(due: due, bytes: reply))
        }
    }

    private func send(_ reply: [UInt8], over line: RTUBank.Line) {
        toStation.push(reply, at: .now(), over: line.toStation)
        deliver()
    }

    private func deliver() {
        let bytes = toStation.arrived(at: .now())
        // What the station does not take in time is lost, as in a real port's buffer.
        if !bytes.isEmpty { port.write(bytes, withinMilliseconds: 50) }
    }
}
