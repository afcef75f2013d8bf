internal import CGPIO
internal import CStationShims
internal import Glibc

/// The guard at work: one thread, one loop, no waiting but in `poll(2)`.
///
/// What ends a pulse: its time, whatever the client does meanwhile; the client's end of file, so that `kill -9`
/// of the client switches off at once; and SIGTERM.
///
/// **When the guard itself dies** in the middle of a pulse the kernel decides. Most drivers make the line an
/// input again, and a pull-down switches the lock off. A Raspberry Pi's own kernel keeps driving it, unless
/// config.txt has `dtparam=strict_gpiod` (raspberrypi/linux#6117, #6150): then the coil is on until
/// `ExecStopPost=` of the unit has run `pickup-coilguard --all-off`, some ten milliseconds later, and where
/// systemd or the kernel is gone as well, for ever. Only hardware closes that hole: a retriggerable one-shot
/// (half a 74AHCT123A for each door) between line and driver whose pulse is no longer than the coil bears:
/// hardware/guides/gpio.md has its drawing. A guard that hangs is killed by systemd within 2 s (`WatchdogSec=`).
final class GuardServer {
    struct Options {
        let outputs: [GuardedOutput]
        let listener: Int32
        /// User ids that may connect.
        let users: Set<UInt32>
        /// systemd's socket, or nil.
        let notifySocket: String?
    }

    private enum Pace {
        /// Lines that are gone, or busy, are tried again.
        static let retakeMs = 500
        /// A line that would not go off is tried again.
        static let retryOffMs = 10
        /// Levels are compared with what they should be, and systemd hears from us.
        static let checkMs = 500
        static let clients = 8
    }

    private let options: Options
    private let bank: any OutputBank
    private var rules: GuardRules
    /// Why an output cannot be used now; nil when it is held.
    private var faults: [Int32?]
    /// Outputs that would not go off, and when to try again.
    private var owed: [Int: GuardTime] = [:]
    private var clients: [GuardRules.Client] = []
    private var names: [OutputName: Int] = [:]
    private var nextCheck = GuardTime(nanoseconds: 0)
    private var nextRetake = GuardTime(nanoseconds: 0)

    init(_ options: Options, bank: any OutputBank) {
        self.options = options
        self.bank = bank
        rules = GuardRules(options.outputs)
        faults = Array(repeating: -EAGAIN, count: options.outputs.count)
        for (index, output) in options.outputs.enumerated() { names[output.name] = index }
    }

    /// Takes every output, off, and serves until a signal.
    func run() {
        let signals = station_signals_open()
        retake()
        notify("READY=1\nSTATUS=\(status)")
        while true {
            let entries = [signals, options.listener] + clients
            var waiting = entries.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = station_poll(&waiting, waiting.count, nanosecondsToWait())
            switchOffDue()
            if waiting[0].revents != 0 { break }
            for (index, entry) in waiting.enumerated().dropFirst(2) where entry.revents != 0 {
                serve(entries[index])
                switchOffDue()
            }
            if waiting[1].revents != 0 { accept() }
            keepHouse()
        }
        notify("STOPPING=1")
        for index in options.outputs.indices where faults[index] == nil { _ = bank.set(index, isOn: false) }
        for index in options.outputs.indices { bank.release(index) }
        for client in clients { _ = Glibc.close(client) }
    }

    // MARK: Time

    private func nanosecondsToWait() -> Int64 {
        var next = min(nextCheck, rules.nextEnd ?? nextCheck)
        if faults.contains(where: { $0 != nil }) { next = min(next, nextRetake) }
        if let retry = owed.values.min() { next = min(next, retry) }
        let now = GuardTime.now()
        return now < next ? Int64(next.nanoseconds - now.nanoseconds) : 0
    }

    private func switchOffDue() {
        let now = GuardTime.now()
        for index in rules.due(at: now) { switchOff(index) }
        for (index, retryAt) in owed where retryAt <= now { switchOff(index) }
    }

    private func switchOff(_ index: Int) {
        guard faults[index] == nil else {
            // The line is not ours, so it is not we who drive it; it is taken off again when it is back.
            owed[index] = nil
            rules.end(index, at: GuardTime.now())
            return
        }
        let code = bank.set(index, isOn: false)
        let now = GuardTime.now()
        guard code < 0 else {
            owed[index] = nil
            rules.end(index, at: now)
            return
        }
        if owed[index] == nil { Self.report("\(options.outputs[index].name) does not go off", code) }
        // Stays booked as on, so that its supply is not used meanwhile.
        owed[index] = now.advanced(byMilliseconds: Pace.retryOffMs)
        if Self.isGone(code) { lose(index, code) }
    }

    /// Twice a second: lines compared with what they should be, lost ones taken again, systemd told.
    private func keepHouse() {
        let now = GuardTime.now()
        if now >= nextRetake, faults.contains(where: { $0 != nil }) { retake() }
        guard now >= nextCheck else { return }
        nextCheck = now.advanced(byMilliseconds: Pace.checkMs)
        for index in options.outputs.indices where faults[index] == nil {
            let level = bank.read(index)
            if level < 0, Self.isGone(level) {
                lose(index, level)
            } else if level > 0, !rules.isOn(index) {
                Self.report("\(options.outputs[index].name) reads on although it was switched off", 0)
                switchOff(index)
            }
        }
        notify("WATCHDOG=1\nSTATUS=\(status)")
    }

    // MARK: Lines

    private func retake() {
        nextRetake = GuardTime.now().advanced(byMilliseconds: Pace.retakeMs)
        for index in options.outputs.indices where faults[index] != nil {
            let code = bank.take(index)
            if code == 0 {
                faults[index] = nil
                owed[index] = nil
                rules.end(index, at: GuardTime.now())
            } else {
                if faults[index] != code { Self.report("\(options.outputs[index]) cannot be taken", code) }
                faults[index] = code
            }
        }
    }

    private func lose(_ index: Int, _ code: Int32) {
        Self.report("\(options.outputs[index].name) is gone", code)
        faults[index] = code
        owed[index] = nil
        rules.end(index, at: GuardTime.now())
        bank.release(index)
    }

    /// The chip was unplugged: the handle stays dead even when the chip comes back.
    private static func isGone(_ code: Int32) -> Bool { [-ENODEV, -ENXIO, -EBADF].contains(code) }

    private var status: String {
        let lost = options.outputs.indices.filter { faults[$0] != nil }.map { options.outputs[$0].name.rawValue }
        return lost.isEmpty ? "holds \(options.outputs.count) outputs" : "without " + lost.joined(separator: ", ")
    }

    // MARK: Clients

    private func accept() {
        let descriptor = station_packet_accept(options.listener)
        guard descriptor >= 0 else { return }
        var (process, user, group): (Int32, UInt32, UInt32) = (0, 0, 0)
        let isKnown = station_peer(descriptor, &process, &user, &group) == 0
        guard isKnown, options.users.contains(user), clients.count < Pace.clients else {
            Self.say("refused process \(process) of user \(user)")
            answer(.refused(.notAllowed), number: 0, to: descriptor)
            _ = Glibc.close(descriptor)
            return
        }
        clients.append(descriptor)
    }

    private func serve(_ client: GuardRules.Client) {
        var text = [UInt8](repeating: 0, count: GuardConnection.capacity)
        let count = station_packet_receive(client, &text, text.count)
        if count == -Int(EAGAIN) { return }
        guard count > 0 else { return hangUp(client) }
        guard let packet = String(validating: text[..<count], as: UTF8.self),
            let (number, request) = GuardRequest.parse(packet)
        else {
            Self.say("a client sent what is no request")
            answer(.refused(.malformed), number: 0, to: client)
            return hangUp(client)
        }
        answer(carryOut(request, for: client), number: number, to: client)
    }

    private func hangUp(_ client: GuardRules.Client) {
        for index in rules.pulses(of: client) {
            Self.say("\(options.outputs[index].name) switched off: its client is gone")
            switchOff(index)
        }
        clients.removeAll { $0 == client }
        _ = Glibc.close(client)
    }

    private func answer(_ answer: GuardAnswer, number: UInt64, to client: GuardRules.Client) {
        let bytes = Array(answer.text(number: number).utf8)
        // A client that does not read its answers is hung up on as soon as it is served again.
        if station_packet_send(client, bytes, bytes.count) < 0 { _ = shutdown(client, Int32(SHUT_RDWR)) }
    }

    private func carryOut(_ request: GuardRequest, for client: GuardRules.Client) -> GuardAnswer {
        switch request {
        case .check(let outputs):
            for output in outputs {
                let mine = names[output.name].map { options.outputs[$0] }
                if mine != output { return .differs(output.name, mine: mine?.description ?? "nothing") }
            }
            return .ok
        case .pulse(let name, let milliseconds, let notAfter):
            return pulse(name, milliseconds, notAfter, for: client)
        case .off(let wanted):
            for name in wanted {
                guard let index = names[name] else { return .refused(.unknownOutput) }
                if let code = faults[index] { return .refused(.line(code: code)) }
                switchOff(index)
                if let code = faults[index] { return .refused(.line(code: code)) }
            }
            return .ok
        case .read(let wanted):
            var levels: [Bool] = []
            for name in wanted {
                guard let index = names[name] else { return .refused(.unknownOutput) }
                let level = faults[index] ?? bank.read(index)
                if level < 0 {
                    if faults[index] == nil, Self.isGone(level) { lose(index, level) }
                    return .refused(.line(code: level))
                }
                levels.append(level > 0)
            }
            return .levels(levels)
        }
    }

    private func pulse(
        _ name: OutputName,
        _ milliseconds: Int,
        _ notAfter: GuardTime,
        for client: GuardRules.Client
    ) -> GuardAnswer {
        guard let index = names[name] else { return .refused(.unknownOutput) }
        if let code = faults[index] { return .refused(.line(code: code)) }
        let now = GuardTime.now()
        if let refusal = rules.refusal(index, milliseconds: milliseconds, notAfter: notAfter, at: now) {
            return .refused(refusal)
        }
        rules.begin(index, milliseconds: milliseconds, by: client, at: now)
        let code = bank.set(index, isOn: true)
        guard code < 0 else { return .on(since: now) }
        Self.report("\(name) does not go on", code)
        if Self.isGone(code) { lose(index, code) } else { switchOff(index) }
        return .refused(.line(code: code))
    }

    // MARK: Words

    private func notify(_ state: String) {
        if let socket = options.notifySocket { station_notify(socket, state) }
    }

    static func report(_ what: String, _ code: Int32) {
        say(code == 0 ? what : "\(what): \(String(cString: station_gpio_explain(code)))")
    }

    static func say(_ text: String) {
        let bytes = Array("pickup-coilguard: \(text)\n".utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
