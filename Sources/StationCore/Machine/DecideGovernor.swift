/// Asking the governor before an opening is intended (S8).
extension Draft {
    /// Whether this door may be opened now: never without power for the locks. A budget that is, or would be, overdrawn is an alarm with its
    /// source, once until it has recovered.
    mutating func isAdmitted(
        _ authority: Authority,
        _ purpose: OpeningPurpose,
        _ compartment: CompartmentID
    ) -> Bool {
        guard !state.isWithoutPower else { return false }
        let claims = state.claims(of: authority, purpose, compartment, isFirstHandover: nil)
        let refused = state.governor.refusal(claims, at: now)?.key
        let news = state.governor.news(claims, at: now)
        for key in news { record(.governorTripped(key, at: now)) }
        // One opening is one alarm: of the budget that forbids it, or of the first that it overdraws.
        if let key = refused.map({ news.contains($0) ? $0 : nil }) ?? news.first {
            reportTrip(key, authority, compartment)
        }
        return refused == nil
    }

    private mutating func reportTrip(
        _ key: Governor.Key,
        _ authority: Authority,
        _ compartment: CompartmentID
    ) {
        report(.governorTripped) {
            $0.compartment = compartment
            $0.staff = authority.person
            if case .door(let order, _) = key.scope { $0.order = order }
            $0.reason = key.word
        }
    }
}
