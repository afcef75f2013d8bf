/// Something that people at the station are to do because of what happened elsewhere.
///
/// It says what and for which order, never for whom. A station that does not know a kind keeps quiet about it.
public struct StaffTaskDocument: Hashable, Sendable, Codable {
    /// The kinds that this version knows.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// A customer waits at the curb for the order, and has said so.
        case curbsideArrival
    }

    /// The task's id; characters as for an order's id. The same id again is the same task.
    public var taskID: String
    /// What is to be done; a word that this version does not know is kept as it came.
    public var kind: String
    /// The order that it is about.
    public var orderID: String
    /// The bay or parking space that the customer named, if any: 1 to 32 printable ASCII characters.
    public var bay: String?

    private enum CodingKeys: String, CodingKey {
        case taskID = "taskId"
        case kind
        case orderID = "orderId"
        case bay
    }

    /// A task.
    public init(taskID: String, kind: Kind, orderID: String, bay: String? = nil) {
        self.init(taskID: taskID, kind: kind.rawValue, orderID: orderID, bay: bay)
    }

    init(taskID: String, kind: String, orderID: String, bay: String?) {
        self.taskID = taskID
        self.kind = kind
        self.orderID = orderID
        self.bay = bay
    }

    /// The kind if this version knows it.
    public var knownKind: Kind? { Kind(rawValue: kind) }
}

private enum TaskMember: String, WireMember {
    case taskID = "taskId"
    case kind
    case orderID = "orderId"
    case bay
    static let table = MemberTable<TaskMember>()
}

extension FeedInput {
    mutating func staffTask() throws(FeedFault) -> StaffTaskDocument {
        var walk = try ObjectWalk<TaskMember>(&self)
        var id: String?
        var kind: String?
        var orderID: String?
        var bay: String?
        while let member = try walk.next(&self) {
            switch member {
            case .taskID: id = try identifier()
            case .kind: kind = try identifier()
            case .orderID: orderID = try identifier()
            case .bay: bay = try printable(1...32)
            }
        }
        guard let id else { throw .item(.missing("taskId")) }
        guard let kind else { throw .item(.missing("kind")) }
        guard let orderID else { throw .item(.missing("orderId")) }
        return StaffTaskDocument(taskID: id, kind: kind, orderID: orderID, bay: bay)
    }
}
