internal import Glibc

/// Why a sandbox cabinet cannot be set up.
public enum SandboxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The description of the cabinet is impossible.
    case configuration(String)
    /// The pty of a bank cannot be made.
    case pty(PtyError)
    /// The operating system refused, with its errno.
    case system(operation: String, code: Int32)

    /// Cause and remedy in one line.
    public var description: String {
        switch self {
        case .configuration(let reason): "the sandbox cabinet: \(reason)"
        case .pty(let error): "\(error)"
        case .system(let operation, let code):
            "the sandbox cabinet could not \(operation): \(String(cString: strerror(code))) (errno \(code)). "
                + "Choose another port, or end what uses it (ss -ltnp)."
        }
    }
}
