// The guard on lines that keep their level when their owner dies, as the lines of a Raspberry Pi's own kernel do
// (raspberrypi/linux#6117). gpio-sim, like most hardware, returns them to their pull and so hides that hazard.
//
// The whole guard is the real one; the lines are bytes of a file, one for each output: 0 off, 1 on, 2 unplugged,
// 3 held by another program, 4 welded on. Every change goes to a log beside it: index, level, nanoseconds since boot.
internal import CoilGuard
internal import Glibc

final class StickyBank: OutputBank {
    private let levels: Int32
    private let log: Int32
    private var taken: Set<Int> = []

    init(path: String) {
        levels = Glibc.open(path, O_RDWR | O_CLOEXEC)
        log = Glibc.open(path + ".log", O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    }

    private func level(_ index: Int) -> UInt8 {
        var byte: UInt8 = 0
        return pread(levels, &byte, 1, off_t(index)) == 1 ? byte : 2
    }

    private func write(_ index: Int, _ level: UInt8) {
        var level = level
        _ = pwrite(levels, &level, 1, off_t(index))
        let line = Array("\(index) \(level) \(GuardTime.now().nanoseconds)\n".utf8)
        _ = Glibc.write(log, line, line.count)
    }

    private func refusal(_ index: Int) -> Int32 {
        switch level(index) {
        case 2: -ENODEV
        case 3: -EBUSY
        default: 0
        }
    }

    func take(_ index: Int) -> Int32 {
        let refusal = refusal(index)
        guard refusal == 0 else { return refusal }
        taken.insert(index)
        if level(index) < 2 { write(index, 0) }
        return 0
    }

    func release(_ index: Int) { taken.remove(index) }

    func set(_ index: Int, isOn: Bool) -> Int32 {
        guard taken.contains(index) else { return -EBADF }
        let refusal = refusal(index)
        if refusal == 0, level(index) < 2 { write(index, isOn ? 1 : 0) }
        return refusal
    }

    func read(_ index: Int) -> Int32 {
        let refusal = refusal(index)
        return refusal == 0 ? (level(index) == 0 ? 0 : 1) : refusal
    }
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard let levels = arguments.first else { exit(64) }
exit(
    GuardProgram.run(
        arguments: Array(arguments.dropFirst()),
        environment: { name in getenv(name).map { String(cString: $0) } },
        makeBank: { _ in StickyBank(path: levels) }
    )
)
