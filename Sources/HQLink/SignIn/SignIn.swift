/// Where the value of `Authorization` comes from.
protocol SignIn: Sendable {
    /// The value for the next request.
    ///
    /// - Throws: why there is none; then nothing is sent.
    func authorization() async throws(HQTrouble) -> String

    /// Another value after HQ refused this one; nil: there is no other.
    func authorization(insteadOf refused: String) async throws(HQTrouble) -> String?
}

extension TokenFile: SignIn {
    func authorization() throws(HQTrouble) -> String { "Bearer \(try token())" }

    /// The file may hold a renewed token by now.
    func authorization(insteadOf refused: String) throws(HQTrouble) -> String? {
        let value = "Bearer \(try token())"
        return value == refused ? nil : value
    }
}
