/// The parity bit of a serial port; the same three as on a Modbus line.
public typealias SerialParity = ModbusParity

extension SerialParity {
    /// What the C side calls it: 0 none, 1 even, 2 odd.
    var code: Int32 {
        switch self {
        case .none: 0
        case .even: 1
        case .odd: 2
        }
    }
}
