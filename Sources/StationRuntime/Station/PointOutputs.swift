internal import LockBus
internal import StationCore
internal import Synchronization

/// What lamps and beepers of the wall do: a bank's lamps are on while one of its doors is open or about to open, and
/// its beepers sound when a door should be closed, or does not open.
final class PointOutputs: Sendable {
    /// A point to be switched.
    struct Order: Hashable {
        let bus: BusName
        let point: PointName
        let isOn: Bool
        let forMs: Int?
    }

    private let entries: [PointPlan.Entry]
    private let busOf: [CompartmentID: BusName]
    private let last: Mutex<(lit: Set<BusName>, warned: CompartmentID?)> = Mutex(([], nil))
    private static let beepMs = 300

    init(plan: PointPlan, wiring: [StationConfiguration.Wiring]) {
        entries = plan.entries.filter { $0.point.kind == .lamp || $0.point.kind == .beeper }
        busOf = Dictionary(wiring.map { ($0.compartment, $0.door.bus) }) { first, _ in first }
    }

    /// What is to be switched now that the kiosk shows this.
    func orders(for view: KioskView) -> [Order] {
        guard !entries.isEmpty else { return [] }
        let busy = view.doors.filter { $0.look == .lit || $0.look == .open }
        let lit = Set(busy.compactMap { busOf[$0.compartment] })
        let warned: CompartmentID? =
            switch view.screen {
            case .closeDoor(let step), .doorStuck(let step, _): step.compartment
            default: nil
            }
        return last.withLock { last in
            defer { last = (lit, warned) }
            return entries.compactMap { entry -> Order? in
                if entry.point.kind == .beeper {
                    guard let warned, warned != last.warned, busOf[warned] == entry.bus else { return nil }
                    return Order(bus: entry.bus, point: entry.point.name, isOn: true, forMs: Self.beepMs)
                }
                let isOn = lit.contains(entry.bus)
                guard isOn != last.lit.contains(entry.bus) else { return nil }
                return Order(bus: entry.bus, point: entry.point.name, isOn: isOn, forMs: nil)
            }
        }
    }
}
