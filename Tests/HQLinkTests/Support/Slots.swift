/// Lets a few in at a time; who comes later waits in line.
///
/// All tests of the process run at once, and a link has up to a dozen sockets: without a limit they pass
/// descriptor 1023, behind which libmodbus, which waits with `select`, cannot work any more.
actor Slots {
    /// The links of this process.
    static let links = Slots(16)

    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(_ count: Int) {
        free = count
    }

    func take() async {
        if free > 0 {
            free -= 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    func giveBack() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}
