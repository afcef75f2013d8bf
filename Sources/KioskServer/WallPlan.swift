public import StationCore

/// How the wall looks from where the customer stands: what the page draws and what its words for a place
/// mean.
public struct WallPlan: Hashable, Sendable, Codable {
    /// The banks, from left to right.
    public var banks: [Bank]

    /// A plan of the wall.
    public init(banks: [Bank]) {
        self.banks = banks
    }

    /// The compartments on one bus, standing side by side.
    public struct Bank: Hashable, Sendable, Codable {
        /// The bank's id.
        public var id: BankID
        /// What people call it, as written on it; empty if nothing is.
        public var title: String
        /// Columns from left to right, each with its cells from top to bottom.
        public var columns: [[Cell]]

        /// A bank.
        public init(id: BankID, title: String, columns: [[Cell]]) {
            self.id = id
            self.title = title
            self.columns = columns
        }
    }

    /// One door of the wall.
    public struct Cell: Hashable, Sendable, Codable {
        /// The compartment behind it.
        public var compartment: CompartmentID
        /// Its size, which is how high it is drawn.
        public var size: Size

        /// A door.
        public init(compartment: CompartmentID, size: Size) {
            self.compartment = compartment
            self.size = size
        }
    }
}
