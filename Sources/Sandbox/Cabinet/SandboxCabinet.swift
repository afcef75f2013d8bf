internal import DeviceIO
internal import Synchronization

/// A whole locker wall on the other end of real wires: banks of Modbus slaves, and the doors behind them.
///
/// Each bank has a thread of its own and answers through libmodbus's slave side. Doors, latches, coils and
/// sensors
/// follow the commands; people and faults come through the functions here. Any thread may call anything. The
/// cabinet does not notice when a station dies, but for the silence: it answers the next one.
public final class SandboxCabinet: Sendable {
    private enum Bank: Sendable {
        case tcp(TCPBank)
        case rtu(RTUBank)
    }

    /// Where a station connects to a bank.
    public enum Endpoint: Hashable, Sendable, Codable {
        /// Modbus TCP.
        case tcp(host: String, port: UInt16)
        /// Modbus RTU, 8N1 at any speed.
        case rtu(path: String)
    }

    let state: CabinetState
    private let order: [SandboxBankName]
    private let banks: [SandboxBankName: Bank]
    private let notifier: ChangeNotifier
    private let isStopped = Atomic<Bool>(false)

    /// Builds the cabinet and connects its banks.
    /// - Parameters:
    ///   - banks: what it consists of.
    ///   - onChange: called after changes on a thread of the cabinet's, at most fifty times a second; then
    ///     look
    ///     at ``snapshot()``. It must not call ``stop()``.
    /// - Throws: ``SandboxError`` for an impossible description, a port in use, no pty left.
    public init(banks: [SandboxBank], onChange: (@Sendable () -> Void)? = nil) throws(SandboxError) {
        let state = try CabinetState(world: try CabinetWorld(banks: banks))
        var built: [SandboxBankName: Bank] = [:]
        do throws(SandboxError) {
            for bank in banks {
                switch bank.transport {
                case .tcp(let port):
                    built[bank.name] = .tcp(try TCPBank(name: bank.name, port: port, cabinet: state))
                case .rtu(let link):
                    built[bank.name] = .rtu(try RTUBank(name: bank.name, link: link, cabinet: state))
                }
            }
            let order = banks.map(\.name)
            let finished = built
            notifier = try ChangeNotifier(news: state.news, onChange: onChange) {
                Self.snapshot(state: state, order: order, banks: finished)
            }
            self.order = order
            self.banks = finished
            self.state = state
        } catch {
            for bank in built.values { Self.stop(bank) }
            throw error
        }
    }

    deinit {
        stop()
    }

    /// Ends all threads, closes all connections, removes the ptys. Stopped twice is stopped.
    public func stop() {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for bank in banks.values { Self.stop(bank) }
        notifier.stop()
    }

    /// Where a station connects to; nil for an unknown bank.
    public func endpoint(of bank: SandboxBankName) -> Endpoint? {
        switch banks[bank] {
        case .tcp(let bank): .tcp(host: "127.0.0.1", port: bank.port)
        case .rtu(let bank): .rtu(path: bank.port.path)
        case nil: nil
        }
    }

    /// Everything as it is now.
    public func snapshot() -> SandboxCabinetSnapshot {
        Self.snapshot(state: state, order: order, banks: banks)
    }

    /// The pulses with a number above `number`, oldest first; at least the last 10 000 are kept.
    public func pulses(after number: Int = 0) -> [SandboxPulse] {
        state.update { world in
            let skipped = world.pulseCount - world.pulses.count
            return Array(world.pulses.dropFirst(max(0, number - skipped)))
        }
    }

    /// The state now, and again after each change (together when they come fast), until the cabinet stops.
    public func changes() -> AsyncStream<SandboxCabinetSnapshot> {
        notifier.changes()
    }

    /// Waits until the cabinet is in a state that `condition` accepts.
    /// - Returns: that state; nil when it was not reached within `milliseconds`, or the cabinet stopped.
    public func waitUntil(
        withinMs milliseconds: Int = 10_000,
        _ condition: @escaping @Sendable (SandboxCabinetSnapshot) -> Bool
    ) async -> SandboxCabinetSnapshot? {
        await withTaskGroup(of: SandboxCabinetSnapshot?.self) { group in
            group.addTask { [changes = changes()] in await changes.first(where: condition) }
            group.addTask {
                try? await Task.sleep(for: .milliseconds(milliseconds))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    // MARK: The wires

    /// Resets every TCP connection of a bank, as a switch that restarts does. Nothing for RTU.
    public func resetConnections(of bank: SandboxBankName) {
        if case .tcp(let bank) = banks[bank] { bank.perform(.resetConnections) }
    }

    /// Refuses TCP connections (and resets those there are), or accepts them again at the same port.
    public func setRefusing(_ isRefusing: Bool, bank: SandboxBankName) {
        if case .tcp(let bank) = banks[bank] { bank.perform(.setRefusing(isRefusing)) }
        state.change { _ in }
    }

    /// Pulls the bank's serial adapter out. Nothing for TCP.
    public func unplug(_ bank: SandboxBankName) {
        if case .rtu(let bank) = banks[bank] { bank.port.unplug() }
        state.change { _ in }
    }

    /// Puts the bank's serial adapter in again, at the same path.
    /// - Throws: ``PtyError``.
    public func replug(_ bank: SandboxBankName) throws(PtyError) {
        if case .rtu(let bank) = banks[bank] { try bank.port.replug() }
        state.change { _ in }
    }

    /// Sets how well the bank's serial line carries bytes, in each direction. Nothing for TCP.
    public func setLine(toStation: SandboxLine, toDevice: SandboxLine, bank: SandboxBankName) {
        guard case .rtu(let bank) = banks[bank] else { return }
        bank.setLine(RTUBank.Line(toStation: toStation, toDevice: toDevice))
    }

    private static func stop(_ bank: Bank) {
        switch bank {
        case .tcp(let bank): bank.stop()
        case .rtu(let bank): bank.stop()
        }
    }

    private static func snapshot(
        state: CabinetState,
        order: [SandboxBankName],
        banks: [SandboxBankName: Bank]
    ) -> SandboxCabinetSnapshot {
        let wires = order.compactMap { name in
            switch banks[name] {
            case .tcp(let bank): bank.snapshot()
            case .rtu(let bank): bank.snapshot()
            case nil: nil
            }
        }
        let now = BootTime.now()
        return state.update(at: now) { $0.snapshot(at: now, banks: wires) }
    }
}
