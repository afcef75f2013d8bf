internal import LockBus
internal import StationCore

extension LinePlan {
    /// What a technician can do on this bus from the kiosk; nil: nothing (its boards are not asked over a line).
    init?(_ bus: BusConfiguration) {
        guard bus.scanTarget != nil else { return nil }
        var models: [Model] = []
        for board in bus.boards {
            let commissioning = board.profile.commissioning
            guard case .rtu = bus.transport, commissioning.addressRegister != nil,
                !models.contains(where: { $0.name == board.profile.name })
            else { continue }
            let range = commissioning.addresses
            models.append(
                Model(name: board.profile.name, addresses: Int(range.lowerBound)...Int(range.upperBound))
            )
        }
        self.init(
            bus: BankID(bus.name.rawValue),
            models: models,
            units: bus.boards.map { Int($0.unit) }.sorted()
        )
    }
}

extension BusConfiguration {
    /// Where a scan looks; nil: there is nothing to scan.
    var scanTarget: ScanPlan.Target? {
        switch transport {
        case .rtu(let path, _, _, _), .serial(let path, _, _, _): .serial(path: path)
        case .tcp(let host, let port): .network(host: host, port: port)
        case .serialTCP, .gpio: nil
        }
    }

    /// The line as it is configured.
    var lineSettings: LineSettings {
        switch transport {
        case .rtu(_, let baud, let parity, let stopBits), .serial(_, let baud, let parity, let stopBits):
            LineSettings(baud: baud, parity: parity, stopBits: stopBits)
        case .tcp, .serialTCP, .gpio: LineSettings(baud: 9600)
        }
    }
}
