/// One customer's order on its whole way: shop, HQ, wall, customer, HQ. Each step waits for what a person or
/// a system would
/// see, and says what it saw.
public struct Story: Sendable {
    /// A step that did not happen.
    public struct Failure: Error, CustomStringConvertible {
        /// The step.
        public var step: String
        /// Why.
        public var reason: String

        /// The step and why.
        public var description: String { "\(step): \(reason)" }
    }

    private let rig: StationRig
    private let say: @Sendable (String) -> Void

    /// A story played on this rig; every step's outcome is passed to `say`.
    public init(on rig: StationRig, say: @escaping @Sendable (String) -> Void) {
        self.rig = rig
        self.say = say
    }

    /// Plays the whole story.
    ///
    /// - Throws: ``Failure`` with the step that failed.
    public func play() async throws {
        let sku = try await step("the shop has something to sell") { () -> String in
            let products = await rig.hq.products()
            guard let product = products.first(where: { $0.available > 0 }) else {
                throw Wrong("nothing is available")
            }
            say("  \(product.title): \(product.available) available")
            return product.sku
        }
        let stock = try await stock(of: sku)
        let order = try await step("a customer orders and chooses pickup at the store") {
            let order = try await rig.hq.placeOrder(sku: [sku])
            let now = try await self.stock(of: sku)
            guard now.reserved == stock.reserved + 1, now.onHand == stock.onHand else {
                throw Wrong("one should be reserved: \(stock.reserved) before, \(now.reserved) now")
            }
            say("  order \(order.displayNumber): one reserved, \(now.available) still available")
            return order
        }
        try await step("staff pick and pack the goods") {
            try await rig.hq.prepare(order.orderId)
            say("  packed, with label \(order.parcels.first?.label ?? "?")")
        }
        try await signIn()
        let compartment = try await load(order)
        try await signOut()
        try await step("HQ tells the customer") {
            let told = try await rig.hq.waitFor(order.orderId, status: "ready", withinMs: 15_000)
            guard told.message != nil else {
                throw Wrong("the order is ready and the customer was told nothing")
            }
            say("  ready for pickup; the customer has the code")
        }
        try await collect(order, from: compartment)
        try await step("HQ confirms, and the inventory is adjusted") {
            _ = try await rig.hq.waitFor(order.orderId, status: "completed", withinMs: 15_000)
            let now = try await self.stock(of: sku)
            guard now.onHand == stock.onHand - 1, now.reserved == stock.reserved else {
                throw Wrong("on hand \(stock.onHand) before, \(now.onHand) now; reserved \(now.reserved)")
            }
            say("  order completed; \(now.onHand) on hand, \(now.reserved) reserved")
        }
        try await sevenStages(of: order, sku)
        try await changeOfMind(sku)
    }

    /// The order came to each of its stages in turn, and the stock moved with it.
    private func sevenStages(of order: SandboxHQ.PlacedOrder, _ sku: String) async throws {
        try await step("the order went through its seven stages") {
            let stages = await rig.hq.order(order.orderId)?.reached.map(\.stage) ?? []
            guard stages == SandboxHQ.PlacedOrder.Stage.allCases else {
                throw Wrong("it came to \(stages.map(\.rawValue).joined(separator: ", "))")
            }
            let moves = await rig.hq.stockMovements().filter { $0.orderId == order.orderId && $0.sku == sku }
            guard moves.map(\.what) == ["reserved", "sold"] else {
                throw Wrong("its stock moved: \(moves.map(\.what).joined(separator: ", "))")
            }
            say("  " + stages.map(\.rawValue).joined(separator: " → "))
        }
    }

    /// What is ordered and not wanted after all is available again.
    private func changeOfMind(_ sku: String) async throws {
        try await step("a cancelled and an expired order give their goods back") {
            let before = try await self.stock(of: sku)
            let cancelled = try await rig.hq.placeOrder(sku: [sku])
            let expired = try await rig.hq.placeOrder(sku: [sku])
            let held = try await self.stock(of: sku)
            try await rig.hq.cancel(cancelled.orderId)
            try await rig.hq.expire(expired.orderId)
            let after = try await self.stock(of: sku)
            guard held.available == before.available - 2, after == before else {
                throw Wrong(
                    "available \(before.available) before, \(held.available) ordered, \(after.available) after"
                )
            }
            say("  two reserved, two released; \(after.available) available again")
        }
    }

    // MARK: Parts, for tests that put something in between

    /// Staff sign in with badge and PIN.
    public func signIn() async throws {
        try await step("staff sign in with badge and PIN") {
            try await showBadge()
            try await rig.kiosk.type(pin: SandboxHQ.staffPIN)
            try await rig.kiosk.wait(for: "staffMenu")
        }
    }

    /// A station that has just started may not know the badge yet: it is shown again until it does.
    private func showBadge() async throws {
        for _ in 0..<8 {
            rig.scanner.scan(SandboxHQ.staffBadge, terminator: .carriageReturn)
            if (try? await rig.kiosk.wait(for: "staffPIN", withinMs: 3_000)) != nil { return }
        }
        throw Wrong("the badge is not known to the station: \(try rig.kiosk.screen().text)")
    }

    /// Staff sign out with their badge.
    public func signOut() async throws {
        try await step("staff sign out") {
            // The scanner does not read the same badge twice within a moment.
            try await Task.sleep(for: .milliseconds(2_600))
            rig.scanner.scan(SandboxHQ.staffBadge, terminator: .carriageReturn)
            try await rig.kiosk.wait(for: "home")
        }
    }

    /// Staff load an order's only parcel: label, door, close. Returns the compartment.
    public func load(_ order: SandboxHQ.PlacedOrder) async throws -> String {
        try await step("staff load the parcel") {
            guard let parcel = order.parcels.first else { throw Wrong("the order has no parcel") }
            try await rig.kiosk.press("startLoading")
            try await rig.kiosk.wait(for: "loadScan")
            let compartment = try await scanLabel(parcel.label)
            // Putting a parcel in takes a moment; a door closed at once is asked about.
            try await Task.sleep(for: .milliseconds(1_700))
            try await close(compartment)
            try await rig.kiosk.wait(for: "loadScan")
            say("  door \(compartment) opened by itself and was closed on parcel \(parcel.parcelId)")
            return compartment
        }
    }

    /// The order reaches the station within a moment of being placed: the label is scanned until it is known.
    private func scanLabel(_ label: String) async throws -> String {
        for _ in 0..<6 {
            rig.scanner.scan(label, terminator: .carriageReturn)
            if let screen = try? await rig.kiosk.wait(for: "loadPutIn", withinMs: 4_000),
                let door = screen.compartment
            {
                return door
            }
        }
        throw Wrong("the label is not known to the station: \(try rig.kiosk.screen().text)")
    }

    /// The customer scans the code, takes the parcel and closes the door.
    public func collect(_ order: SandboxHQ.PlacedOrder, from compartment: String) async throws {
        try await step("the customer scans the code and the door opens") {
            let before = rig.cabinet.pulses().count
            rig.scanner.scan(order.scannedCode, terminator: .carriageReturn)
            let screen = try await rig.kiosk.wait(for: "takeParcel")
            guard screen.compartment == compartment else {
                throw Wrong("door \(screen.compartment ?? "?") is shown, the parcel is in \(compartment)")
            }
            let pulses = rig.cabinet.pulses().dropFirst(before)
            guard pulses.count == 1 else { throw Wrong("\(pulses.count) pulses for one opening") }
            say("  door \(compartment) opened by one pulse")
        }
        try await step("the customer takes the parcel and closes the door") {
            // Taking a parcel takes a moment; a door that only flickers is asked about.
            try await Task.sleep(for: .milliseconds(1_700))
            try await close(compartment)
            try await rig.kiosk.wait(for: "done")
        }
    }

    /// Pushes a door shut. While its coil is on the latch does not catch: a person pushes again.
    private func close(_ compartment: String) async throws {
        let door = SandboxDoorName(rawValue: compartment)
        for _ in 0..<100 {
            if let now = rig.cabinet.snapshot().doors.first(where: { $0.name == door }) {
                if now.position == .closed, now.latch == .locked { return }
                if !now.isCoilOn { _ = rig.cabinet.close(door) }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Wrong("door \(compartment) does not close")
    }

    private struct Wrong: Error, CustomStringConvertible {
        var description: String
        init(_ description: String) { self.description = description }
    }

    private func stock(of sku: String) async throws -> SandboxHQ.Product {
        guard let product = await rig.hq.products().first(where: { $0.sku == sku }) else {
            throw Wrong("no product \(sku)")
        }
        return product
    }

    private func step<Value: Sendable>(
        _ name: String,
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        say(name)
        do {
            return try await body()
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(step: name, reason: "\(error)")
        }
    }
}
