import StationCore
import Testing

/// Who may do what at the kiosk.
@Suite struct RoleTests {
    static func badge(_ roles: StaffRecord.Role...) -> StaffRecord {
        StaffRecord(id: "R1", version: 1, roles: roles, isRevoked: false)
    }

    private func menu(_ world: World) throws -> StaffMenu {
        guard case .staffMenu(let menu) = world.screen else {
            Issue.record("no menu: \(world.screen)")
            throw CancellationError()
        }
        return menu
    }

    @Test func eachRoleIsOfferedWhatIsTheirsAndNothingElse() throws {
        var world = World()
        world.signIn(Self.badge(.associate))
        #expect(try menu(world).may == [.load, .recall, .helpAtDoor])
        world.press(.finish)
        world.signIn(Self.badge(.technician))
        #expect(try menu(world).may == [.repair, .seeDoors, .openAll, .walk, .scanBuses, .setAddress])
        world.press(.finish)
        world.signIn(Self.badge(.manager))
        #expect(try menu(world).may.contains(.clearAlarm))
        #expect(try !menu(world).may.contains(.scanBuses))
    }

    @Test(arguments: [
        KioskButton.startWalk, .startScan, .startSetAddress, .startOpenAll, .seeDoors,
    ])
    func anAssociateWorksOnNoWall(button: KioskButton) {
        var world = World()
        world.send(.doorMapRead(unwalked: ["A-01"]))
        world.signIn(Self.badge(.associate))
        let decision = world.press(button)
        #expect(world.notice == .notAllowed)
        #expect(decision.effects == [.showKiosk])
        guard case .staff = world.state.session else {
            Issue.record("an associate has \(String(describing: world.state.session))")
            return
        }
    }

    @Test func aTechnicianTouchesNoParcel() {
        var world = World()
        world.addOrder("O1", .small)
        world.addOrder("O2", .small)
        world.load("O1")
        world.change("O1") { $0.standing = .cancelled }
        world.signIn(Self.badge(.technician))
        world.press(.startLoading)
        #expect(world.notice == .notAllowed)
        world.scanLabel("O2-1")
        #expect(world.notice == .notAllowed)
        world.press(.recall("A-01"))
        #expect(world.notice == .notAllowed)
        #expect(world.state.openings.isEmpty)
    }

    @Test func anAlarmIsAManagersAndADoubtIsAnAssociatesToo() throws {
        var world = World()
        world.open("A-02")
        world.close("A-02")
        world.signIn(Self.badge(.associate))
        #expect(try menu(world).attention.map(\.reason) == [.forcedOpen])
        world.press(.clear("A-02", reason: .empty))
        #expect(world.notice == .notAllowed)
        #expect(world.record("A-02")?.alarm != nil)
        world.press(.finish)
        world.signIn(Self.badge(.manager))
        world.press(.clear("A-02", reason: .empty))
        #expect(world.record("A-02")?.alarm == nil)
        world.press(.finish)
        // A customer's door that is stuck: whoever is there helps.
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        for _ in 0..<world.state.policy.openAttemptsMax {
            world.doorStaysShut()
            world.advance(3_000)
        }
        world.press(.finish)
        world.signIn(Self.badge(.associate))
        #expect(try menu(world).attention.map(\.clearable) == [true])
        world.press(.clear("A-01", reason: .repaired))
        #expect(world.record("A-01")?.outOfService == nil)
    }

    @Test func whatHQTookOutOfServiceOnlyAManagerPutsBackAtTheWall() throws {
        var world = World()
        world.command("C1", .takeOutOfService("A-02"))
        for role in [StaffRecord.Role.associate, .technician] {
            world.signIn(Self.badge(role))
            #expect(try menu(world).attention.map(\.clearable) == [false])
            world.press(.clear("A-02", reason: .repaired))
            #expect(world.notice == .notAllowed)
            #expect(world.record("A-02")?.outOfService == .byHQ)
            world.press(.finish)
        }
        world.signIn(Self.badge(.manager))
        world.press(.clear("A-02", reason: .repaired))
        #expect(world.isFree("A-02"))
    }

    @Test func aManagerTakesADoorOutOfServiceAndPutsItBack() throws {
        var world = World()
        world.signIn(Self.badge(.manager))
        world.press(.seeDoors)
        world.press(.takeOutOfService("C-01"))
        #expect(world.notice == .tooLate, "a shelf has no door")
        world.press(.takeOutOfService("A-02"))
        #expect(world.record("A-02")?.outOfService == .byStaff)
        #expect(!world.isFree("A-02"))
        #expect(world.faults() == ["outOfService.byStaff"])
        world.press(.menu)
        #expect(try menu(world).attention.map(\.reason) == [.outOfService])
        world.press(.finish)
        world.signIn(Self.badge(.associate))
        #expect(try menu(world).attention.map(\.clearable) == [false])
        world.press(.clear("A-02", reason: .repaired))
        #expect(world.record("A-02")?.outOfService == .byStaff)
        world.press(.finish)
        world.signIn(Self.badge(.manager))
        world.press(.clear("A-02", reason: .repaired))
        #expect(world.isFree("A-02"))
        world.press(.finish)
        world.signIn(Self.badge(.technician))
        world.press(.seeDoors)
        #expect(world.screen == .wallDoors(DoorsStep(mayTakeOut: [])))
        world.press(.takeOutOfService("A-02"))
        #expect(world.record("A-02")?.outOfService == nil)
    }
}

extension World {
    /// Somebody with this badge is at the staff menu.
    mutating func signIn(_ badge: StaffRecord) {
        showBadge(badge)
        send(.pinTyped(badge.id, isRight: true))
    }
}
