internal import Glibc

/// Why a pty cannot be made.
public enum PtyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The operating system refused, with its errno.
    case system(path: String, operation: String, code: Int32)

    /// Cause and remedy in one line.
    public var description: String {
        switch self {
        case .system(let path, let operation, let code):
            "\(path): could not \(operation): \(String(cString: strerror(code))) (errno \(code)). "
                + "Choose a folder that can be written, and see that ptys are left (/proc/sys/kernel/pty)."
        }
    }
}
