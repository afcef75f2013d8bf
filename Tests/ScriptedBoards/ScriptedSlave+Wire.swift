internal import DeviceIO
internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

// The slave's threads.
extension ScriptedSlave {
    func serveSerial(_ descriptor: Int32) {
        var buffer: [UInt8] = []
        while !isStopped {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // A frame ends with silence, but a pty has no baud rate: its length is known by the function
            // code.
            let ready = poll(&entry, 1, 10)
            if ready == 0 {
                buffer = []
                continue
            }
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = read(descriptor, &bytes, bytes.count)
            if count <= 0 { return }
            buffer += bytes.prefix(count)
            while let length = Self.serialLength(buffer), buffer.count >= length {
                let frame = Array(buffer.prefix(length))
                buffer.removeFirst(length)
                guard crc16(frame.dropLast(2)) == UInt16(frame[length - 2]) | UInt16(frame[length - 1]) << 8
                else {
                    buffer = []
                    break
                }
                let pdu = Array(frame[1..<(length - 2)])
                handle(
                    Request(frame: frame, unit: frame[0], pdu: pdu, at: BootTime.now(), connection: 1),
                    descriptor,
                    head: nil
                )
            }
        }
    }

    func acceptConnections(_ listener: Int32) {
        var connections = 0
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 {
                if errno == EINTR { continue }
                return
            }
            connections += 1
            let number = connections
            state.withLock { state in _ = state.descriptors.insert(descriptor) }
            Thread {
                if self.state.withLock({ $0.speaksSerial }) {
                    self.serveSerial(descriptor)
                } else {
                    self.serveNetwork(descriptor, number)
                }
                self.state.withLock { state in _ = state.descriptors.remove(descriptor) }
                close(descriptor)
            }.start()
        }
    }

    private func serveNetwork(_ descriptor: Int32, _ connection: Int) {
        var buffer: [UInt8] = []
        while true {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            buffer += bytes.prefix(count)
            while buffer.count >= 7 {
                let length = 6 + Int(buffer[4]) << 8 + Int(buffer[5])
                guard buffer.count >= length, length >= 8 else { break }
                let frame = Array(buffer.prefix(length))
                buffer.removeFirst(length)
                let request = Request(
                    frame: frame,
                    unit: frame[6],
                    pdu: Array(frame[7...]),
                    at: BootTime.now(),
                    connection: connection
                )
                handle(request, descriptor, head: Array(frame[0..<2]))
            }
        }
    }

    private func handle(_ request: Request, _ descriptor: Int32, head: [UInt8]?) {
        let action = state.withLock {
            $0.boards[request.unit] == nil ? .silence(acts: false) : $0.script(request)
        }
        requests.append(request)
        func act() -> [UInt8] { board(request.unit) { $0.answer(request.pdu) } }
        @Sendable func send(_ frame: [UInt8]) {
            // A socket's other end may be gone: an error, and no SIGPIPE.
            if Glibc.send(descriptor, frame, frame.count, Int32(MSG_NOSIGNAL)) < 0, errno == ENOTSOCK {
                _ = write(descriptor, frame, frame.count)
            }
        }
        func framed(_ pdu: [UInt8], unit: UInt8? = nil) -> [UInt8] {
            let body = [unit ?? request.unit] + pdu
            guard let head else { return sealed(body) }
            return head + [0, 0, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body
        }
        switch action {
        case .answer:
            let reply = framed(act())
            replies.append(reply)
            send(reply)
        case .silence(let acts): if acts { _ = act() }
        case .late(let ms):
            let reply = framed(act())
            DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(ms)) {
                if !self.isStopped { send(reply) }
            }
        case .badCRC(let acts):
            var reply = framed(acts ? act() : request.pdu)
            reply[reply.count - 1] ^= 0x55
            send(reply)
        case .unit(let unit): send(framed(act(), unit: unit))
        case .wrongEcho:
            var reply = act()
            reply[2] ^= 1
            send(framed(reply))
        case .truncated(let count): send(Array(framed(act()).prefix(count)))
        case .dribble(let ms):
            for byte in framed(act()) {
                send([byte])
                usleep(UInt32(ms * 1000))
            }
        case .exception(let code): send(framed([request.function | 0x80, code]))
        case .function(let function): send(framed([function, 1, 0]))
        case .transaction(let number):
            var reply = framed(act())
            reply[0] = UInt8(number >> 8)
            reply[1] = UInt8(number & 0xFF)
            send(reply)
        case .pdu(let pdu): send(framed(pdu))
        case .answerThen(let extra): send(framed(act()) + extra)
        case .garbageFirst(let bytes): send(bytes + framed(act()))
        case .raw(let bytes): send(bytes)
        case .serialFrame: send(sealed([request.unit] + act()))
        case .disconnect(let acts):
            if acts { _ = act() }
            if head == nil {
                state.withLock { $0.isStopped = true }
            } else {
                shutdown(descriptor, Int32(SHUT_RDWR))
            }
        }
    }

    private static func serialLength(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 8 else { return nil }
        return bytes[1] == 0x0F || bytes[1] == 0x10 ? 9 + Int(bytes[6]) : 8
    }
}

/// The checksum of an RTU frame, written independently of the driver's.
public func crc16(_ bytes: some Sequence<UInt8>) -> UInt16 {
    bytes.reduce(0xFFFF) { crc, byte in
        (0..<8).reduce(crc ^ UInt16(byte)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0xA001 : value >> 1 }
    }
}

/// A frame with its checksum.
public func sealed(_ body: [UInt8]) -> [UInt8] {
    let crc = crc16(body)
    return body + [UInt8(crc & 0xFF), UInt8(crc >> 8)]
}
