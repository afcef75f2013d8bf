import Foundation
import Glibc

/// How the machine treats this program.
enum Priority {
    /// Puts every thread of this program, and those it starts, before ordinary work; false where that is
    /// not allowed.
    static func raise() -> Bool {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        let results = threads.compactMap { id_t($0) }.map { setpriority(Int32(PRIO_PROCESS.rawValue), $0, -20) }
        return !results.isEmpty && results.allSatisfy { $0 == 0 }
    }
}
