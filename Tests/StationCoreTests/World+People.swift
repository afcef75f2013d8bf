import StationCore
import Testing

extension World {
    // MARK: Orders

    /// A live order of parcels of these sizes: order `O1` has parcels `O1-1`, `O1-2`…
    @discardableResult
    mutating func addOrder(_ id: OrderID, _ sizes: Size..., change: (inout OrderRecord) -> Void = { _ in })
        -> OrderRecord
    {
        let parcels = sizes.enumerated().map {
            ParcelRecord(id: ParcelID("\(id)-\($0.offset + 1)"), size: $0.element)
        }
        var order = OrderRecord(id: id, version: 1, displayNumber: "#\(id)", parcels: parcels)
        change(&order)
        store(order)
        return order
    }

    /// HQ sends a newer version of an order; like the shell, decides it only where the wall has to do with
    /// it.
    @discardableResult
    mutating func change(_ id: OrderID, others: [OrderID] = [], _ body: (inout OrderRecord) -> Void)
        -> Decision?
    {
        var incoming = order(id) ?? OrderRecord(id: id, version: 0, displayNumber: "#\(id)", parcels: [])
        let existing = order(id)
        incoming.version += 1
        // HQ knows nothing of places, of withdrawn parcels or of the station's word on holds.
        incoming.parcels = incoming.parcels.filter { !$0.isWithdrawn }.map {
            ParcelRecord(id: $0.id, size: $0.size)
        }
        incoming.isExpired = false
        body(&incoming)
        let rows = others.compactMap { order($0) }
        return send(.orderReceived(OrderUpdate(incoming: incoming, existing: existing, others: rows)))
    }

    // MARK: Codes

    @discardableResult
    mutating func scan(_ id: OrderID, bits: Int = 128) -> Decision {
        send(.codeShown(ShownCode(form: .scanned(bits: bits), pickup: order(id))))
    }

    @discardableResult
    mutating func type(_ id: OrderID) -> Decision {
        send(.codeShown(ShownCode(form: .typed, pickup: order(id))))
    }

    @discardableResult
    mutating func typeWrong() -> Decision {
        send(.codeShown(ShownCode(form: .typed)))
    }

    @discardableResult
    mutating func scanLabel(_ parcel: ParcelID) -> Decision {
        let match = orders.first { $0.parcel(parcel) != nil }.map {
            ShownCode.LabelMatch(order: $0, parcel: parcel)
        }
        return send(.codeShown(ShownCode(form: .scanned(bits: 60), parcel: match)))
    }

    @discardableResult
    mutating func showBadge(_ staff: StaffRecord = World.staff) -> Decision {
        send(.codeShown(ShownCode(form: .scanned(bits: 100), badge: staff)))
    }

    @discardableResult
    mutating func press(_ button: KioskButton) -> Decision { send(.buttonPressed(button)) }

    // MARK: Staff

    mutating func signIn() {
        showBadge()
        send(.pinTyped(World.staff.id, isRight: true))
        press(.startLoading)
    }

    /// Staff load all parcels of these orders and leave.
    mutating func load(_ ids: OrderID...) {
        signIn()
        for id in ids {
            for parcel in order(id)?.parcels ?? [] where parcel.place == .awaited && !parcel.isWithdrawn {
                scanLabel(parcel.id)
                finishLoad()
            }
        }
        press(.finish)
    }

    /// The compartment that was offered opens, the parcel goes in, the door is closed.
    mutating func finishLoad() {
        if pulses.isEmpty { advance(3000) }
        guard let pulse = pulses.last else {
            Issue.record("nothing opens")
            return
        }
        openDoor()
        if state.compartment(pulse.compartment)?.hasTrustedSensor == true {
            advance(4000)
            close(pulse.compartment)
        } else {
            press(.parcelInside)
        }
    }

    // MARK: Doors

    /// The bus answers the oldest pulse.
    @discardableResult
    mutating func answer(_ answer: PulseAnswer = .actuated) -> CompartmentID? {
        guard !pulses.isEmpty else {
            Issue.record("no pulse to answer")
            return nil
        }
        let pulse = pulses.removeFirst()
        send(.pulseAnswered(pulse.opening, answer))
        return pulse.compartment
    }

    /// The oldest pulse works: the door opens.
    @discardableResult
    mutating func openDoor() -> CompartmentID? {
        guard let compartment = answer() else { return nil }
        advance(200)
        if state.compartment(compartment)?.plan.hasDoorSensor == true { open(compartment) }
        return compartment
    }

    mutating func open(_ id: CompartmentID) { send(.doorRead(id, .open)) }
    mutating func close(_ id: CompartmentID) { send(.doorRead(id, .closed)) }

    /// A customer opens, takes, closes.
    mutating func visit() {
        guard let id = openDoor() else { return }
        advance(5000)
        close(id)
    }

    /// The oldest pulse is answered and nothing moves until its time is over.
    mutating func doorStaysShut() {
        guard let pulse = pulses.first, let opening = state.opening(pulse.opening) else {
            Issue.record("nothing is being opened")
            return
        }
        answer()
        let isLast = opening.attempt >= state.policy.openAttemptsMax
        advance(isLast ? state.policy.lastOpenTimeoutMs : state.policy.openTimeoutMs)
    }

    // MARK: What is on the screen

    var screen: KioskScreen { state.kioskView(revision: 0, at: now).screen }
    var notice: KioskNotice.Kind? { state.notice?.notice.kind }
    var refusal: Refusal? { if case .refused(let refusal) = screen { refusal } else { nil } }

    func isFree(_ id: CompartmentID) -> Bool {
        state.compartment(id).map { state.isFree($0, at: now) } ?? false
    }

    func contents(_ id: CompartmentID) -> Contents? { state.compartment(id)?.record.contents }
    func record(_ id: CompartmentID) -> CompartmentRecord? { state.compartment(id)?.record }
    func place(_ parcel: ParcelID) -> ParcelPlace? {
        orders.compactMap { $0.parcel(parcel) }.first { !$0.isWithdrawn }?.place
    }
}
