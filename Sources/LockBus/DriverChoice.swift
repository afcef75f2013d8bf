extension BusConfiguration {
    /// The driver of this bus's boards; `nil` when the port's settings cannot be used, which ``problems()`` tells
    /// earlier and better.
    func makeDriver() -> (any LockBoardDriver)? {
        switch transport {
        case .rtu, .tcp: try? ModbusBoardDriver(self)
        case .gpio: GPIOBoardDriver(self)
        case .serial, .serialTCP: SerialBoardDriver(self)
        }
    }
}
