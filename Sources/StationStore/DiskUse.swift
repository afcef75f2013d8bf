internal import Foundation
internal import Glibc

/// How much of the disk the station's memory takes.
public struct DiskUse: Hashable, Sendable {
    /// The database with its log, in bytes.
    public var databaseBytes: Int64
    /// What is left to the station on that disk, in bytes; nil: not known.
    public var freeBytes: Int64?
}

extension StationStore {
    /// How much of the disk is taken now, and how much is left: asks the file system, not the database.
    public func diskUse() -> DiskUse {
        let path = Self.databasePath(in: folder)
        let sizes = ["", "-wal", "-shm"].map { suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: path + suffix)
            return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
        }
        var disk = statvfs()
        let isKnown = statvfs(folder, &disk) == 0
        let free = Int64(clamping: UInt64(disk.f_bavail) &* UInt64(disk.f_frsize))
        return DiskUse(databaseBytes: sizes.reduce(0, +), freeBytes: isKnown ? free : nil)
    }
}
