/// What the scanner sends and what of it is accepted.
public struct ScannerConfiguration: Hashable, Sendable {
    /// The tty, best one that keeps its name when it is plugged in again (`/dev/serial/by-id/…`).
    public var path: String
    /// Bits per second, as set in the scanner; a USB scanner in CDC mode ignores it.
    public var baud: Int
    /// A code without CR or LF at its end is complete after so many milliseconds of silence.
    public var silenceMs: Int
    /// Longest code in bytes, with its AIM identifier and prefix. What is longer is dropped up to its end.
    public var maxLength: Int
    /// Texts that the scanner is set to put before a code; the longest that fits is stripped, once.
    public var prefixes: [String]
    /// AIM identifiers of the symbologies that are issued, such as `]Q1`; others, and codes without one, are
    /// refused. Empty: every symbology, with or without an identifier.
    public var acceptedSymbologies: [String]
    /// The same code within so many milliseconds of its last reading is the same showing of it. A phone that
    /// is
    /// held still is read again and again; each reading extends the window.
    public var duplicateWindowMs: Int
    /// At most so many codes in any one second are handed on.
    public var maxPerSecond: Int

    /// A configuration with defaults that fit the scanners of hardware/README.md.
    public init(
        path: String,
        baud: Int,
        silenceMs: Int = 80,
        maxLength: Int = 512,
        prefixes: [String] = [],
        acceptedSymbologies: [String] = [],
        duplicateWindowMs: Int = 2500,
        maxPerSecond: Int = 20
    ) {
        self.path = path
        self.baud = baud
        self.silenceMs = silenceMs
        self.maxLength = maxLength
        self.prefixes = prefixes
        self.acceptedSymbologies = acceptedSymbologies
        self.duplicateWindowMs = duplicateWindowMs
        self.maxPerSecond = maxPerSecond
    }
}
