internal import StationCore

/// The parcels of an order as text, one a line: id, size, place, each behind a tab, and `w` if withdrawn.
///
/// An order of a fleet's feed has one parcel and never changes here: JSON for it would be most of the work of
/// a resync.
enum ParcelList {
    static func text(_ parcels: [ParcelRecord]) -> String {
        var text = ""
        for parcel in parcels {
            if !text.isEmpty { text += "\n" }
            text += parcel.id.rawValue
            text += "\t"
            text += parcel.size.rawValue
            text += "\t"
            switch parcel.place {
            case .awaited: text += "-"
            case .inside(let compartment): text += "i" + compartment.rawValue
            case .collected(let at): text += "c" + String(at.milliseconds)
            case .recalled(let at): text += "r" + String(at.milliseconds)
            case .missing(let at): text += "m" + String(at.milliseconds)
            }
            if parcel.isWithdrawn { text += "\tw" }
        }
        return text
    }

    /// - Throws: ``StoreError`` if the text is not what ``text(_:)`` writes.
    static func parcels(_ text: String) throws(StoreError) -> [ParcelRecord] {
        var parcels: [ParcelRecord] = []
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count == 3 || fields.count == 4, let size = Size(rawValue: String(fields[1])),
                let place = place(fields[2])
            else {
                throw .sqlite(code: 11, message: "parcel list cannot be read: \(line)", isDamage: true)
            }
            parcels.append(
                ParcelRecord(
                    id: ParcelID(String(fields[0])),
                    size: size,
                    place: place,
                    isWithdrawn: fields.count == 4
                )
            )
        }
        return parcels
    }

    private static func place(_ field: Substring) -> ParcelPlace? {
        let value = field.dropFirst()
        func at() -> StationTime? { Int64(value).map { StationTime(milliseconds: $0) } }
        switch field.first {
        case "-": return .awaited
        case "i": return .inside(CompartmentID(String(value)))
        case "c": return at().map { .collected(at: $0) }
        case "r": return at().map { .recalled(at: $0) }
        case "m": return at().map { .missing(at: $0) }
        default: return nil
        }
    }
}
