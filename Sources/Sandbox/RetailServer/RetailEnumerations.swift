internal import StationAPI

/// Extensible enumerations: their numbers differ from run to run, so that nothing can know them by heart.
struct RetailEnumerations: Sendable {
    /// The names that are published; a customer can add others.
    static let published: [String: [String]] = [
        "FulfillmentLineStatus": RetailLine.Status.allCases.map(\.rawValue),
        "FulfillmentLineDeliveryType": ["All", "StorePickup", "StoreShipping"],
    ]

    private let numbers: [String: [String: Int64]]

    init() {
        numbers = Self.published.mapValues { names in
            let shuffled = Array(1...Int64(names.count * 3)).shuffled()
            return Dictionary(uniqueKeysWithValues: zip(names, shuffled))
        }
    }

    func number(_ type: String, _ name: String) -> Int64 { numbers[type]?[name] ?? -1 }

    func name(_ type: String, _ number: Int64) -> String? {
        numbers[type]?.first { $0.value == number }?.key
    }

    /// As `GetExtensibleEnumerations` answers, in no particular order.
    var document: JSONValue {
        .array(
            numbers.shuffled().map { type, values in
                .object([
                    "TypeName": .string(type),
                    "ExtensibleEnumerations": .array(
                        values.shuffled().map { name, number in
                            .object(["Name": .string(name), "Value": .integer(number)])
                        }
                    ),
                ])
            }
        )
    }
}
