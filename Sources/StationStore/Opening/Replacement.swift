internal import Foundation
internal import Glibc

/// The files of setting a damaged database aside, in an order that a power cut may stop anywhere.
///
/// The new database is made whole inside the folder of the old one (`damaged-…/next.sqlite`). Once it is
/// there the old one is given up: it is moved away, and the new one takes its place last. A start that finds
/// a `next.sqlite` goes on from there; one that does not begins from the damaged file again.
struct Replacement {
    private static let files = ["station.sqlite", "station.sqlite-wal", "station.sqlite-shm"]
    private static let prefix = "damaged-"

    private let folder: String
    /// Where the damaged files go.
    let away: String

    /// The one that a power cut stopped, if there is one.
    static func unfinished(in folder: String) -> Replacement? {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted()
            .map { Replacement(folder: folder, away: folder + "/" + $0) }
            .first { FileManager.default.fileExists(atPath: $0.next) }
    }

    /// A new one, in a folder that no earlier one has used.
    static func begin(in folder: String, now: Int64) throws(StoreError) -> Replacement {
        let base = folder + "/" + prefix + "\(now)"
        var away = base
        var count = 1
        while FileManager.default.fileExists(atPath: away + "/" + files[0]) {
            count += 1
            away = base + "-\(count)"
        }
        let replacement = Replacement(folder: folder, away: away)
        try replacement.attempt {
            try FileManager.default.createDirectory(atPath: away, withIntermediateDirectories: true)
            for suffix in ["", "-wal", "-shm"] {
                let left = replacement.part + suffix
                guard FileManager.default.fileExists(atPath: left) else { continue }
                try FileManager.default.removeItem(atPath: left)
            }
        }
        return replacement
    }

    private init(folder: String, away: String) {
        self.folder = folder
        self.away = away
    }

    private var next: String { away + "/next.sqlite" }

    /// Where the new database is made.
    var part: String { away + "/next.sqlite.part" }

    /// The new database is whole and closed.
    func partIsWhole() throws(StoreError) {
        try attempt {
            try Self.rename(part, next)
            try Self.synchronise(away)
            try Self.synchronise(folder)
        }
    }

    /// Moves the old files away and the new one into their place.
    func finish() throws(StoreError) {
        try attempt {
            // None may stay: SQLite would take an old log for the new file's.
            for name in Self.files where FileManager.default.fileExists(atPath: folder + "/" + name) {
                var target = away + "/" + name
                while FileManager.default.fileExists(atPath: target) { target += "-again" }
                try Self.rename(folder + "/" + name, target)
            }
            try Self.synchronise(away)
            try Self.synchronise(folder)
            // Named in the new database already.
            DamageNote(folder: folder).remove()
            try Self.rename(next, folder + "/" + Self.files[0])
            try Self.synchronise(folder)
        }
    }

    private func attempt(_ body: () throws -> Void) throws(StoreError) {
        do {
            try body()
        } catch {
            throw .folder(path: folder, reason: (error as NSError).localizedDescription)
        }
    }

    private static func rename(_ old: String, _ new: String) throws {
        guard Glibc.rename(old, new) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    /// A rename is on the disk once its folder is.
    private static func synchronise(_ folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }
}
