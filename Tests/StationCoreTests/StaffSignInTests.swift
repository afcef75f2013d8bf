import StationCore
import Testing

@Suite struct StaffSignInTests {
    @Test func badgeAndRightPINSignIn() {
        var world = World()
        world.showBadge()
        #expect(world.screen == .staffPIN)
        world.send(.pinTyped("S1", isRight: true))
        guard case .staffMenu(let menu) = world.screen else {
            Issue.record("no menu")
            return
        }
        #expect(menu.free.map(\.count) == [4, 3, 1])
    }

    @Test func wrongPINKeepsAskingAndRightPINForgetsIt() {
        var world = World()
        world.showBadge()
        world.send(.pinTyped("S1", isRight: false))
        #expect(world.screen == .staffPIN)
        #expect(world.notice == .pinWrong)
        #expect(world.disk.pinGuards.first?.wrong == 1)
        world.send(.pinTyped("S1", isRight: true))
        #expect(world.disk.pinGuards.isEmpty)
    }

    @Test func fiveWrongPINsLockTheBadgeForAQuarterOfAnHour() {
        var world = World()
        world.showBadge()
        for _ in 0..<5 { world.send(.pinTyped("S1", isRight: false)) }
        #expect(world.screen == .home)
        #expect(world.notice == .staffLockedOut)
        world.showBadge()
        #expect(world.screen == .home)
        world.advance(900_000 - 1000)
        world.showBadge()
        #expect(world.screen == .home)
        world.advance(1001)
        world.showBadge()
        #expect(world.screen == .staffPIN)
        world.send(.pinTyped("S1", isRight: true))
        #expect(world.disk.pinGuards.isEmpty)
    }

    @Test func lockOutSurvivesARestart() {
        var world = World()
        world.showBadge()
        for _ in 0..<5 { world.send(.pinTyped("S1", isRight: false)) }
        world.restart()
        world.showBadge()
        #expect(world.screen == .home)
        #expect(world.notice == .staffLockedOut)
    }

    @Test func pinOfAnotherBadgeOrWithoutBadgeSignsNobodyIn() {
        var world = World()
        world.send(.pinTyped("S1", isRight: true))
        #expect(world.screen == .home)
        world.showBadge()
        world.send(.pinTyped("S2", isRight: true))
        #expect(world.screen == .staffPIN)
    }

    @Test func revokedBadgeIsNotAskedForAPIN() {
        var world = World()
        var revoked = World.staff
        revoked.isRevoked = true
        world.showBadge(revoked)
        #expect(world.screen == .home)
        #expect(world.notice == .badgeUnknown)
    }

    @Test func ownBadgeEndsTheSessionAndAnotherBadgeTakesOver() {
        var world = World()
        world.signIn()
        world.showBadge()
        #expect(world.screen == .home)
        world.signIn()
        world.showBadge(StaffRecord(id: "S2", version: 1, roles: [.associate], isRevoked: false))
        #expect(world.screen == .staffPIN)
        world.send(.pinTyped("S1", isRight: true))
        #expect(world.screen == .staffPIN)
    }

    @Test func staffSessionAndPINScreenEndWhenNobodyTouches() {
        var world = World()
        world.showBadge()
        world.advance(60_001)
        #expect(world.screen == .home)
        world.signIn()
        world.advance(40_000)
        world.press(.menu)
        world.advance(40_000)
        #expect(world.state.session != nil)
        world.advance(20_001)
        #expect(world.screen == .home)
    }

    @Test func badgeDoesNotEndASessionWhoseDoorIsOpen() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.showBadge()
        #expect(world.notice == .closeDoorFirst)
        world.press(.finish)
        #expect(world.state.session != nil)
    }

    @Test func customersCodeAndForeignLabelDoNothingInAStaffSession() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.signIn()
        world.scan("O1")
        #expect(world.notice == .labelUnknown)
        world.scanLabel("nothing")
        #expect(world.notice == .labelUnknown)
        #expect(world.pulses.isEmpty)
        #expect(world.disk.codeBudget.wrong.isEmpty)
    }
}
