internal import Hummingbird
internal import Logging
internal import ServiceLifecycle

extension Application {
    /// Serves until the task is cancelled, and then lets the requests under way end.
    ///
    /// Cancelling the server itself aborts the process when a connection arrives at that moment.
    func serve(logger: Logger) async throws {
        var configuration = ServiceGroupConfiguration(services: [self], logger: logger)
        // An event stream has no end of its own.
        configuration.maximumGracefulShutdownDuration = .seconds(2)
        let group = ServiceGroup(configuration: configuration)
        let running = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }
}
