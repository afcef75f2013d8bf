import Foundation
import StationCore
import StationStore
import Testing

@Suite struct RowTests {
    @Test func aCodeALabelAndABadgeAreFoundByTheirDigests() throws {
        let disk = try Disk()
        try disk.store(disk.order("O1", code: "12345678"))
        let staff = StaffRecord(id: "S1", version: 1, roles: [.associate, .manager], isRevoked: false)
        try disk.store.write { try $0.store(staff, badge: disk.key.digest(of: "BADGE"), verifier: Data()) }
        #expect(try disk.store.match(disk.key.digest(of: "12345678"), form: .typed).pickup?.id == "O1")
        let label = try disk.store.match(disk.key.digest(of: "LABEL-O1"), form: .typed).parcel
        #expect(label?.parcel == "O1-1")
        #expect(try disk.store.match(disk.key.digest(of: "BADGE"), form: .typed).badge == staff)
        let nothing = try disk.store.match(disk.key.digest(of: "else"), form: .typed)
        #expect(nothing == ShownCode(form: .typed))
    }

    @Test func noTextOfACodeIsAnywhereInTheFiles() throws {
        let disk = try Disk()
        try disk.store(disk.order("O1", code: "87654321-SECRET"))
        let staff = StaffRecord(id: "S1", version: 1, roles: [.associate], isRevoked: false)
        try disk.store.write {
            try $0.store(staff, badge: disk.key.digest(of: "BADGE-TEXT"), verifier: Data())
        }
        var committer = Committer(disk)
        try committer.send(.boardChanged("A", isUp: true))
        for text in ["87654321-SECRET", "WRONG-CODE", "BADGE-TEXT"] {
            try committer.send(.codeShown(try disk.store.match(disk.key.digest(of: text), form: .typed)))
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: disk.folder.path)
        var searched = 0
        for name in names {
            let data = try Data(contentsOf: disk.folder.appendingPathComponent(name))
            searched += data.count
            for text in ["87654321-SECRET", "LABEL-O1", "BADGE-TEXT", "WRONG-CODE"] {
                #expect(data.range(of: Data(text.utf8)) == nil, "\(text) in \(name)")
            }
        }
        #expect(names.contains("station.sqlite-wal"))
        #expect(searched > 4_096)
    }

    @Test func anOrderReadsBackAsItWasWritten() throws {
        let disk = try Disk()
        var order = disk.order("O1", code: "1", place: .inside("B-07"))
        order.record.standing = .elsewhere(storeName: "Harbour")
        order.record.notBefore = StationTime(milliseconds: 5)
        order.record.expiresAt = StationTime(milliseconds: 6)
        order.record.isExpired = true
        order.record.isPaymentDue = true
        order.record.deliveryMode = .curbside
        order.record.parcels.append(
            ParcelRecord(
                id: "P2",
                size: .extraLarge,
                place: .collected(at: StationTime(milliseconds: -3)),
                isWithdrawn: true
            )
        )
        try disk.store(order)
        #expect(try disk.store.read { try $0.order("O1") } == order.record)
        #expect(try disk.store.read { try $0.document(of: "O1") } == order.document)
    }

    @Test func aPickupCodeOfAnotherLiveOrderIsRefusedAndFreeAgainOnceThatIsOver() throws {
        let disk = try Disk()
        try disk.store(disk.order("O1", code: "same"))
        #expect(throws: StoreError.self) { try disk.store(disk.order("O2", code: "same")) }
        #expect(try disk.store.read { try $0.conflict(of: disk.order("O2", code: "same")) } == "O1")
        let over = disk.order(
            "O1",
            version: 2,
            code: "same",
            place: .collected(at: StationTime(milliseconds: 1))
        )
        try disk.store(over)
        try disk.store(disk.order("O2", code: "same"))
        #expect(try disk.store.match(disk.key.digest(of: "same"), form: .typed).pickup?.id == "O2")
    }

    @Test func anOrderThatComesBackToLifeIsRefusedWhileAnotherHasItsCode() throws {
        let disk = try Disk()
        var first = disk.order("O1", code: "same")
        try disk.store(first)
        first.record.standing = .cancelled
        first.record.version = 2
        try disk.store(first)
        try disk.store(disk.order("O2", code: "same"))
        first.record.standing = .live
        first.record.version = 3
        #expect(throws: StoreError.self) { try disk.store(first) }
        #expect(try disk.store.match(disk.key.digest(of: "same"), form: .typed).pickup?.id == "O2")
    }

    @Test func anOrderThatComesBackToLifeHasItsCodeAgainOnceTheOtherIsOver() throws {
        let disk = try Disk()
        var first = disk.order("O1", code: "same")
        first.record.standing = .cancelled
        try disk.store(first)
        var second = disk.order("O2", code: "same")
        try disk.store(second)
        second.record.standing = .completed
        second.record.version = 2
        try disk.store(second)
        first.record.standing = .live
        first.record.version = 2
        try disk.store(first)
        #expect(try disk.store.match(disk.key.digest(of: "same"), form: .typed).pickup?.id == "O1")
    }

    @Test func aRefusedOrderLeavesTheRowOfItsOlderVersionAlone() throws {
        let disk = try Disk()
        try disk.store(disk.order("O1", code: "taken"))
        try disk.store(disk.order("O2", code: "own"))
        #expect(throws: StoreError.self) { try disk.store(disk.order("O2", version: 2, code: "taken")) }
        #expect(try disk.store.read { try $0.order("O2") }?.version == 1)
        #expect(try disk.store.match(disk.key.digest(of: "own"), form: .typed).pickup?.id == "O2")
        #expect(try disk.store.read { try $0.currentTally() } == Tally(liveTypedCodes: 2, parcelsToLoad: 2))
    }

    @Test func aForgottenOrderLeavesNoTokenBehind() throws {
        let disk = try Disk()
        try disk.store(disk.order("O1", code: "12345678"))
        try disk.store.write { try $0.forget("O1") }
        #expect(try disk.sqlite3Output("SELECT count(*) FROM token") == "0\n")
        #expect(try disk.store.read { try $0.orderCount() } == 0)
    }

    @Test func aNewBadgeReplacesTheOldOneAndAnOlderCredentialIsIgnored() throws {
        let disk = try Disk()
        func store(_ version: Int64, badge: String, isRevoked: Bool = false) throws {
            let staff = StaffRecord(id: "S1", version: version, roles: [.manager], isRevoked: isRevoked)
            try disk.store.write {
                try $0.store(staff, badge: disk.key.digest(of: badge), verifier: Data(badge.utf8))
            }
        }
        try store(1, badge: "first")
        try store(3, badge: "third", isRevoked: true)
        try store(2, badge: "second")
        for gone in ["first", "second"] {
            #expect(try disk.store.match(disk.key.digest(of: gone), form: .typed).badge == nil, "\(gone)")
        }
        #expect(try disk.store.match(disk.key.digest(of: "third"), form: .typed).badge?.isRevoked == true)
        #expect(try disk.store.read { try $0.verifier(of: "S1") } == Data("third".utf8))
    }

    @Test func unfinishedOrdersAreListedInOrderAndFromAnyPlace() throws {
        let disk = try Disk()
        for id in ["O3", "O1", "O2", "O4"] { try disk.store(disk.order(OrderID(id), code: id)) }
        try disk.store.write { transaction in
            var over = try #require(try transaction.order("O2"))
            over.standing = .cancelled
            try transaction.setStanding(over)
        }
        func unfinished(after id: OrderID?, limit: Int) throws -> [OrderID] {
            try disk.store.read { try $0.unfinishedOrders(after: id, limit: limit) }
        }
        #expect(try unfinished(after: nil, limit: 9) == ["O1", "O3", "O4"])
        #expect(try unfinished(after: nil, limit: 2) == ["O1", "O3"])
        #expect(try unfinished(after: "O3", limit: 9) == ["O4"])
    }

    @Test func aReissuedCodeReplacesTheOldOne() throws {
        let disk = try Disk()
        try disk.store(disk.order("O1", code: "old"))
        try disk.store(disk.order("O1", version: 2, code: "new"))
        #expect(try disk.store.match(disk.key.digest(of: "old"), form: .typed).pickup == nil)
        #expect(try disk.store.match(disk.key.digest(of: "new"), form: .typed).pickup?.id == "O1")
    }

    @Test func theTallyCountsLiveTypedCodesAndParcelsToLoad() throws {
        let disk = try Disk()
        for number in 1...5 { try disk.store(disk.order(OrderID("O\(number)"), code: "c\(number)")) }
        try disk.store(disk.order("O6", code: "long", isTyped: false))
        #expect(try disk.store.read { try $0.currentTally() } == Tally(liveTypedCodes: 5, parcelsToLoad: 6))
        try disk.store(disk.order("O1", version: 2, code: "c1", place: .inside("A-01")))
        try disk.store.write { try $0.forget("O2") }
        #expect(try disk.store.read { try $0.currentTally() } == Tally(liveTypedCodes: 4, parcelsToLoad: 4))
        try disk.reopen()
        #expect(try disk.store.read { try $0.currentTally() } == Tally(liveTypedCodes: 4, parcelsToLoad: 4))
    }

    @Test func theTallyEqualsARecountWhateverHappenedToTheOrders() throws {
        let disk = try Disk()
        let standings: [OrderStanding] = [
            .live, .onHold, .cancelled, .elsewhere(storeName: nil), .completed, .live,
        ]
        let time = StationTime(milliseconds: 1)
        let places: [ParcelPlace] = [
            .awaited, .inside("A-01"), .collected(at: time), .recalled(at: time), .awaited,
        ]
        let modes: [DeliveryMode] = [.locker, .counter, .locker]
        var expected: [OrderID: (codes: Int, parcels: Int)] = [:]
        for step in 0..<400 {
            // Numbers without a common divisor: over the steps every combination is met.
            let id = OrderID("O\(step % 17)")
            if step % 23 == 22 {
                try disk.store.write { try $0.forget(id) }
                expected[id] = nil
                continue
            }
            var order = disk.order(
                id,
                version: Int64(step + 1),
                code: "c\(id)-\(step % 3)",
                isTyped: step % 4 != 0,
                place: places[step % 5]
            )
            order.record.standing = standings[step % 6]
            order.record.deliveryMode = modes[step % 3]
            order.record.parcels[0].isWithdrawn = step % 7 == 0
            try disk.store(order)
            let parcel = order.record.parcels[0]
            let isLive = order.record.standing == .live
            let isHere = parcel.place == .awaited || parcel.place.compartment != nil
            let isToLoad = parcel.place == .awaited && !parcel.isWithdrawn
            expected[id] = (
                codes: isLive && isHere && step % 4 != 0 ? 1 : 0,
                parcels: isLive && isToLoad && order.record.deliveryMode == .locker ? 1 : 0
            )
        }
        let recount = Tally(
            liveTypedCodes: expected.values.reduce(0) { $0 + $1.codes },
            parcelsToLoad: expected.values.reduce(0) { $0 + $1.parcels }
        )
        #expect(try disk.store.read { try $0.currentTally() } == recount)
        #expect(recount.liveTypedCodes > 0 && recount.parcelsToLoad > 0)
    }

    @Test func theCursorIsWhatWasCommittedLast() throws {
        let disk = try Disk()
        #expect(try disk.store.read { try $0.cursor() } == nil)
        try disk.store.write { try $0.setCursor("c1") }
        struct Stop: Error {}
        #expect(throws: StoreError.self) {
            try disk.store.write { transaction in
                try transaction.setCursor("c2")
                throw Stop()
            }
        }
        #expect(try disk.store.read { try $0.cursor() } == "c1")
    }

    @Test func theQuarantineKeepsTheNewestThousand() throws {
        let disk = try Disk()
        try disk.store.write { transaction in
            for number in 0..<1_100 {
                try transaction.quarantine(
                    order: nil,
                    reason: "reason \(number)",
                    excerpt: String(repeating: "x", count: 900),
                    at: StationTime(milliseconds: 0)
                )
            }
        }
        #expect(try disk.store.read { try $0.quarantineCount() } == 1_000)
        let kept = "SELECT reason, length(excerpt) FROM quarantine ORDER BY id LIMIT 1"
        #expect(try disk.sqlite3Output(kept) == "reason 100|500\n")
    }
}
