/// A database behind the store. Bodies run on the database's own threads and may block there; a body may run twice
/// (after a deadlock or a lost connection), so it must do nothing but talk to its session and make a value.
protocol BridgeDatabase: Sendable {
    /// Which SQL it speaks.
    var dialect: SQLDialect { get }

    /// One transaction; returns once it is durable.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(BridgeStoreError) -> Value

    /// Reads without a transaction of its own: each statement sees what was committed when it began.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(BridgeStoreError) -> Value

    /// Calls `heard` for the news of the other processes until the task is cancelled. A database that cannot say what
    /// changed calls with nil: look at everything. After a connection was lost it calls with nil as well.
    func listen(_ heard: @escaping @Sendable (BridgeNews?) -> Void) async

    /// Lets what is under way end, and closes.
    func close() async
}

extension BridgeStoreError {
    /// Any error of a body as the store's own.
    init(_ error: any Error) {
        self = error as? BridgeStoreError ?? .failed(code: "\(type(of: error))", message: "\(error)")
    }
}
