internal import DeviceIO
internal import Glibc
internal import Synchronization

/// The world behind its lock, and the news of its changes: what all threads of a cabinet share.
final class CabinetState: Sendable {
    private let world: Mutex<CabinetWorld>
    /// Raised when something changed.
    let news: WakeSignal

    init(world: CabinetWorld) throws(SandboxError) {
        self.world = Mutex(world)
        news = try WakeSignal.forSandbox()
    }

    /// Lets time pass and then changes the world.
    ///
    /// `moment` is when what `body` does happened: a request's arrival, read before the lock was had.
    func update<Result>(
        at moment: BootTime? = nil,
        _ body: (inout CabinetWorld) -> sending Result
    ) -> sending Result {
        let (result, isNews) = world.withLock { world in
            let before = world.revision
            world.pass(until: moment ?? .now())
            let result = body(&world)
            return (result, world.revision != before)
        }
        if isNews { news.raise() }
        return result
    }

    /// Changes the world on behalf of people: always news.
    func change<Result>(_ body: (inout CabinetWorld) -> sending Result) -> sending Result {
        update { world in
            world.revision += 1
            return body(&world)
        }
    }
}

extension WakeSignal {
    /// A signal, or the sandbox's error.
    static func forSandbox() throws(SandboxError) -> WakeSignal {
        do throws(SerialPortError) {
            return try WakeSignal()
        } catch {
            throw .system(operation: "open an eventfd", code: EMFILE)
        }
    }
}
