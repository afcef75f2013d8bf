import Foundation
import Glibc

/// The terminal: colours where they help, single keys without ENTER.
enum Terminal {
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Colours only on a terminal that wants them (no-color.org).
    static var hasColour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isOutput && environment["NO_COLOR", default: ""].isEmpty && environment["TERM"] != "dumb"
    }

    /// How wide it is; 80 where nobody says.
    static var width: Int {
        var size = winsize()
        guard isOutput, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col >= 20 else {
            return 80
        }
        return Int(size.ws_col)
    }

    static func write(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }
}

/// Single keys, read as they are pressed. The terminal is as before once this is gone.
final class Keyboard {
    enum Key: Equatable {
        case enter
        case letter(Character)
        /// Ctrl-C, or the terminal is gone.
        case quit
    }

    private var before = termios()
    private let isTerminal: Bool

    /// Takes the keyboard; without a terminal keys are the bytes of standard input.
    init() {
        isTerminal = isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0
        guard isTerminal else { return }
        var raw = before
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    }

    deinit { release() }

    /// Gives the terminal back.
    func release() {
        if isTerminal { tcsetattr(STDIN_FILENO, TCSANOW, &before) }
    }

    /// Forgets keys that were pressed before the question.
    func forget() {
        if isTerminal { tcflush(STDIN_FILENO, TCIFLUSH) }
    }

    /// Waits for a key, or for `wakeUp` to have something to read (then nil), or until the time is over (nil).
    func next(or wakeUp: Int32 = -1, withinMs limit: Int32 = -1) -> Key? {
        var entries = [pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)]
        if wakeUp >= 0 { entries.append(pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)) }
        guard poll(&entries, nfds_t(entries.count), limit) > 0 else { return nil }
        guard entries[0].revents != 0 else { return nil }
        var byte: UInt8 = 0
        guard read(STDIN_FILENO, &byte, 1) == 1 else { return .quit }
        switch byte {
        case 3, 4: return .quit
        case 10, 13, 32: return .enter
        default: return .letter(Character(UnicodeScalar(byte)).lowercased().first ?? " ")
        }
    }
}
