internal import DeviceIO
internal import Glibc

// What may be meant so, and most often is not: pins that switch a lock while the machine starts, and a kernel that
// leaves a lock on when its program dies.
extension BusConfiguration {
    /// Warnings about a GPIO bus on this machine; empty for every other bus.
    /// - Parameters:
    ///   - system: where `/sys` is, for tests.
    ///   - kernel: the kernel's release; nil: that of this machine.
    public func gpioWarnings(system: String = "/sys", kernel: String? = nil) -> [String] {
        guard let chip = gpioPlace?.chip, let family = RaspberryPi(chip: chip) else { return [] }
        var found = boards.flatMap { board in
            board.lines.outputs.sorted { $0.key < $1.key }.compactMap { channel, line -> String? in
                guard let number = RaspberryPi.number(of: line), let map = board.profile.gpioMap else { return nil }
                let problem = RaspberryPi.problem(output: number, isActiveLow: map.outputIsActiveLow)
                return problem.map { "board \(board.name.rawValue), channel \(channel): \($0)" }
            }
        }
        if let problem = family.problem(system: system, kernel: kernel ?? Self.kernelRelease()) {
            found.append(problem)
        }
        return found
    }

    private static func kernelRelease() -> String {
        var names = utsname()
        guard uname(&names) == 0 else { return "" }
        return withUnsafeBytes(of: &names.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// What is particular to the GPIO header of a Raspberry Pi.
private struct RaspberryPi {
    /// The kernel module that drives the header's chip.
    let module: String

    init?(chip: String) {
        switch chip {
        case "pinctrl-bcm2835", "pinctrl-bcm2711": module = "pinctrl_bcm2835"
        case "pinctrl-rp1": module = "pinctrl_rp1"
        default: return nil
        }
    }

    static func number(of line: String) -> Int? {
        switch GPIOLine(line) {
        case .offset(let offset): Int(offset)
        case .name(let name): name.hasPrefix("GPIO") ? Int(name.dropFirst(4)) : nil
        }
    }

    /// The pulls that pins have from power-up until a program takes them: up on 0 to 8, down on 9 to 27 (BCM2835 ARM
    /// Peripherals, table 6-31; RP1 Peripherals, GPIO functions).
    static func problem(output number: Int, isActiveLow: Bool) -> String? {
        switch number {
        case 0, 1:
            "GPIO\(number) is read by the firmware at each start (ID EEPROM of a HAT): a lock on it may open then;"
                + " use another line"
        case 14, 15:
            "GPIO\(number) is the serial console's: a lock on it may open at each start; use another line, or"
                + " switch the console off (enable_uart=0)"
        case 2...8 where !isActiveLow:
            "GPIO\(number) starts with a pull-up, and this lock is on while its line is high: it may open at each"
                + " start; use GPIO9 to 27 and a pull-down resistor"
        case 9...27 where isActiveLow:
            "GPIO\(number) starts with a pull-down, and this lock is on while its line is low: it may open at each"
                + " start; use GPIO2 to 8 and a pull-up resistor"
        default: nil
        }
    }

    /// A Raspberry Pi's own kernel keeps an output driven after its owner died unless `strict_gpiod` is set, which
    /// sets the module's parameter `persist_gpio_outputs` to N (raspberrypi/linux#6117, #6150). Kernels before
    /// April 2024 have no such parameter and always keep it; Debian's own kernel releases the line.
    func problem(system: String, kernel: String) -> String? {
        let remedy =
            "a lock can stay on when the coil guard dies; add `dtparam=strict_gpiod` to config.txt and restart"
        switch Self.firstByte(of: "\(system)/module/\(module)/parameters/persist_gpio_outputs") {
        case UInt8(ascii: "N"), UInt8(ascii: "0"): return nil
        case .some: return "this kernel keeps outputs driven after their program died: \(remedy)"
        case nil:
            let isTheirs = ["rpi", "rpt", "raspi", "-v7", "-v8"].contains { kernel.contains($0) }
            return isTheirs ? "this kernel does not say that it releases outputs: \(remedy)" : nil
        }
    }

    private static func firstByte(of path: String) -> UInt8? {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = Glibc.close(descriptor) }
        var byte: UInt8 = 0
        return Glibc.read(descriptor, &byte, 1) == 1 ? byte : nil
    }
}
