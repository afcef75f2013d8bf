import ArgumentParser
import Foundation
import HQBridge
import StationAPI

/// `order …`
struct OrderCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order",
        abstract: "Orders by hand, for trying out.",
        subcommands: [Add.self, Remove.self, Grant.self]
    )

    /// `order add STATION ORDER`
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds an order, or changes it, and prints its new pickup codes: typed and scanned."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station.") var station: BridgeStationID
        @Argument(help: "The order's id.") var order: String
        @Option(help: "How many parcels it has.") var parcels = 1
        @Option(help: "How many days it waits.") var days = 7

        func run() async throws {
            guard (1...OrderDocument.maximumParcels).contains(parcels), (1...92).contains(days) else {
                throw ValidationError("--parcels must be 1 to 64, --days 1 to 92")
            }
            try await options.withStore { store, _ in
                let codes = store.makeCodes()
                let end = Date().addingTimeInterval(Double(days) * 86_400).timeIntervalSince1970
                let document = OrderDocument(
                    orderID: order,
                    version: 1,
                    displayNumber: String(order.suffix(32)),
                    status: .awaitingLoad,
                    parcels: (1...parcels).map { ParcelDocument(parcelID: "\(order)-\($0)") },
                    pickup: PickupWindow(expiresAt: WireTime(milliseconds: Int64(end * 1000))),
                    codes: try await store.documents(of: codes, at: station)
                )
                try await store.put(document, at: station)
                print("\(codes.typed)\t\(codes.scanned)")
            }
        }
    }

    /// `order remove STATION ORDER`
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Cancels an order.")

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station.") var station: BridgeStationID
        @Argument(help: "The order's id.") var order: String

        func run() async throws {
            try await options.withStore { store, _ in
                try await store.remove(order, at: station, reason: .cancelled)
            }
        }
    }

    /// `order grant STATION ORDER`
    struct Grant: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints a signed code that the station can check without the feed."
        )

        @OptionGroup var options: BridgeOptions
        @Argument(help: "The station.") var station: BridgeStationID
        @Argument(help: "The order's id.") var order: String
        @Argument(help: "The parcels' ids.") var parcels: [String]
        @Option(help: "How many days it is good.") var days = 7

        func run() async throws {
            let configuration = try options.load()
            guard let key = configuration.keys.signer(for: .grant) else {
                throw ValidationError("no key of use `grant` is configured; add one under keys")
            }
            let now = Int64(Date().timeIntervalSince1970 * 1000)
            let grant = StationAPI.Grant(
                grantID: String(UUID().uuidString.lowercased().filter { $0 != "-" }.prefix(20)),
                keyID: key.keyID,
                purpose: .collect,
                orderID: order,
                displayNumber: nil,
                parcelIDs: parcels,
                stations: [station.rawValue],
                notBefore: WireTime(milliseconds: now),
                notAfter: WireTime(milliseconds: now + Int64(days) * 86_400_000)
            )
            print(try grant.signed(by: key))
        }
    }
}
