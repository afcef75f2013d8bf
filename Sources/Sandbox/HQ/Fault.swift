extension SandboxHQ {
    /// What can be wrong with HQ.
    public enum Fault: String, Sendable, Codable, CaseIterable {
        /// All is well.
        case none
        /// Connections are closed without an answer.
        case down
        /// Each answer takes three seconds longer.
        case slow
        /// Events are received, and applied only when the fault is over.
        case accepted202
        /// Events are answered 409: an earlier try is still in progress.
        case conflict409
        /// The feed does not know the cursor any more.
        case gone410
        /// Everything is answered 429 with Retry-After: 1.
        case rateLimited429
        /// Everything is answered 500.
        case error500
        /// A page of the feed is sent again.
        case duplicatePage
        /// Events are applied, and the reply is lost.
        case droppedReply
        /// Events are applied, and of every 29th the first reply is lost.
        case flakyReplies
        /// Pages are cut in the middle.
        case truncatedJSON
        /// A proxy's web page comes instead of an answer.
        case htmlPage
        /// A page of 50 MB.
        case oversizePage
        /// Between good items are bad ones.
        case rubbishItems
    }
}
