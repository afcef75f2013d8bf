/// What a board does wrong when it answers.
public struct SandboxReplyFault: Hashable, Sendable, Codable {
    /// The way in which a reply is wrong.
    public enum Kind: Hashable, Sendable, Codable {
        /// The reply's CRC is wrong; on TCP, which has none, its transaction id.
        case badCRC
        /// The echo of a write names the next address. The write is done as asked. Writes only.
        case wrongEchoAddress
        /// Another unit seems to answer.
        case wrongUnit
        /// Only the first half of the reply is sent.
        case shortFrame
        /// The board refuses with this exception code (1…255) and does nothing.
        case exception(code: UInt8)
        /// The board does what was asked at once and says so later.
        case late(milliseconds: Int)
        /// Noise comes before the reply.
        case leadingGarbage
        /// The board does what was asked and says nothing.
        case noReply
        /// The board does what was asked and resets the TCP connection; on RTU it says nothing.
        case reset
    }

    /// Which requests it concerns.
    public enum Scope: String, Hashable, Sendable, Codable, CaseIterable {
        /// Every request.
        case all
        /// FC01…FC04.
        case reads
        /// FC05, FC06, FC0F, FC10.
        case writes
    }

    /// The way.
    public var kind: Kind
    /// The requests.
    public var scope: Scope
    /// So many replies, then the board is well again; nil = until told otherwise.
    public var times: Int?

    /// Describes a fault.
    public init(_ kind: Kind, scope: Scope = .all, times: Int? = nil) {
        self.kind = kind
        self.scope = scope
        self.times = times
    }
}
