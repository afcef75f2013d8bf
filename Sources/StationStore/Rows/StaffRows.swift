public import Foundation
internal import GRDB
public import StationCore

extension StoreTransaction {
    /// Writes a credential; an older version is ignored.
    ///
    /// - Parameters:
    ///   - badge: the digest of the badge; nil for one without.
    ///   - verifier: what a PIN is compared with, JSON; never a PIN.
    public func store(_ staff: StaffRecord, badge: CodeDigest?, verifier: Data) throws {
        if let old = try row("SELECT version, badge FROM staff WHERE id = ?", [staff.id.rawValue]) {
            guard (old[0] as Int64) < staff.version else { return }
            if let oldBadge: Data = old[1] {
                try run(
                    "DELETE FROM token WHERE digest = ? AND kind = ? AND owner = ?",
                    [oldBadge, TokenKind.badge, staff.id.rawValue]
                )
            }
        }
        if let badge {
            try run(
                "INSERT OR REPLACE INTO token (digest, kind, owner, parcel) VALUES (?, ?, ?, NULL)",
                [badge.data, TokenKind.badge, staff.id.rawValue]
            )
        }
        try run(
            """
            INSERT OR REPLACE INTO staff (id, version, roles, isRevoked, badge, verifier) VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                staff.id.rawValue, staff.version, staff.roles.map(\.rawValue).joined(separator: ","),
                staff.isRevoked, badge?.data, verifier,
            ]
        )
    }

    func staff(_ id: StaffID) throws -> StaffRecord? {
        guard let row = try row("SELECT version, roles, isRevoked FROM staff WHERE id = ?", [id.rawValue])
        else {
            return nil
        }
        let roles: String = row[1]
        return StaffRecord(
            id: id,
            version: row[0],
            roles: roles.split(separator: ",").compactMap { StaffRecord.Role(rawValue: String($0)) },
            isRevoked: row[2]
        )
    }

    /// What a PIN of this member of staff is compared with; JSON.
    public func verifier(of staff: StaffID) throws -> Data? {
        try row("SELECT verifier FROM staff WHERE id = ?", [staff.rawValue])?[0]
    }

    /// What a scanned or typed text is, by its digest.
    func match(_ digest: CodeDigest, form: ShownCode.Form) throws -> ShownCode {
        var shown = ShownCode(form: form)
        let statement = try db.cachedStatement(sql: "SELECT kind, owner, parcel FROM token WHERE digest = ?")
        for row in try Row.fetchAll(statement, arguments: [digest.data]) {
            let owner: String = row[1]
            switch row[0] as Int {
            case TokenKind.pickupCode:
                shown.pickup = try order(OrderID(owner))
            case TokenKind.label:
                guard let order = try order(OrderID(owner)), let parcel: String = row[2] else { continue }
                shown.parcel = ShownCode.LabelMatch(order: order, parcel: ParcelID(parcel))
            default:
                shown.badge = try staff(StaffID(owner))
            }
        }
        return shown
    }
}
