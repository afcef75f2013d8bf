internal import CStationShims
internal import Glibc

/// One end of a connection: packets of text, closed when the value ends.
struct GuardConnection: ~Copyable {
    /// The longest packet: 64 outputs' lines and room.
    static let capacity = 16_384

    enum Received {
        case packet(String)
        /// Nothing is there now, or nothing came in time.
        case nothing
        /// The other side is gone, or sent what is no text.
        case gone
    }

    let descriptor: Int32

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// Whether the packet left.
    borrowing func send(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return station_packet_send(descriptor, bytes, bytes.count) == 0
    }

    borrowing func receive() -> Received {
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.capacity) { buffer, count in
            let received = station_packet_receive(descriptor, buffer.baseAddress, buffer.count)
            // A code below zero is carried as a count of none, and told apart below.
            count = max(0, received)
            errno = received < 0 ? Int32(-received) : 0
        }
        if bytes.isEmpty { return errno == EAGAIN ? .nothing : .gone }
        return String(validating: bytes, as: UTF8.self).map { .packet($0) } ?? .gone
    }
}
