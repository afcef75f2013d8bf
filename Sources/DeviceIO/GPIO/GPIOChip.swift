internal import CGPIO
internal import Glibc

/// An open GPIO chip, found by its label: numbers change with kernels and with every plug (`gpiochip4` of a
/// Raspberry Pi 5 became `gpiochip0`, raspberrypi/linux#6144).
public struct GPIOChip: ~Copyable {
    /// The major version of libgpiod that the program was built with: 1 or 2.
    public static var gpiodMajor: Int { Int(station_gpio_major()) }

    /// The labels of all chips that may be opened.
    public static func labels() -> [String] {
        var text = [UInt8](repeating: 0, count: 8192)
        let length = text.withUnsafeMutableBytes { buffer in
            station_gpio_labels(buffer.assumingMemoryBound(to: CChar.self).baseAddress, buffer.count)
        }
        return String(decoding: text[..<max(0, Int(length))], as: UTF8.self).split(separator: "\n").map(
            String.init
        )
    }

    /// Its label.
    public let label: String
    private let chip: OpaquePointer

    /// Opens the one chip with this label.
    /// - Throws: ``GPIOError`` when there is none, or more than one, or it may not be opened.
    public init(label: String) throws(GPIOError) {
        var opened: OpaquePointer?
        let code = station_gpio_open(label, &opened)
        guard code == 0, let opened else {
            throw GPIOError(code: code, chip: label, operation: "open")
        }
        self.label = label
        chip = opened
    }

    deinit {
        station_gpio_close(chip)
    }

    /// The offset of a line on this chip.
    public borrowing func offset(of line: GPIOLine) throws(GPIOError) -> UInt32 {
        let found: Int32
        switch line {
        case .name(let name): found = station_gpio_find(chip, name)
        case .offset(let offset):
            let count = station_gpio_count(chip)
            let isThere = count < 0 || offset < UInt32(count)
            found = count < 0 ? count : isThere ? Int32(offset) : Int32(STATION_GPIO_NO_LINE)
        }
        guard found >= 0 else { throw GPIOError(code: found, chip: label, line: line) }
        return UInt32(found)
    }

    /// Who holds a line; nil when nobody does.
    public borrowing func holder(of line: GPIOLine) throws(GPIOError) -> String? {
        var name = [UInt8](repeating: 0, count: 64)
        let offset = try offset(of: line)
        let isUsed = name.withUnsafeMutableBytes { buffer in
            station_gpio_user(
                chip,
                offset,
                buffer.assumingMemoryBound(to: CChar.self).baseAddress,
                buffer.count
            )
        }
        guard isUsed >= 0 else { throw GPIOError(code: isUsed, chip: label, line: line) }
        return isUsed == 0 ? nil : String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// Takes inputs; the caller releases them.
    borrowing func take(_ inputs: [GPIOInput], consumer: String) throws(GPIOError) -> OpaquePointer {
        var wanted: [station_gpio_input] = []
        for input in inputs {
            // libgpiod 2 has the kernel debounce; with 1.6 it is done by LineFilter.
            let microseconds = Self.gpiodMajor >= 2 ? UInt32(input.debounceMs * 1000) : 0
            wanted.append(
                station_gpio_input(
                    offset: try offset(of: input.line),
                    active_low: input.isActiveLow ? 1 : 0,
                    bias: input.bias.code,
                    debounce_us: microseconds
                )
            )
        }
        var taken: OpaquePointer?
        let code = station_gpio_take_inputs(chip, consumer, wanted, wanted.count, &taken)
        guard code == 0, let taken else { throw failure(code, "take the inputs", inputs.map(\.line)) }
        return taken
    }

    /// Takes outputs, which are off then; the caller releases them.
    borrowing func take(_ outputs: [GPIOOutput], consumer: String) throws(GPIOError) -> OpaquePointer {
        var wanted: [station_gpio_output] = []
        for output in outputs {
            wanted.append(
                station_gpio_output(
                    offset: try offset(of: output.line),
                    active_low: output.isActiveLow ? 1 : 0,
                    open_drain: output.isOpenDrain ? 1 : 0
                )
            )
        }
        var taken: OpaquePointer?
        let code = station_gpio_take_outputs(chip, consumer, wanted, wanted.count, &taken)
        guard code == 0, let taken else { throw failure(code, "take the outputs", outputs.map(\.line)) }
        return taken
    }

    /// The kernel does not say which line is held.
    private borrowing func failure(_ code: Int32, _ operation: String, _ lines: [GPIOLine]) -> GPIOError {
        guard code == -EBUSY else { return GPIOError(code: code, chip: label, operation: operation) }
        for line in lines {
            if let found = try? holder(of: line) { return .busy(chip: label, line: line, holder: found) }
        }
        return .busy(chip: label, line: nil, holder: "")
    }
}

extension GPIOBias {
    var code: station_gpio_bias {
        switch self {
        case .asIs: STATION_GPIO_BIAS_AS_IS
        case .off: STATION_GPIO_BIAS_OFF
        case .pullUp: STATION_GPIO_BIAS_PULL_UP
        case .pullDown: STATION_GPIO_BIAS_PULL_DOWN
        }
    }
}
