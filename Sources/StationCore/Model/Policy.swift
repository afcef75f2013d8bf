/// The values that a retailer may set; durations in milliseconds. Defaults are what a store wants on its
/// first day.
public struct Policy: Hashable, Sendable, Codable {
    /// How long a pulse order may wait before it is too old to be sent (S10).
    public var pulseMaxAgeMs = 5_000
    /// How long the lock bus may take to answer a pulse before its outcome is unknown.
    public var pulseAnswerMs = 15_000
    /// How long a door may take to open after its pulse.
    public var openTimeoutMs = 6_000
    /// The same for the last attempt, when the customer has been told to push and pull.
    public var lastOpenTimeoutMs = 20_000
    /// How many openings are tried for one door before staff are called.
    public var openAttemptsMax = 3
    /// After how long an open door is asked to be closed.
    public var closeReminderMs = 30_000
    /// After how long an open door counts as left open.
    public var doorLeftOpenMs = 120_000
    /// A door that was open for less than this when collecting may be a flicker of its sensor: the customer
    /// is asked (S14).
    public var collectDwellMinMs = 800
    /// How long one wait for a coil to cool may be; a longer one calls staff.
    public var coilWaitMaxMs = 30_000
    /// How long the answer to "did you take it?" is waited for.
    public var confirmTimeoutMs = 60_000
    /// Within this time after a handover the last door may be opened again.
    public var reopenGraceMs = 120_000
    /// A door that was open for less than this while loading is asked about: is the parcel inside?
    public var loadDwellMinMs = 1_500
    /// Nobody can open a door, take a parcel and close it in less than this.
    public var visitMinMs = 2_000
    /// How long a refusal stays on the screen.
    public var refusalMs = 12_000
    /// How long "thank you" stays on the screen.
    public var doneMs = 12_000
    /// How long a notice stays on the screen.
    public var noticeMs = 6_000
    /// After how long without a touch a staff session ends, no door being open.
    public var staffIdleMs = 60_000
    /// After how long without a door a technician's session ends.
    public var serviceIdleMs = 600_000
    /// How many wrong PINs lock a badge.
    public var pinTriesMax = 5
    /// For how long a badge is locked.
    public var pinLockoutMs = 900_000
    /// How many digits a typed code has: at least 8.
    public var typedDigits = 8
    /// The most wrong codes a day, even where S9 would allow more.
    public var wrongCodesPerDayMax = 40
    /// The limits on openings (S8), below their ceilings.
    public var governor = GovernorLimits()
    /// After how many pulses without a movement a person's word counts for more than a door's sensor.
    public var suspectPulses = 2
    /// After how many proper openings and closings a suspect sensor is believed again.
    public var sensorProofs = 3
    /// Whether an order of which only some parcels are loaded may be collected.
    public var collectPartial = true
    /// How far a trusted clock may move station time forward at once before a second source must agree.
    public var clockStepMaxMs: Int64 = 12 * 3_600_000

    /// A parcel whose label no order has may be loaded, and waits for the order or grant that names it.
    public var loadUnmatched = false
    /// How long such a parcel waits before staff are to take it out again.
    public var unmatchedHoldMs = 7 * 86_400_000
    /// How long a session stays at the kiosk once the customer has asked for support.
    public var supportMs = 300_000
    /// From how long on a time in which an order could not be served moves the end of its hold.
    public var outageMinMs = 60_000
    /// A hold ends when the store closes, not before.
    public var holdEndsAtClosing = false

    /// The defaults.
    public init() {}
}
