/// Why the station's database cannot be used.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Another process has it open.
    case inUse(path: String, byProcess: String)
    /// Its folder cannot be used.
    case folder(path: String, reason: String)
    /// It was written by a newer version of this program.
    case newerSchema(path: String)
    /// SQLite refused; `isDamage` says that the file itself is bad.
    case sqlite(code: Int, message: String, isDamage: Bool)

    /// What is wrong, and what to do.
    public var description: String {
        switch self {
        case .inUse(let path, let process):
            "\(path) is in use by process \(process): stop it first; one station has one controller"
        case .folder(let path, let reason):
            "the state folder \(path) cannot be used (\(reason)): create it, owned by the service user"
        case .newerSchema(let path):
            "\(path) was written by a newer version: install that version again, or move the file away to resync from HQ"
        case .sqlite(let code, let message, let isDamage):
            "database error \(code): \(message)"
                + (isDamage ? "; the file is damaged: restart, it will be set aside and orders resynced" : "")
        }
    }
}
