/// The size class of a parcel or a compartment. A parcel fits every compartment of its own class or a larger
/// one.
public enum Size: String, Hashable, Comparable, Sendable, Codable, CaseIterable {
    /// Small, for example 8 cm high.
    case small = "S"
    /// Medium, for example 19 cm high.
    case medium = "M"
    /// Large, for example 41 cm high.
    case large = "L"
    /// Extra large.
    case extraLarge = "XL"

    private var rank: Int {
        switch self {
        case .small: 0
        case .medium: 1
        case .large: 2
        case .extraLarge: 3
        }
    }

    /// Orders from small to large.
    public static func < (left: Size, right: Size) -> Bool {
        left.rank < right.rank
    }
}
