internal import FoundationEssentials
internal import StationAPI

/// What the bridge remembers of Commerce's orders, in its store.
struct DynamicsMemory: PostingMemory {
    /// How far an order is loaded.
    struct Loading: Hashable, Codable, Sendable {
        var parcels: Set<String> = []
    }

    let store: BridgeStore
    /// The order whose postings these are.
    let salesID: String

    private var owner: String { Self.owner(salesID) }

    static func owner(_ salesID: String) -> String { "dynamics/\(salesID)" }

    func posting(_ eventID: String) async throws -> PickupPosting? {
        guard let bytes = try await store.memory("posting/\(eventID)", of: owner) else { return nil }
        return try JSONDecoder().decode(PickupPosting.self, from: Data(bytes))
    }

    func keep(_ posting: PickupPosting) async throws {
        let bytes = Array(try JSONEncoder().encode(posting))
        try await store.remember(bytes, "posting/\(posting.eventID)", for: owner)
    }

    func loading() async throws -> Loading {
        guard let bytes = try await store.memory("loaded", of: owner) else { return Loading() }
        return try JSONDecoder().decode(Loading.self, from: Data(bytes))
    }

    func keep(_ loading: Loading) async throws {
        try await store.remember(Array(try JSONEncoder().encode(loading)), "loaded", for: owner)
    }

    /// Whether any handover of this order was posted.
    func hasPosted() async throws -> Bool {
        try await store.memories(of: owner, prefix: "posting/").values.contains { bytes in
            (try? JSONDecoder().decode(PickupPosting.self, from: Data(bytes)))?.stage == .posted
        }
    }

    /// Forgets an order that is invoiced whole: a late repetition of its events finds nothing left to invoice.
    func forget() async throws {
        for name in try await store.memories(of: owner).keys {
            try await store.remember(nil, name, for: owner)
        }
    }
}
