/// Staff and a customer who work through one order whatever the station does in between: they look at the
/// screen and do what
/// it asks, and start again when it has forgotten them.
public actor RigPeople {
    private let rig: StationRig
    /// Doors in which the parcel really is.
    private var inside: [String] = []
    private var isTaken = false
    private var lastScan: (text: String, at: ContinuousClock.Instant) = ("", .now)

    /// People in front of this rig's kiosk.
    public init(at rig: StationRig) {
        self.rig = rig
    }

    /// Works until HQ has the order completed.
    ///
    /// - Throws: ``KioskClient/Failure`` with the last screen once the time is over.
    public func complete(_ order: SandboxHQ.PlacedOrder, withinMs limit: Int) async throws {
        let end = ContinuousClock.now + .milliseconds(limit)
        isTaken = false
        inside = []
        while ContinuousClock.now < end {
            guard let now = await rig.hq.order(order.orderId) else { break }
            if now.status == "completed" {
                await leave()
                return
            }
            // A station that has just been killed refuses; people look again a moment later.
            try? await act(on: now)
            try await Task.sleep(for: .milliseconds(60))
        }
        let status = await rig.hq.order(order.orderId)?.status ?? "unknown"
        let screen = (try? rig.kiosk.screen().text) ?? "nothing"
        throw KioskClient.Failure(
            description: "order \(order.displayNumber) is \(status); the kiosk shows \(screen)"
        )
    }

    /// Back to the start for whoever comes next.
    private func leave() async {
        for _ in 0..<40 {
            guard let screen = try? rig.kiosk.screen(), screen.name != "home" else { return }
            if screen.name == "takeParcel" || screen.name == "closeDoor", let door = screen.compartment {
                close(door)
            }
            try? await rig.kiosk.press("finish")
            try? await Task.sleep(for: .milliseconds(50))
        }
    }

    private func act(on order: SandboxHQ.PlacedOrder) async throws {
        let screen = try rig.kiosk.screen()
        let isReady = order.status == "ready"
        switch screen.name {
        case "home": scan(isReady && !isTaken ? order.scannedCode : SandboxHQ.staffBadge)
        case "refused", "done", "doorStuck": try await rig.kiosk.press("finish")
        case "staffPIN": try await rig.kiosk.type(pin: SandboxHQ.staffPIN)
        case "staffMenu": try await work(screen, order)
        case "loadScan":
            if isReady {
                try await rig.kiosk.press("finish")
            } else if screen.notice != nil {
                // The station has doubts about this parcel since it was killed: the menu says about which door.
                try await rig.kiosk.press("menu")
            } else {
                scan(order.parcels[0].label)
            }
        case "wallFull": try await rig.kiosk.press("menu")
        case "loadPutIn", "loadConfirm": try await putIn(screen)
        case "takeParcel", "closeDoor": try await take(screen)
        case "confirmTaken": try await rig.kiosk.press(isTaken ? "taken" : "doorDidNotOpen")
        default: break
        }
    }

    /// Holds a code in front of the scanner, takes it away, and comes back a moment later: a code that is held still is one
    /// scan.
    private func scan(_ text: String) {
        let now = ContinuousClock.now
        guard text != lastScan.text || now - lastScan.at > .milliseconds(500) else { return }
        lastScan = (text, now)
        rig.scanner.scan(text, terminator: .carriageReturn)
    }

    private func work(_ menu: KioskClient.Screen, _ order: SandboxHQ.PlacedOrder) async throws {
        guard let attention = menu.attention.first else {
            try await rig.kiosk.press(order.status == "ready" ? "finish" : "startLoading")
            return
        }
        close(attention.compartment)
        let found: String
        switch attention.reason {
        case "doorStuck", "coilStuckOn", "sensorSuspect", "ruleViolated": found = "repaired"
        default: found = inside.contains(attention.compartment) ? "contentsIntact" : "empty"
        }
        try await rig.kiosk.clear(attention.compartment, found: found)
    }

    private func putIn(_ screen: KioskClient.Screen) async throws {
        guard let door = screen.compartment else { return }
        if isOpen(door), !inside.contains(door), inside.isEmpty {
            inside = [door]
            try await Task.sleep(for: .milliseconds(1_550))
        }
        close(door)
        if screen.name == "loadConfirm" {
            try await rig.kiosk.press(inside.contains(door) ? "parcelInside" : "parcelNotInside")
        }
    }

    private func take(_ screen: KioskClient.Screen) async throws {
        guard let door = screen.compartment, isOpen(door) else { return }
        if inside.contains(door) {
            inside = []
            isTaken = true
            try await Task.sleep(for: .milliseconds(900))
        }
        close(door)
    }

    private func isOpen(_ door: String) -> Bool {
        let name = SandboxDoorName(rawValue: door)
        return rig.cabinet.snapshot().doors.first { $0.name == name }?.position == .open
    }

    private func close(_ door: String) {
        _ = rig.cabinet.close(SandboxDoorName(rawValue: door))
    }
}
