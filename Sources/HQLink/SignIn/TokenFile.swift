internal import FoundationEssentials

/// A bearer token in a file. The token is never logged and never kept: the file is small and read for every
/// request, so that a renewed token counts at once.
struct TokenFile: Sendable {
    let path: String
    /// Where a token may be that followed this one.
    var renewed: RenewedFiles?

    /// The token that the file holds now.
    ///
    /// - Throws: `HQTrouble.token` with the reason.
    func token() throws(HQTrouble) -> String {
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw .token("\(path) cannot be read; check that it exists and belongs to the service.")
        }
        var content = (renewed?.token(after: bytes).map { Data($0.token.utf8) } ?? bytes)[...]
        while let last = content.last, last == 0x0A || last == 0x0D || last == 0x20 { content.removeLast() }
        guard !content.isEmpty, content.count <= 16_384, content.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .token("\(path) must hold one line of printable ASCII without spaces.")
        }
        return String(decoding: content, as: UTF8.self)
    }
}
