internal import LockBus
internal import StrictYAML

/// Reads `supplies:`, the power supplies that feed the coils of more than one board.
///
/// A board that names none has a supply of its own, and gives one pulse at a time anyway.
struct SupplyReader {
    private struct Entry {
        var supply: Supply
        var line: Int
    }

    private let file: String
    private var entries: [Entry] = []
    private var used: Set<SupplyName> = []

    init(_ root: inout StrictMapping, file: String) throws {
        self.file = file
        for node in try root.list("supplies") {
            var section = try StrictMapping(node, name: "a supply", file: file)
            let name = SupplyName(rawValue: try section.string("name"))
            let maxSimultaneous = try section.optionalInteger("maxSimultaneous", in: 1...16) ?? 1
            let gapMs = try section.optionalInteger("gapMs", in: 0...5_000) ?? 150
            try section.finish()
            if entries.contains(where: { $0.supply.name == name }) {
                throw error(section.line, "supply `\(name)` is there twice", "rename one")
            }
            let supply = Supply(name: name, maxSimultaneous: maxSimultaneous, gapMs: gapMs)
            entries.append(Entry(supply: supply, line: section.line))
        }
    }

    /// The supply that a board names; nil if it names none.
    mutating func supply(of board: inout StrictMapping) throws -> Supply? {
        guard let text = try board.optionalString("supply") else { return nil }
        let name = SupplyName(rawValue: text)
        guard let entry = entries.first(where: { $0.supply.name == name }) else {
            let known = entries.map { "`\($0.supply.name)`" }.joined(separator: ", ")
            let remedy = known.isEmpty ? "add it" : "use one of \(known), or add it"
            throw error(board.line, "there is no supply `\(name)`", "\(remedy) under `supplies:`")
        }
        used.insert(name)
        return entry.supply
    }

    /// A supply without boards is a slip of the pen that would leave two locks on one supply.
    func finish() throws {
        guard let idle = entries.first(where: { !used.contains($0.supply.name) }) else { return }
        throw error(
            idle.line,
            "no board hangs on supply `\(idle.supply.name)`",
            "write `supply: \(idle.supply.name)` at each board that it feeds, or remove it"
        )
    }

    private func error(_ line: Int, _ problem: String, _ remedy: String) -> ConfigurationError {
        ConfigurationError(["\(file):\(line): \(problem); \(remedy)"])
    }
}
