internal import Glibc

/// Why a serial port cannot be used, and what to do about it.
public enum SerialPortError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nothing is at the path.
    case missing(path: String)
    /// The user that runs the program may not open it.
    case permission(path: String)
    /// Another program, or another part of this one, holds it.
    case busy(path: String)
    /// The path leads to something that is no terminal.
    case notATerminal(path: String)
    /// No serial port runs at this speed.
    case unknownBaud(path: String, baud: Int)
    /// The driver accepted the settings and kept others.
    case settingsRefused(path: String, baud: Int)
    /// The device was unplugged, or its other end hung up.
    case gone(path: String)
    /// Any other refusal of the operating system, with its errno.
    case system(path: String, operation: String, code: Int32)

    /// Cause and remedy in one line.
    public var description: String {
        switch self {
        case .missing(let path):
            "\(path): no such device. Plug it in, or name its path under /dev/serial/by-id in the configuration."
        case .permission(let path):
            "\(path): permission denied. Add the user that runs this program to the group dialout "
                + "(usermod -aG dialout USER) and start it again."
        case .busy(let path):
            "\(path): another program has this file open for itself. See which one with: fuser -v \(path)"
        case .notATerminal(let path):
            "\(path): this is not a serial port. Name a tty, such as a path under /dev/serial/by-id."
        case .unknownBaud(let path, let baud):
            "\(path): \(baud) baud is no speed of a serial port. Use the speed set in the device, "
                + "such as 9600 or 115200."
        case .settingsRefused(let path, let baud):
            "\(path): the driver did not accept \(baud) baud, raw. Use a speed that this adapter supports."
        case .gone(let path):
            "\(path): the device was unplugged. Plug it in again; it is opened as soon as it is back."
        case .system(let path, let operation, let code):
            "\(path): \(operation) failed: \(String(cString: strerror(code))) (errno \(code)). "
                + "Look for the device in the kernel's log (dmesg)."
        }
    }

    /// The error for an errno that `open(2)` or the set-up gave.
    static func from(code: Int32, path: String, operation: String) -> SerialPortError {
        switch code {
        case ENOENT, ENODEV, ENXIO: .missing(path: path)
        case EACCES, EPERM: .permission(path: path)
        case EBUSY, EWOULDBLOCK: .busy(path: path)
        case ENOTTY: .notATerminal(path: path)
        case EIO: .gone(path: path)
        default: .system(path: path, operation: operation, code: code)
        }
    }
}
