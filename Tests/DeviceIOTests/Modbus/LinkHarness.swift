import ScriptedBoards
import Testing

@testable import DeviceIO

/// A link to a scripted slave with unit 1 and 2, on either wire.
final class LinkHarness {
    enum WireKind: String, CaseIterable, CustomTestStringConvertible {
        case serial, network

        var testDescription: String { rawValue }
    }

    let slave: ScriptedSlave
    var link: ModbusLink

    init(
        _ kind: WireKind,
        responseMs: Int = 80,
        byteMs: Int = 30,
        baud: Int = 115_200,
        descriptorLimit: Int32 = 1024
    ) throws {
        var board = SimulatedBoard(coils: 16, inputs: 16)
        board.registers = [0: 7, 1: 8]
        let timing = ModbusTiming(responseMs: responseMs, byteMs: byteMs, connectMs: 500)
        let transport: ModbusTransport
        switch kind {
        case .serial:
            slave = try ScriptedSlave.serial([1: board, 2: board])
            transport = .rtu(path: slave.path, baud: baud, parity: .none, stopBits: 1)
        case .network:
            slave = try ScriptedSlave.network([1: board, 2: board])
            transport = .tcp(host: "127.0.0.1", port: slave.port)
        }
        link = try ModbusLink(transport: transport, timing: timing, descriptorLimit: descriptorLimit)
    }

    deinit { slave.stop() }

    var isOpen: Bool { link.isOpen }
    var opens: Int { link.opens }
    var lateReplies: Int { link.lateReplies }

    static func unit(_ number: UInt8) throws -> ModbusUnit {
        guard let unit = ModbusUnit(number) else { throw BadUnit() }
        return unit
    }

    /// Writes; returns the failure, `nil` when it succeeded.
    func write(
        _ request: ModbusRequest,
        to number: UInt8 = 1,
        patience: ModbusLink.Patience = .full,
        notAfter: BootTime? = nil
    ) throws -> ModbusFailure? {
        let unit = try Self.unit(number)
        do throws(ModbusFailure) {
            try link.write(request, to: unit, patience: patience, notAfter: notAfter)
            return nil
        } catch {
            return error
        }
    }

    func readInputs(_ number: UInt8 = 1) throws -> Result<[Bool], ModbusFailure> {
        let unit = try Self.unit(number)
        do throws(ModbusFailure) {
            return .success(try link.readBits(.readInputs(address: 0, count: 16), from: unit))
        } catch {
            return .failure(error)
        }
    }

    struct BadUnit: Error {}
}

let coil3On = ModbusRequest.switchCoil(address: 3, on: true)
let coil5On = ModbusRequest.switchCoil(address: 5, on: true)

func sent(_ cause: ModbusError) -> ModbusFailure {
    ModbusFailure(cause, wasSent: true)
}
