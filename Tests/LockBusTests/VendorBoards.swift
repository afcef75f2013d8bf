import ScriptedBoards

/// The boards of `hardware/boards`, as their documentation describes them: written by hand, not from the
/// profiles, so that a wrong address in a profile meets a board that does not have it.
enum VendorBoards {
    static func board(for profile: String) -> SimulatedBoard? {
        switch profile {
        case "waveshare-modbus-rtu-relay-8ch", "waveshare-modbus-poe-eth-relay-8ch": waveshare(8)
        case "waveshare-modbus-rtu-relay-16ch", "waveshare-modbus-poe-eth-relay-16ch": waveshare(16)
        case "waveshare-modbus-poe-eth-relay-30ch": waveshare(30)
        case "waveshare-modbus-rtu-relay-32ch": waveshare(32)
        case "waveshare-modbus-rtu-relay-d-8ch": waveshareWithInputs
        case "eletechsup-ryn408f": ryn408f
        case "eletechsup-r421a08": r421a08
        case "lctech-lc-modbus-8r-d7": lcTech
        case "wellpro-wp8025adam", "generic-coil-8ch": plain(coils: 8, inputs: 0)
        case "advantech-adam-6060": adam6060
        case "moxa-iologik-e1211": plain(coils: 16, inputs: 0)
        case "moxa-iologik-e1214": plain(coils: 6, inputs: 6)
        case "wago-750-352": wago
        case "beckhoff-bk9000": beckhoff
        case "icpdas-m-7002": icpDAS(coils: 4, inputs: 5)
        case "icpdas-tm-r5": icpDAS(coils: 5, inputs: 0)
        case "generic-coil-16ch-watchdog": genericWatchdog
        default: nil
        }
    }

    /// Coils from 0, "flash on" at 0x0200 in 100 ms, FC01, 05 and 0F; address 0x4000, speed 0x2000.
    private static func waveshare(_ relays: Int) -> SimulatedBoard {
        var board = SimulatedBoard(coils: relays, inputs: 0)
        board.registers = [0x2000: 1, 0x4000: 1, 0x8000: 200]
        board.map.functions = [1, 3, 5, 6, 0x0F]
        return board
    }

    private static var waveshareWithInputs: SimulatedBoard {
        var board = SimulatedBoard(coils: 8, inputs: 8)
        board.registers = [0x2000: 1, 0x4000: 1, 0x8000: 200]
        for register in UInt16(0x1000)..<0x1008 { board.registers[register] = 0 }
        return board
    }

    /// FC01, 03, 05, 06, 0F, 10, not 02; relays are registers 0 to 7; only 0x0600 ends a running time.
    private static var ryn408f: SimulatedBoard {
        var board = SimulatedBoard(coils: 8, inputs: 0)
        board.map.flash = nil
        board.map.relays = 0
        board.map.timesAreStubborn = true
        board.map.functions = [1, 3, 5, 6, 0x0F, 0x10]
        board.registers = [0x00FC: 0, 0x00FD: 1, 0x00FE: 0, 0x00FF: 0]
        return board
    }

    /// FC03 and FC06 only; relays are registers 1 to 8, and 0 is for all of them.
    private static var r421a08: SimulatedBoard {
        var board = SimulatedBoard(coils: 8, inputs: 0)
        board.map.flash = nil
        board.map.relays = 1
        board.map.relaysAll = 0
        board.map.timesAreStubborn = true
        board.map.functions = [3, 6]
        return board
    }

    private static var lcTech: SimulatedBoard {
        var board = SimulatedBoard(coils: 8, inputs: 8)
        board.map.flash = nil
        board.map.blocks = 3
        board.map.functions = [1, 2, 3, 5, 0x0F, 0x10]
        return board
    }

    private static func plain(coils: Int, inputs: Int) -> SimulatedBoard {
        var board = SimulatedBoard(coils: coils, inputs: inputs)
        board.map.flash = nil
        return board
    }

    /// Coils 00017 to 00022, inputs as coils 00001 to 00006.
    private static var adam6060: SimulatedBoard {
        var board = plain(coils: 6, inputs: 6)
        board.map.coils = 16
        board.map.coilsRead = 16
        board.map.inputFunction = 1
        return board
    }

    /// FC01 reads outputs from 0x0200 on; the watchdog is stored.
    private static var wago: SimulatedBoard {
        var board = plain(coils: 16, inputs: 16)
        board.map.coilsRead = 0x0200
        board.registers = [0x1000: 15, 0x100A: 1]
        board.watchdogRegister = 0x1000
        return board
    }

    /// Watchdog of 1000 ms as delivered; after it has tripped only its restart is taken.
    private static var beckhoff: SimulatedBoard {
        var board = plain(coils: 16, inputs: 16)
        board.registers = [0x1120: 1000, 0x1121: 0, 0x1122: 1]
        board.watchdogRegister = 0x1120
        board.watchdogUnitMs = 1
        board.restart = [VendorMap.Write(0x1121, 0xBECF), VendorMap.Write(0x1121, 0xAFFE)]
        return board
    }

    private static func icpDAS(coils: Int, inputs: Int) -> SimulatedBoard {
        var board = plain(coils: coils, inputs: inputs)
        board.map.inputs = 32
        board.registers = [484: 1, 485: 6]
        return board
    }

    private static var genericWatchdog: SimulatedBoard {
        var board = plain(coils: 16, inputs: 16)
        board.registers = [0: 0]
        board.watchdogRegister = 0
        return board
    }
}
