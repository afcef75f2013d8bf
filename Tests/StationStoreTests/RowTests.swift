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
        let names = try FileManager.default.contentsOfDirectory(atPath: disk.folder.path)
        var searched = 0
        for name in names {
            let data = try Data(contentsOf: disk.folder.appendingPathComponent(name))
            searched += data.count
            #expect(data.range(of: Data("87654321-SECRET".utf8)) == nil, "in \(name)")
            #expect(data.range(of: Data("LABEL-O1".utf8)) == nil, "in \(name)")
        }
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
                    reason: "\(number)",
                    excerpt: "",
                    at: StationTime(milliseconds: 0)
                )
            }
        }
        #expect(try disk.store.read { try $0.quarantineCount() } == 1_000)
    }
}
