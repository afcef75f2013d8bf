/// An order of a shop, with nothing of the person who placed it.
struct ShopOrder: Hashable, Sendable {
    struct Line: Hashable, Sendable {
        var id: String
        var sku: String
        var quantity: Int64
    }

    /// The shop's id of the order.
    var id: String
    /// What the customer calls it.
    var number: String
    /// Where it is to be picked up.
    var location: String
    var lines: [Line]
    /// What is still to be paid, as decimal text.
    var due: String?
    var currency: String?
}

/// How a shop sees one of its orders.
enum ShopOrderState: Hashable, Sendable {
    /// To be picked up.
    case pickup(ShopOrder)
    /// Cancelled, or all of it handed over elsewhere.
    case over(isCancelled: Bool)
    /// Shipped, digital, or not (any more) there.
    case notForPickup
}

/// Why a shop did not do what it should.
enum ShopTrouble: Error, Hashable, Sendable {
    /// No connection: nothing was sent.
    case unreachable
    /// No usable reply: it may have happened.
    case noReply
    /// Too many requests, or maintenance.
    case busy(after: Duration?)
    /// The access token is not accepted.
    case unauthorized
    /// The shop refuses it: its code or field, never a text about a customer.
    case refused(String)
}

/// What a shop's software can be asked.
protocol ShopPlatform: Sendable {
    /// How the shop sees an order now.
    func state(of orderID: String) async throws(ShopTrouble) -> ShopOrderState
    /// Marks the order ready; the shop then mails the customer.
    ///
    /// - Parameter isRepeat: an earlier try may have had its effect.
    func markReady(_ orderID: String, isRepeat: Bool) async throws(ShopTrouble)
    /// Marks the order picked up, without a word to the customer.
    func markPickedUp(_ orderID: String, isRepeat: Bool) async throws(ShopTrouble)
    /// Mails the customer once more; false: the shop cannot.
    func remind(_ orderID: String) async throws(ShopTrouble) -> Bool
}
