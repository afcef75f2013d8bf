internal import FoundationEssentials
internal import StationAPI

/// Which lines and quantities an event of the station hands over.
enum HandoverLines: Hashable, Sendable {
    /// Everything that is still open.
    case everything
    /// These.
    case lines([PickupTarget])
    /// Some, but the event does not say which.
    case unknown

    /// Reads a pickup event.
    ///
    /// A completed pickup leaves nothing, whatever it lists. A partial one names its lines; if it does not, one parcel
    /// of several cannot be told apart, because a packing slip's lines are not published by Retail Server.
    init(_ event: CloudEvent) {
        if event.type == EventType.pickupCompleted.rawValue, event.data?["remaining"]?.wholeNumber ?? 0 == 0 {
            self = .everything
            return
        }
        let lines = event.data?["lines"]?.elements ?? []
        let targets = lines.compactMap { line -> PickupTarget? in
            guard let number = line["lineId"]?.text.flatMap({ OrderProjection.lineNumber($0) }),
                let quantity = line["quantity"]?.wholeNumber, quantity > 0
            else { return nil }
            return PickupTarget(number: number, quantity: Decimal(quantity))
        }
        self = targets.isEmpty || targets.count != lines.count ? .unknown : .lines(targets)
    }
}
