public import DeviceIO

/// One code, read and accepted.
public struct Scan: Hashable, Sendable {
    /// Printable ASCII; the AIM identifier and the configured prefix are stripped. It may be a pickup code:
    /// digest it, never log it.
    public var text: String
    /// The AIM identifier, such as `]Q1`, if the scanner sent one.
    public var symbology: String?
    /// When the read that completed it returned.
    public var at: BootTime

    /// Puts a scan together.
    public init(text: String, symbology: String?, at: BootTime) {
        self.text = text
        self.symbology = symbology
        self.at = at
    }
}

/// Why something that was read is not handed on as a code.
public enum ScanRejection: Hashable, Sendable, CaseIterable {
    /// Longer than `maxLength`: line noise, or not one of our codes.
    case tooLong
    /// Holds a byte that is not printable ASCII: noise, a wrong speed, or a binary code.
    case notPrintable
    /// A terminator with nothing before it but, perhaps, an identifier or a prefix.
    case empty
    /// Not one of the accepted symbologies, or without an identifier while some are required.
    case symbologyNotAccepted
    /// The same code as a moment ago.
    case duplicate
    /// More codes in one second than anyone can show.
    case flood
}

/// What the scanner reports.
public enum ScannerEvent: Hashable, Sendable {
    /// A code to look up.
    case scanned(Scan)
    /// The port is open.
    case connected
    /// The port is not open; it is tried again when its directory changes, and once a second, for ever.
    case disconnected(reason: String)
    /// Something was read and dropped; for the screen ("please show it once more"). At most so many a second
    /// as
    /// codes; the counters count them all.
    case rejected(ScanRejection)
}

/// What a scanner has done since it was made. Counters never go back.
public struct ScannerCounters: Hashable, Sendable {
    /// Bytes read.
    public var bytes: UInt64 = 0
    /// Codes handed on.
    public var scans: UInt64 = 0
    /// Times the port was opened.
    public var connects: UInt64 = 0
    /// Times an open port was lost.
    public var disconnects: UInt64 = 0
    /// Codes too long.
    public var tooLong: UInt64 = 0
    /// Codes with bytes that are not printable ASCII.
    public var notPrintable: UInt64 = 0
    /// Empty codes.
    public var empty: UInt64 = 0
    /// Codes of a symbology that is not accepted.
    public var symbologyNotAccepted: UInt64 = 0
    /// Codes seen a moment ago.
    public var duplicate: UInt64 = 0
    /// Codes beyond the limit of a second.
    public var flood: UInt64 = 0

    /// Everything at zero.
    public init() {}

    /// All rejections together.
    public var rejections: UInt64 {
        tooLong + notPrintable + empty + symbologyNotAccepted + duplicate + flood
    }

    mutating func count(_ rejection: ScanRejection) {
        switch rejection {
        case .tooLong: tooLong += 1
        case .notPrintable: notPrintable += 1
        case .empty: empty += 1
        case .symbologyNotAccepted: symbologyNotAccepted += 1
        case .duplicate: duplicate += 1
        case .flood: flood += 1
        }
    }
}
