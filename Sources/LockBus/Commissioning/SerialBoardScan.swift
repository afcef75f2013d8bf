internal import DeviceIO

/// Looks on a serial line for boards with a protocol of their own: KERONG's and the 0x8A boards.
///
/// It asks for the state of the locks and nothing else, with the drivers' own frames (``SerialBoardDriver``); to a
/// Modbus board those are frames with a wrong checksum.
struct SerialBoardScan {
    /// Profiles that are asked in the same way: one question finds them, and does not tell them apart.
    private struct Kind {
        let profile: BoardProfile
        var names: [String]
        let units: [UInt8]
    }

    private let path: String
    private let settings: LineSettings
    private let answerMs: Int
    private let kinds: [Kind]

    /// The boards that a line at these settings may have, at the addresses that the plan asks.
    init(path: String, settings: LineSettings, plan: ScanPlan, profiles: BoardProfile.Catalogue) {
        self.path = path
        self.settings = settings
        answerMs = plan.answerMs
        var kinds: [Kind] = []
        for name in profiles.names {
            guard let profile = profiles[name], let map = profile.serialMap,
                case .serial(let baud, let parity, _) = profile.line, baud == settings.baud,
                parity == settings.parity
            else { continue }
            let same = kinds.firstIndex { kind in
                let other = kind.profile.serialMap
                return other?.dialect == map.dialect && other?.statusBytes == map.statusBytes
            }
            if let same {
                kinds[same].names.append(name)
                continue
            }
            let numbers = plan.units == ScanPlan.allUnits ? Array(0...32) : plan.units
            let units = numbers.filter { unit in
                SerialBoardDriver(Self.configuration(path, settings, profile, [unit], 100)) != nil
            }
            kinds.append(Kind(profile: profile, names: [name], units: units))
        }
        self.kinds = kinds
    }

    /// How many questions it asks.
    var count: Int { kinds.reduce(0) { $0 + $1.units.count } }

    /// Asks every board of every kind.
    ///
    /// - Parameter onUnit: called before each question; false ends it.
    func run(onUnit: (UInt8) -> Bool) throws(ScanFailure) -> [ScanFinding] {
        var found: [ScanFinding] = []
        for kind in kinds where !kind.units.isEmpty {
            let configuration = Self.configuration(path, settings, kind.profile, kind.units, answerMs)
            guard let driver = SerialBoardDriver(configuration) else { continue }
            defer { driver.close() }
            for (index, unit) in kind.units.enumerated() {
                guard onUnit(unit) else { return found }
                guard let finding = try ask(driver, index, unit, kind) else { continue }
                found.append(finding)
            }
        }
        return found
    }

    private func ask(
        _ driver: SerialBoardDriver,
        _ index: Int,
        _ unit: UInt8,
        _ kind: Kind
    ) throws(ScanFailure) -> ScanFinding? {
        guard try answers(driver, index) else { return nil }
        // Twice more: one frame with a right sum may be chance, and two boards garble each other.
        var good = 1
        for _ in 0..<3 where try answers(driver, index) { good += 1 }
        guard good > 1 else { return nil }
        return ScanFinding(
            unit: unit,
            settings: settings,
            kind: good == 4 ? .board(profiles: kind.names) : .collision,
            evidence: "\(good) of 4 answers good"
        )
    }

    private func answers(_ driver: SerialBoardDriver, _ index: Int) throws(ScanFailure) -> Bool {
        do throws(WireFailure) {
            _ = try driver.readInputs(index)
            return true
        } catch {
            if case .lost(let reason) = error.fault { throw ScanFailure(description: "\(path): \(reason)") }
            return false
        }
    }

    private static func configuration(
        _ path: String,
        _ settings: LineSettings,
        _ profile: BoardProfile,
        _ units: [UInt8],
        _ answerMs: Int
    ) -> BusConfiguration {
        BusConfiguration(
            name: BusName(rawValue: "scan"),
            transport: .serial(
                path: path,
                baud: settings.baud,
                parity: settings.parity,
                stopBits: settings.stopBits
            ),
            responseTimeoutMs: answerMs,
            boards: units.map { unit in
                BoardConfiguration(
                    name: BoardName(rawValue: "\(unit)"),
                    profile: profile,
                    unit: unit,
                    doors: []
                )
            }
        )
    }
}
