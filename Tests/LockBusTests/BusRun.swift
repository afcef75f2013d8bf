import Testing

@testable import LockBus

extension LockBus {
    /// Starts the bus, runs a test, shuts the bus down and then its far end, however the test ends.
    nonisolated(nonsending) func run(
        then endTheLine: () -> Void,
        _ body: ([BoardReport]) async throws -> Void
    ) async throws {
        let reports = await start()
        do {
            try await body(reports)
        } catch {
            await shutdown()
            endTheLine()
            throw error
        }
        await shutdown()
        endTheLine()
    }
}
