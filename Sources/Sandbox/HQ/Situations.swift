internal import Foundation
internal import StationAPI

extension SandboxHQ {
    /// What can be the matter with an order, so that its code opens nothing.
    public enum Situation: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its hold has ended.
        case expire
        /// It may be collected only from tomorrow on.
        case tooEarly
        /// HQ holds it back.
        case hold
        /// Something is to be paid.
        case paymentDue
        /// It is handed over at the counter.
        case counter
    }

    /// Brings an order into a situation.
    ///
    /// - Throws: ``Refusal`` if there is no such order, or it is completed.
    public func bring(_ id: String, into situation: Situation) throws {
        try change(id, to: nil, note: situation.rawValue) { document in
            switch situation {
            case .expire: document.pickup.expiresAt = .now(plusSeconds: -60)
            case .tooEarly: document.pickup.notBefore = .now(plusSeconds: 86_400)
            case .hold: document.status = .hold
            case .paymentDue: document.amountDue = AmountDue(amount: "12.50", currency: "EUR")
            case .counter: document.deliveryMode = .counter
            }
        }
    }
}
