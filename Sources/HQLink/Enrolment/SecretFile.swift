internal import FoundationEssentials
internal import Glibc

/// Writes files that hold secrets: of mode 0600 from the first byte, whole or not at all, on disk when it returns.
enum SecretFile {
    /// Why a file could not be written.
    struct Failure: Error, Hashable {
        var path: String
        var reason: String
    }

    static func write(_ text: String, to path: String) throws(Failure) {
        let draft = path + ".new"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        let reason = failure(path)
        close(descriptor)
        guard isWritten else {
            unlink(draft)
            throw reason
        }
        guard rename(draft, path) == 0 else { throw failure(path) }
        try sync(folderOf: path)
    }

    /// Makes the folder, for its owner alone, if it is not there.
    static func makeFolder(_ path: String) throws(Failure) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path) }
    }

    /// Gives a file another name; nothing happens if it is not there.
    static func move(_ path: String, to other: String) throws(Failure) {
        guard rename(path, other) == 0 || errno == ENOENT else { throw failure(path) }
    }

    /// The text of a small file; nil if it cannot be read.
    static func read(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func sync(folderOf path: String) throws(Failure) {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        let isSynced = fsync(descriptor) == 0
        let reason = failure(path)
        close(descriptor)
        guard isSynced else { throw reason }
    }

    private static func failure(_ path: String) -> Failure {
        Failure(path: path, reason: String(cString: strerror(errno)))
    }
}
