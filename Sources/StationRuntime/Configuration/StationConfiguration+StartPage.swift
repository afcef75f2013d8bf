public import Foundation
internal import KioskServer

extension StationConfiguration {
    /// Writes the page that the screen's browser starts on (`StartPage`): the number to call, until the station answers.
    ///
    /// Readable by everyone, whatever the caller's file mode mask is: the browser runs as another user.
    ///
    /// - Throws: when the folder or a file in it cannot be written.
    public func writeStartPage(to folder: URL) throws {
        let files = FileManager.default
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
        for (name, bytes) in try StartPage.files(for: kiosk) {
            let file = folder.appendingPathComponent(name)
            try Data(bytes).write(to: file, options: .atomic)
            try files.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        }
    }
}
