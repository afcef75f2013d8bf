internal import CStationShims
internal import Glibc

/// The program around the guard: arguments, table, socket.
public enum GuardProgram {
    private struct Arguments {
        var table = "/etc/pickupd/coilguard.conf"
        var socket: String?
        var users: [String] = []
        var isAllOff = false
        var isCheck = false
    }

    private static let usage = """
        usage: pickup-coilguard [--config FILE] [--socket PATH] [--allow-user NAME]… [--all-off | --check]

        Holds the lock outputs of GPIO lines, times their pulses, and switches off when its client goes away.
          --config FILE      the outputs (default /etc/pickupd/coilguard.conf); write it with pickupd --print-coilguard
          --socket PATH      where clients connect; without it the socket that systemd passes is used
          --allow-user NAME  whose programs may connect, besides root and the guard's own user
          --all-off          takes every output, off, gives it back, and ends: for after a crash of the guard
          --check            reads the table, touches nothing
        Exit status: 0 fine; 1 a line could not be taken (--all-off), or the socket failed; 78 the table is wrong.
        """

    /// Runs the program.
    /// - Parameters:
    ///   - arguments: without the program's name.
    ///   - environment: systemd's variables are looked up in it.
    ///   - makeBank: the lines of a table's outputs.
    /// - Returns: the exit status.
    public static func run(
        arguments: [String],
        environment: (String) -> String?,
        makeBank: ([GuardedOutput]) -> any OutputBank
    ) -> Int32 {
        if arguments.contains("--help") {
            print(usage)
            return 0
        }
        guard let parsed = parse(arguments) else {
            GuardServer.say("wrong usage\n\(usage)")
            return 64
        }
        let table: GuardTable
        do throws(GuardTableError) {
            table = try GuardTable(text: try read(parsed.table))
        } catch {
            GuardServer.say("\(parsed.table):\(error)")
            return 78
        }
        if parsed.isCheck {
            print("\(parsed.table): \(table.outputs.count) outputs")
            return 0
        }
        let bank = makeBank(table.outputs)
        if parsed.isAllOff { return allOff(table, bank) }
        guard let users = ids(of: parsed.users) else { return 78 }
        let listener = listen(parsed, environment)
        guard listener >= 0 else {
            GuardServer.say("cannot listen: \(String(cString: strerror(-listener)))")
            return 1
        }
        // Best effort: without the right to lock memory the guard is as good, only perhaps late once.
        _ = station_memory_lock()
        let options = GuardServer.Options(
            outputs: table.outputs,
            listener: listener,
            users: users,
            notifySocket: environment("NOTIFY_SOCKET")
        )
        GuardServer(options, bank: bank).run()
        return 0
    }

    private static func parse(_ arguments: [String]) -> Arguments? {
        var parsed = Arguments()
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--all-off": parsed.isAllOff = true
            case "--check": parsed.isCheck = true
            case "--config", "--socket", "--allow-user":
                guard let value = rest.popFirst() else { return nil }
                if word == "--config" { parsed.table = value }
                if word == "--socket" { parsed.socket = value }
                if word == "--allow-user" { parsed.users.append(value) }
            default: return nil
            }
        }
        return parsed.isAllOff && parsed.isCheck ? nil : parsed
    }

    /// At most 64 KiB: a table of 64 outputs has a tenth of it.
    private static func read(_ path: String) throws(GuardTableError) -> String {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw GuardTableError(line: 0, problem: "cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { _ = Glibc.close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress?.advanced(by: length), buffer.count - length)
            }
            guard count > 0 else { break }
            length += count
        }
        guard length < bytes.count, let text = String(validating: bytes[..<length], as: UTF8.self) else {
            throw GuardTableError(line: 0, problem: "is too long, or no text")
        }
        return text
    }

    /// Taking a line as an output that is off is what switches it off.
    private static func allOff(_ table: GuardTable, _ bank: any OutputBank) -> Int32 {
        var status: Int32 = 0
        for (index, output) in table.outputs.enumerated() {
            let code = bank.take(index)
            if code != 0 {
                GuardServer.report("\(output.name) could not be switched off", code)
                status = 1
            }
        }
        for index in table.outputs.indices { bank.release(index) }
        return status
    }

    private static func ids(of names: [String]) -> Set<UInt32>? {
        var found: Set<UInt32> = [0, geteuid()]
        for name in names {
            guard let entry = getpwnam(name) else {
                GuardServer.say("there is no user \(name): run systemd-sysusers, or correct --allow-user")
                return nil
            }
            found.insert(entry.pointee.pw_uid)
        }
        return found
    }

    /// The socket that systemd passes is descriptor 3 (sd_listen_fds(3)).
    private static func listen(_ arguments: Arguments, _ environment: (String) -> String?) -> Int32 {
        if let path = arguments.socket { return station_packet_listen(path, 0o660) }
        guard environment("LISTEN_PID") == String(getpid()), environment("LISTEN_FDS") == "1" else {
            return -ENOTCONN
        }
        _ = fcntl(3, F_SETFD, FD_CLOEXEC)
        _ = fcntl(3, F_SETFL, O_NONBLOCK)
        return 3
    }
}
