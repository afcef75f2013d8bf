/// A name of one kind of thing. Each kind is a type of its own, so that an order's id cannot be passed for a
/// compartment's. On the wire and in the store it is its bare text.
public protocol Identifier: Hashable, Comparable, Sendable, Codable, CustomStringConvertible,
    ExpressibleByStringLiteral
{
    /// The id's text.
    var rawValue: String { get }
    /// Wraps the text of an id; its form was checked where it entered (configuration, feed).
    init(_ rawValue: String)
}

extension Identifier {
    /// Reads the bare text.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the bare text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// A literal, for tests and fixed names.
    public init(stringLiteral value: String) {
        self.init(value)
    }

    /// The id's text.
    public var description: String { rawValue }

    /// Orders by text.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The whole installation run by one controller.
public struct StationID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The compartments on one bus.
public struct BankID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A device that drives locks.
public struct BoardID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// One space of the station; its text is the label on the door, such as `B-07`.
public struct CompartmentID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// What HQ calls an order.
public struct OrderID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// One physical item of an order.
public struct ParcelID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A member of staff: an id, never a name.
public struct StaffID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// One authorised attempt to open one door.
public struct OpeningID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The openings that give one order to one customer.
public struct HandoverID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// One person at the kiosk.
public struct SessionID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// An event for HQ, made once in the transaction of its cause and never changed.
public struct EventID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}
