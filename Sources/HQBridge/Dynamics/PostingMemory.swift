internal import FoundationEssentials

/// How far the posting of one handover has come. Kept before every step that Commerce could carry out twice.
struct PickupPosting: Hashable, Sendable, Codable {
    /// What was sent last for this handover.
    enum Stage: String, Hashable, Sendable, Codable {
        /// Nothing that changes an order: at most a recalled cart.
        case recalled
        /// A checkout was sent; its outcome is not known.
        case checkoutSent
        /// Commerce has confirmed the checkout; the invoice is awaited.
        case checkedOut
        /// The lines are invoiced.
        case posted
    }

    /// One line: how much it must be invoiced once this handover is posted.
    struct Line: Hashable, Sendable, Codable {
        var number: Decimal
        var target: Decimal
    }

    /// The event that reports the handover.
    var eventID: String
    /// The order.
    var salesID: String
    /// The lines it is about.
    var lines: [Line]
    /// The transaction under way; nil before the first.
    var transaction: String?
    var stage = Stage.recalled
    /// When the last checkout was sent, in seconds since 1970-01-01T00:00:00Z.
    var checkoutAt: Int64?

    /// Whether an order's quantities show this handover.
    func isPosted(in details: SalesOrderDetails) -> Bool {
        lines.allSatisfy { line in
            details.lines.contains { $0.number == line.number && $0.invoiced >= line.target }
        }
    }
}

/// Where postings are kept, durable before `keep` returns.
protocol PostingMemory: Sendable {
    /// What is known of an event's posting.
    func posting(_ eventID: String) async throws -> PickupPosting?
    /// Keeps what is known.
    func keep(_ posting: PickupPosting) async throws
}
