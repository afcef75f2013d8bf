import StationRuntime

/// The wall as text: each compartment where it stands, its state as a sign, in colour too where there is any.
struct WallPicture {
    let wall: AdminWall
    let width: Int
    let hasColour: Bool

    /// The whole picture, a line each.
    var lines: [String] {
        var lines = ["\(wall.station): \(wall.serves ? "serves customers" : "CANNOT SERVE CUSTOMERS")"]
        lines.append("door map: \(wall.doorMap)")
        if let service = wall.service {
            let place = service.compartment.map { "at \($0)" } ?? "at the wall"
            lines.append("a technician is \(place) (\(service.technician))")
        }
        for bank in wall.banks {
            lines += ["", bank.title] + rows(of: bank)
        }
        lines += ["", legend]
        for door in wall.doors {
            guard let reason = door.reason, reason != "notWalked" else { continue }
            lines.append("\(door.compartment): \(reason)")
        }
        lines += wall.boardsDown.map { "board \($0)" }
        return lines
    }

    private func rows(of bank: AdminWall.Bank) -> [String] {
        let label = bank.columns.joined().map(\.count).max() ?? 0
        let cell = label + 4
        let perLine = max(1, width / cell)
        var lines: [String] = []
        for start in stride(from: 0, to: bank.columns.count, by: perLine) {
            if start > 0 { lines.append("") }
            let columns = bank.columns[start..<min(start + perLine, bank.columns.count)]
            let height = columns.map(\.count).max() ?? 0
            for row in 0..<height {
                var line = ""
                for column in columns {
                    guard column.indices.contains(row) else {
                        line += String(repeating: " ", count: cell)
                        continue
                    }
                    line += self.cell(column[row], label: label)
                }
                lines.append(line.trimmingTrailingSpaces)
            }
        }
        return lines
    }

    private func cell(_ compartment: String, label: Int) -> String {
        let name = compartment + String(repeating: " ", count: label - compartment.count)
        guard let look = wall.door(compartment)?.look else { return "\(name) ?  " }
        return "\(name) \(Self.paint(look.sign, look.colour, hasColour))  "
    }

    /// The signs in use, each with its words.
    private var legend: String {
        let used = AdminWall.Door.Look.allCases.filter { look in wall.doors.contains { $0.look == look } }
        return used.map { "\(Self.paint($0.sign, $0.colour, hasColour)) \($0.words)" }.joined(
            separator: "   "
        )
    }

    static func paint(_ text: String, _ colour: Int, _ hasColour: Bool) -> String {
        hasColour ? "\u{1B}[1;\(colour)m\(text)\u{1B}[0m" : text
    }
}

extension AdminWall.Door.Look {
    /// One sign, of ASCII: it works on every terminal.
    var sign: String {
        switch self {
        case .empty: "."
        case .occupied: "#"
        case .opening: "*"
        case .open: "O"
        case .alarm: "!"
        case .outOfService: "x"
        case .notWalked: "w"
        case .unknown: "?"
        }
    }

    /// What the sign means.
    var words: String {
        switch self {
        case .empty: "empty"
        case .occupied: "parcels inside"
        case .opening: "opening"
        case .open: "open"
        case .alarm: "ALARM"
        case .outOfService: "out of service"
        case .notWalked: "not walked"
        case .unknown: "cannot be read"
        }
    }

    /// Its colour (ECMA-48).
    var colour: Int {
        switch self {
        case .empty: 32
        case .occupied: 34
        case .opening, .open: 36
        case .alarm, .outOfService: 31
        case .notWalked: 33
        case .unknown: 35
        }
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var text = Substring(self)
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
