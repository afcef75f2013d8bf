import Hummingbird
import NIOCore

/// A request's context: only its channel is of interest, to break off a reader that does not read.
struct KioskContext: InitializableFromSource, Sendable {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        channel = source.channel
    }
}
