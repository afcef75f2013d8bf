internal import CStationShims
internal import Foundation
internal import StationCore

/// The machine's time of day, and whether anything says that it is right.
enum SystemClock {
    /// Milliseconds since 1970 as the machine sees it.
    static func now() -> StationTime {
        StationTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }

    /// Whether a time service has set the clock: systemd-timesyncd leaves a file, and where the service may
    /// ask it, the
    /// kernel knows (adjtimex(2), which a hardened unit is not allowed to call).
    static var source: StationClock.Source {
        if FileManager.default.fileExists(atPath: "/run/systemd/timesync/synchronized") {
            return .systemSynchronised
        }
        return station_clock_is_synchronised() == 1 ? .systemSynchronised : .systemUnsynchronised
    }
}

/// Tells one boot of the machine from the next.
enum BootID {
    /// The kernel's boot id, or, where a hardened unit may not read it, a random one kept on a file system
    /// that a reboot
    /// empties.
    static func current(runtimeFolder: String?) -> String {
        if let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8) {
            return text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let runtimeFolder else { return UUID().uuidString }
        let path = runtimeFolder + "/boot-id"
        if let text = try? String(contentsOfFile: path, encoding: .utf8), !text.isEmpty { return text }
        let made = UUID().uuidString
        try? made.write(toFile: path, atomically: true, encoding: .utf8)
        return made
    }
}
