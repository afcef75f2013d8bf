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
        let old = try first("SELECT version, badge FROM staff WHERE id = ?", [staff.id.rawValue]) {
            (version: $0.int64(0), badge: $0.optionalData(1))
        }
        if let old {
            guard old.version < staff.version else { return }
            if let oldBadge = old.badge {
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
        try first("SELECT version, roles, isRevoked FROM staff WHERE id = ?", [id.rawValue]) { row in
            StaffRecord(
                id: id,
                version: row.int64(0),
                roles: row.text(1).split(separator: ",").compactMap {
                    StaffRecord.Role(rawValue: String($0))
                },
                isRevoked: row.int(2) != 0
            )
        }
    }

    /// What a PIN of this member of staff is compared with; JSON.
    public func verifier(of staff: StaffID) throws -> Data? {
        try first("SELECT verifier FROM staff WHERE id = ?", [staff.rawValue]) { $0.data(0) }
    }

    /// What a scanned or typed text is, by its digest.
    func match(_ digest: CodeDigest, form: ShownCode.Form) throws -> ShownCode {
        var shown = ShownCode(form: form)
        try each("SELECT kind, owner, parcel FROM token WHERE digest = ?", [digest.bytes]) { row in
            let owner = row.text(1)
            switch row.int(0) {
            case TokenKind.pickupCode:
                shown.pickup = try order(OrderID(owner))
            case TokenKind.label:
                guard let order = try order(OrderID(owner)), let parcel = row.optionalText(2) else { return }
                shown.parcel = ShownCode.LabelMatch(order: order, parcel: ParcelID(parcel))
            default:
                shown.badge = try staff(StaffID(owner))
            }
        }
        return shown
    }
}
