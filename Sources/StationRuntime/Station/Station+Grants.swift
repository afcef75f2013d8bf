internal import Foundation
internal import Logging
internal import StationAPI
internal import StationCore
internal import StationStore

/// Grants: who signed them is checked here, what they open is the core's.
extension Station {
    /// A text that claims to be a grant was scanned; it ends here.
    func showGrant(_ text: String) {
        let grant: Grant
        do throws(GrantFault) {
            grant = try Grant(text: text, keys: hqKeys, at: wireTime)
        } catch {
            logger.info("a grant was not taken", metadata: ["reason": "\(error.rawValue)"])
            handle(.grantShown(.refused(error.refusal)))
            return
        }
        do {
            try show(grant)
        } catch {
            logger.error("a grant's order could not be looked up", metadata: ["error": "\(error)"])
        }
    }

    private func show(_ grant: Grant) throws {
        let shown = try looked(up: grant)
        handle(.grantShown(.signed(shown))) { transaction in
            // If the core has made it a row, its labels are found from now on.
            guard shown.known == nil else { return }
            let labels = shown.order.parcels.map { parcel in
                Token(digest: self.codeKeys.current.digest(of: parcel.id.rawValue), kind: .label(parcel.id))
            }
            try transaction.attach(StoredOrder(record: shown.order, tokens: labels, document: nil))
        }
        if case .staff = state.session { return }
        guard shown.known == nil else { return }
        let again = try looked(up: grant)
        if again.known != nil { handle(.grantShown(.signed(again))) }
    }

    private func looked(up grant: Grant) throws -> ShownGrant {
        let parcels = grant.parcelIDs.map { ParcelID($0) }
        let id = OrderID(grant.orderID)
        let notBefore = StationTime(milliseconds: grant.notBefore.milliseconds)
        let notAfter = StationTime(milliseconds: grant.notAfter.milliseconds)
        let order = OrderRecord(
            id: id,
            version: 0,
            displayNumber: grant.displayNumber ?? grant.orderID,
            notBefore: notBefore,
            expiresAt: notAfter,
            parcels: parcels.map { ParcelRecord(id: $0, size: .medium) }
        )
        return try store.readMany { transaction in
            ShownGrant(
                id: GrantID(grant.grantID),
                stations: grant.stations.map { StationID($0) },
                notBefore: notBefore,
                notAfter: notAfter,
                order: order,
                known: try transaction.order(id),
                unmatched: try parcels.compactMap { try transaction.order(OrderID(unmatched: $0)) }
            )
        }
    }

    /// Station time for the windows of keys; nil while it is not trusted.
    var wireTime: WireTime? {
        guard state.clock.isTrusted else { return nil }
        return WireTime(milliseconds: state.clock.time(at: .now()).milliseconds)
    }
}

extension GrantFault {
    fileprivate var refusal: GrantRefusal {
        switch self {
        case .revoked, .revokedKey: .revoked
        case .clockUntrusted: .clockUntrusted
        case .unknownForm, .tooLong, .malformed, .notCanonical, .unknownKey, .keyOutOfTime, .badSignature,
            .wrongStation, .tooEarly, .expired:
            .notValid
        }
    }
}
