internal import Foundation
internal import StationAPI

extension SandboxRetailServer {
    /// What can go wrong with a call.
    public enum Fault: Hashable, Sendable {
        /// The real-time service to headquarters is down: nothing happens.
        case headquartersDown
        /// The real-time service does not answer in time: nothing happens.
        case transactionServiceTimeOut
        /// The connection ends before anything happens.
        case closedBefore
        /// The call has its effect, and the reply is lost.
        case replyLost
        /// The reply is lost, and the call has its effect only when ``letLateCallsThrough()`` is called.
        case late
        /// 429 or 503 with `Retry-After` in seconds.
        case throttled(status: Int, retryAfter: Int)
        /// 401 although the token was good a moment ago.
        case tokenExpired
        /// Another client changed the cart in between.
        case cartTouched
        /// A gateway's web page instead of an answer.
        case gateway(status: Int)
        /// JSON that ends in the middle.
        case truncated
    }

    struct PlannedFault {
        /// Nil: whatever call comes.
        var operation: String?
        /// Calls to let through before.
        var after: Int
        var fault: Fault
        /// Calls that it still strikes; nil: until it is taken back.
        var times: Int?
    }

    struct LateEffect {
        var operation: RetailOperation
        var request: RetailRequest
    }

    /// Plans a fault for the next calls of an operation (nil: of any), after letting `after` of them through.
    public func plan(_ fault: Fault, on operation: String? = nil, after: Int = 0, times: Int? = 1) {
        planned.append(PlannedFault(operation: operation, after: after, fault: fault, times: times))
    }

    /// All is well from now on.
    public func clearFaults() { planned = [] }

    /// Calls whose reply was lost long ago have their effect now; returns how many were refused by then.
    public func letLateCallsThrough() -> Int {
        let waiting = late
        late = []
        return waiting.count { effect in (try? perform(effect.operation, effect.request)) == nil }
    }

    /// The fault that strikes this call, if any.
    func fault(for operation: String) -> Fault? {
        for index in planned.indices {
            guard planned[index].operation == nil || planned[index].operation == operation else { continue }
            guard planned[index].after == 0 else {
                planned[index].after -= 1
                continue
            }
            let fault = planned[index].fault
            if let times = planned[index].times {
                planned[index].times = times - 1
                if times <= 1 { planned.remove(at: index) }
            }
            return fault
        }
        return nil
    }
}
