internal import CStationShims
internal import DeviceIO
internal import Glibc
internal import Synchronization

/// A serial cable: two ptys and a thread that carries bytes between them, well or badly.
///
/// The station opens ``stationPath``; a device that wants a tty of its own (another program, such as a
/// pymodbus
/// slave) opens ``devicePath``.
public final class PtyBridge: Sendable {
    private struct Conditions: Sendable {
        var toStation = SandboxLine.perfect
        var toDevice = SandboxLine.perfect
    }

    /// What the pump thread and its owner share.
    private final class Shared: Sendable {
        let conditions = Mutex(Conditions())
        let stopping = Atomic<Bool>(false)
    }

    private let station: PtyPort
    private let device: PtyPort
    private let shared = Shared()
    private let thread: NamedThread

    /// Lays the cable and starts the pump.
    /// - Parameters:
    ///   - stationLink: the path the station opens.
    ///   - deviceLink: the path the device opens.
    ///   - seed: decides which bytes are lost or corrupted.
    /// - Throws: ``PtyError``.
    public init(stationLink: String, deviceLink: String, seed: UInt64 = 1) throws(PtyError) {
        let station = try PtyPort(link: stationLink)
        let device = try PtyPort(link: deviceLink)
        let shared = shared
        do throws(SerialPortError) {
            thread = try NamedThread(name: "pty-bridge") {
                Self.pump(station: station, device: device, shared: shared, seed: seed)
            }
        } catch {
            throw .system(path: stationLink, operation: "start a thread", code: EAGAIN)
        }
        self.station = station
        self.device = device
    }

    deinit {
        stop()
    }

    /// The station's end.
    public var stationPath: String { station.path }

    /// The device's end.
    public var devicePath: String { device.path }

    /// Sets how well each direction carries bytes from now on.
    public func set(toStation: SandboxLine, toDevice: SandboxLine) {
        shared.conditions.withLock { $0 = Conditions(toStation: toStation, toDevice: toDevice) }
    }

    /// Pulls the station's end out.
    public func unplug() {
        station.unplug()
    }

    /// Puts the station's end in again.
    /// - Throws: ``PtyError``.
    public func replug() throws(PtyError) {
        try station.replug()
    }

    /// Ends the pump and removes both ends.
    public func stop() {
        shared.stopping.store(true, ordering: .releasing)
        station.changed.raise()
        thread.waitUntilEnded()
        station.unplug()
        device.unplug()
    }

    private static func pump(station: PtyPort, device: PtyPort, shared: Shared, seed: UInt64) {
        var toDevice = LineQueue(seed: seed)
        var toStation = LineQueue(seed: seed ^ 0xFFFF)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            var entries = station.pollEntries() + device.pollEntries()
            let due = [toDevice.nextDue, toStation.nextDue].compactMap { $0 }.min()
            _ = station_poll(&entries, entries.count, nanosecondsUntil(due))
            station.takeChange()
            device.takeChange()
            if shared.stopping.load(ordering: .acquiring) { return }
            station.service()
            device.service()
            let conditions = shared.conditions.withLock { $0 }
            let now = BootTime.now()
            toDevice.push(buffer.prefix(station.read(into: buffer)), at: now, over: conditions.toDevice)
            toStation.push(buffer.prefix(device.read(into: buffer)), at: now, over: conditions.toStation)
            // What its reader does not take in time is lost, as in a real port's buffer.
            let arrivedAtDevice = toDevice.arrived(at: now)
            if !arrivedAtDevice.isEmpty { device.write(arrivedAtDevice, withinMilliseconds: 100) }
            let arrivedAtStation = toStation.arrived(at: now)
            if !arrivedAtStation.isEmpty { station.write(arrivedAtStation, withinMilliseconds: 100) }
        }
    }
}

/// What poll(2) is to wait until `moment`: -1, for ever, without one.
func nanosecondsUntil(_ moment: BootTime?) -> Int64 {
    guard let moment else { return -1 }
    let now = BootTime.now()
    return moment > now ? Int64(clamping: moment.nanoseconds - now.nanoseconds) : 0
}
