internal import CGPIO
internal import Glibc

/// Why GPIO lines cannot be used, and what to do about it.
public enum GPIOError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No chip has the label. `known`: the labels that there are.
    case noChip(label: String, known: [String])
    /// Several chips have the label.
    case ambiguousChip(label: String)
    /// The chip has no such line.
    case noLine(chip: String, line: GPIOLine)
    /// Several lines of the chip have the name.
    case ambiguousLine(chip: String, line: GPIOLine)
    /// Another program, or another part of this one, holds a line. `holder`: as it calls itself; may be empty.
    case busy(chip: String, line: GPIOLine?, holder: String)
    /// The user that runs the program may not open GPIO chips.
    case permission(chip: String)
    /// The chip was unplugged.
    case gone(chip: String)
    /// Any other refusal of the operating system, with its errno.
    case system(chip: String, operation: String, code: Int32)

    /// Cause and remedy in one line.
    public var description: String {
        switch self {
        case .noChip(let label, let known):
            "no GPIO chip is labelled `\(label)`; this machine has "
                + (known.isEmpty ? "none" : known.map { "`\($0)`" }.joined(separator: ", "))
        case .ambiguousChip(let label):
            "several GPIO chips are labelled `\(label)`; unplug one: a wall needs one that cannot be mistaken"
        case .noLine(let chip, let line):
            "GPIO chip `\(chip)` has no line \(line); gpioinfo shows its lines"
        case .ambiguousLine(let chip, let line):
            "several lines of GPIO chip `\(chip)` are called \(line); name the offset instead"
        case .busy(let chip, let line, let holder):
            "line \(line.map(String.init(describing:)) ?? "") of GPIO chip `\(chip)` is held by "
                + (holder.isEmpty ? "another program" : "`\(holder)`") + "; stop it, or use another line"
        case .permission(let chip):
            "no permission for GPIO chip `\(chip)`: add the user that runs this program to the group gpio "
                + "(usermod -aG gpio USER) and start it again"
        case .gone(let chip):
            "GPIO chip `\(chip)` is gone; plug it in again: it is opened as soon as it is back"
        case .system(let chip, let operation, let code):
            "GPIO chip `\(chip)`: \(operation) failed: \(String(cString: strerror(code))) (errno \(code)); "
                + "look for it in the kernel's log (dmesg)"
        }
    }

    /// The error for a code of the C layer (`station_gpio.h`).
    public init(code: Int32, chip: String, line: GPIOLine? = nil, operation: String = "use a line") {
        let line = line ?? .offset(0)
        self =
            switch code {
            case Int32(STATION_GPIO_NO_CHIP): .noChip(label: chip, known: GPIOChip.labels())
            case Int32(STATION_GPIO_AMBIGUOUS_CHIP): .ambiguousChip(label: chip)
            case Int32(STATION_GPIO_NO_LINE): .noLine(chip: chip, line: line)
            case Int32(STATION_GPIO_AMBIGUOUS_LINE): .ambiguousLine(chip: chip, line: line)
            case -EBUSY: .busy(chip: chip, line: line, holder: "")
            case -EACCES, -EPERM: .permission(chip: chip)
            case -ENODEV, -ENXIO, -EBADF: .gone(chip: chip)
            default: .system(chip: chip, operation: operation, code: -code)
            }
    }
}
