internal import LockBus

extension StationConfiguration {
    /// The table of the coil guard for this wall, `/etc/pickupd/coilguard.conf`; nil when no lock is on a GPIO line.
    public var coilGuardTable: String? {
        let lines = buses.flatMap(\.coilGuardLines)
        guard !lines.isEmpty else { return nil }
        let head = [
            "# The lock outputs that pickup-coilguard holds. Written by pickupd --print-coilguard from \(file);",
            "# write it anew when that changes, then restart pickup-coilguard.",
        ]
        return (head + lines).joined(separator: "\n") + "\n"
    }
}
