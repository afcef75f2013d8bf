internal import DeviceIO
internal import Synchronization

/// The boards of one bank, from whole requests to replies; the same for every wire.
final class BankSlave {
    private let bank: SandboxBankName
    private let cabinet: CabinetState
    private let engine: SlaveEngine

    private static let illegalFunction: UInt8 = 1

    init(bank: SandboxBankName, framing: ModbusFraming, cabinet: CabinetState) throws(SandboxError) {
        self.bank = bank
        self.cabinet = cabinet
        engine = try SlaveEngine(framing: framing)
    }

    /// Lets the boards' own timers run, and says when to call again.
    func pass() -> BootTime? {
        cabinet.update { world in world.nextDeadline(on: bank) }
    }

    /// Does a request.
    func answer(_ request: ModbusRequest) -> SlaveAction {
        cabinet.update(at: request.arrival.complete) { world in
            let boards = world.boards(for: request, on: bank).filter { !world.boards[$0].isDead }
            guard request.framing == .tcp || request.unit != 0 else {
                for board in boards { _ = answer(request, board: board, world: &world) }
                return .silence
            }
            guard let board = boards.first else { return .silence }
            return answer(request, board: board, world: &world)
        }
    }

    private func answer(_ request: ModbusRequest, board: Int, world: inout CabinetWorld) -> SlaveAction {
        world.boards[board].requests += 1
        world.boards[board].lastRequest = request.arrival.complete
        guard let fault = takeFault(for: request, board: board, world: &world) else {
            let reply = serve(request, board: board, world: &world)
            return reply.isEmpty ? .silence : .send(reply, afterMs: 0)
        }
        if case .exception(let code) = fault.kind {
            return .send(engine.exception(to: request, code: code), afterMs: 0)
        }
        return fault.spoil(serve(request, board: board, world: &world), framing: request.framing)
    }

    private func serve(_ request: ModbusRequest, board: Int, world: inout CabinetWorld) -> [UInt8] {
        switch world.vendorAnswer(to: request, board: board) {
        case .echo: return request.bytes
        case .exception(let code): return engine.exception(to: request, code: code)
        case nil: break
        }
        guard request.isRead || request.isWrite else {
            return engine.exception(to: request, code: Self.illegalFunction)
        }
        var image = world.image(of: board, for: request)
        let reply = engine.reply(to: request, image: &image)
        if request.isWrite { world.adopt(image, of: board, for: request) }
        return reply
    }

    private func takeFault(
        for request: ModbusRequest,
        board: Int,
        world: inout CabinetWorld
    ) -> SandboxReplyFault? {
        guard var fault = world.boards[board].fault, fault.concerns(request) else { return nil }
        world.boards[board].spoiledReplies += 1
        if let times = fault.times {
            fault.times = times - 1
            world.boards[board].fault = times > 1 ? fault : nil
        }
        return fault
    }
}
