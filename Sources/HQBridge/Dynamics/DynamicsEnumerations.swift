/// Commerce's extensible enumerations, looked up by name: their numbers differ from tenant to tenant.
struct DynamicsEnumerations: Sendable {
    static let lineStatus = "FulfillmentLineStatus"
    static let deliveryType = "FulfillmentLineDeliveryType"

    private let numbers: [String: [String: Int]]

    /// What `GetExtensibleEnumerations` answered.
    init(_ enumerations: [ExtensibleEnumeration]) {
        numbers = Dictionary(
            enumerations.map { enumeration in
                let members = enumeration.members.map { ($0.name, $0.value) }
                return (
                    Self.shortName(enumeration.type), Dictionary(members, uniquingKeysWith: { a, _ in a })
                )
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// A type's name without its namespace: whether answers carry one is not published.
    private static func shortName(_ type: String) -> String {
        type.split(separator: ".").last.map(String.init) ?? type
    }

    /// The number of a member.
    func number(_ type: String, _ name: String) throws(RetailServerTrouble) -> Int {
        guard let number = numbers[type]?[name] else {
            throw .unreadable("GetExtensibleEnumerations has no \(type).\(name)")
        }
        return number
    }

    /// The name of a number; nil if the tenant has made up a number that it does not list.
    func name(_ type: String, _ number: Int) -> String? {
        numbers[type]?.first { $0.value == number }?.key
    }
}

/// The enumerations of one tenant, asked for once and again when a number is unknown.
actor EnumerationCache {
    private let server: RetailServer
    private var known: DynamicsEnumerations?

    init(_ server: RetailServer) {
        self.server = server
    }

    func enumerations() async throws(RetailServerTrouble) -> DynamicsEnumerations {
        if let known { return known }
        let fresh = DynamicsEnumerations(try await server.enumerations())
        known = fresh
        return fresh
    }

    /// Forgets them: Commerce was changed.
    func forget() { known = nil }
}
