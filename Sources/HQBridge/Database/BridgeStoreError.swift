/// Why the store could not do what was asked. Nothing of it has happened, unless the case says otherwise.
public enum BridgeStoreError: Error, Hashable, Sendable {
    /// The database cannot be reached, or went away in the middle. A write may or may not have happened: every one of
    /// them can be repeated.
    case unreachable(String)
    /// More calls wait for the database than the bridge lets wait.
    case overloaded
    /// The store was closed.
    case closed
    /// The database was made by a newer version of the bridge.
    case newerSchema
    /// There is no such station.
    case unknownStation(String)
    /// The station is there already.
    case stationExists(String)
    /// The item does not go over the wire.
    case notSendable(String)
    /// The database refuses the statement: its code and words.
    case failed(code: String, message: String)
}

extension BridgeStoreError: CustomStringConvertible {
    /// What is wrong and the next step, in one line.
    public var description: String {
        switch self {
        case .unreachable(let why): "the database cannot be reached (\(why)); it is tried again."
        case .overloaded: "too many requests wait for the database; give it a faster machine or more bridges."
        case .closed: "the store is closed."
        case .newerSchema: "the database was made by a newer pickup-bridge; update this one."
        case .unknownStation(let id): "there is no station \(id); add it with pickup-bridge station add."
        case .stationExists(let id): "station \(id) is there already; choose another id."
        case .notSendable(let what): "\(what)"
        case .failed(let code, let message): "the database refuses (\(code)): \(message)"
        }
    }
}
