internal import Foundation

/// A file beside the database that says: it is damaged, set it aside at the next start.
struct DamageNote {
    private let path: String

    init(folder: String) {
        path = folder + "/station.damaged"
    }

    /// Why the database is to be set aside; nil if it is not.
    var reason: String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }

    /// Where even this cannot be written, the next start finds out anew.
    func leave(_ reason: String) {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        try? Data(reason.utf8).write(to: URL(fileURLWithPath: path))
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}
