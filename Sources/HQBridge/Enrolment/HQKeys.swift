public import StationAPI

/// HQ's own signing keys. The secret halves come from files and stay in memory.
public struct HQKeys: Sendable {
    /// Every key that stations are to know, those that only were in use before as well.
    public var all: [HQSigningKey]

    /// Keys; the last of each use signs.
    public init(_ all: [HQSigningKey] = []) { self.all = all }

    /// The key that signs for this use now.
    public func signer(for use: HQKeyUse) -> HQSigningKey? { all.last { $0.use == use } }

    /// What stations are told.
    public var documents: [HQKeyDocument] { all.map(\.document) }
}
