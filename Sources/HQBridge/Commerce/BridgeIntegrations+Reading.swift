internal import StationAPI
internal import StrictYAML
internal import Yams

/// The sections `dynamics`, `shops` and `webhooks` of the bridge's configuration file.
struct IntegrationReader {
    private enum Handover: String, CaseIterable {
        case locker, counter, curbside
    }

    private enum Voice: String, CaseIterable {
        case shop, dynamics, messages
    }

    let file: String

    /// Reads the sections out of the root; what it does not take is the caller's.
    func read(_ root: inout StrictMapping) throws -> BridgeIntegrations {
        var integrations = BridgeIntegrations()
        for node in try optionalList(&root, "dynamics") {
            var section = try StrictMapping(node, name: "an entry of `dynamics`", file: file)
            let store = try readStore(&section)
            guard !integrations.dynamics.contains(where: { $0.station == store.station }) else {
                throw refuse(section.line, "two entries of `dynamics` are for \(store.station)", "keep one")
            }
            integrations.dynamics.append(store)
        }
        if let seconds = try root.optionalInteger("dynamicsPollSeconds", in: 1...3_600) {
            integrations.dynamicsPollSeconds = seconds
        }
        for node in try optionalList(&root, "shops") {
            var section = try StrictMapping(node, name: "an entry of `shops`", file: file)
            let shop = try readShop(&section)
            guard !integrations.shops.contains(where: { $0.name == shop.name }) else {
                throw refuse(section.line, "two shops are called \(shop.name)", "rename one")
            }
            integrations.shops.append(shop)
        }
        if var section = try root.optionalMapping("webhooks") {
            integrations.webhooks = BridgeIntegrations.Webhooks(
                host: try section.optionalString("host") ?? "127.0.0.1",
                port: try section.integer("port", in: 0...65_535)
            )
            try section.finish()
        }
        return integrations
    }

    private func refuse(_ line: Int, _ problem: String, _ remedy: String) -> StrictYAMLError {
        StrictYAMLError(file: file, line: line, problem: problem, remedy: remedy)
    }

    private func optionalList(_ section: inout StrictMapping, _ key: String) throws -> [Node] {
        try section.list(key)
    }

    /// An `https` URL, or `http` to this machine.
    private func url(_ section: inout StrictMapping, _ key: String) throws -> String {
        let text = try section.string(key)
        let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
        let isLocal = local.contains { text.hasPrefix($0 + ":") || text.hasPrefix($0 + "/") }
        guard text.hasPrefix("https://") || isLocal else {
            throw refuse(section.line, "`\(key)` is not encrypted", "use https (http is for this machine)")
        }
        return text
    }

    // MARK: Dynamics 365 Commerce

    private func readStore(_ section: inout StrictMapping) throws -> DynamicsConfiguration {
        let line = section.line
        let storeID = try section.optionalString("storeId")
        let warehouseID = try section.optionalString("warehouseId")
        let scope: DynamicsConfiguration.Scope
        switch (storeID, warehouseID) {
        case (let id?, nil): scope = .store(id)
        case (nil, let id?): scope = .warehouse(id)
        default: throw refuse(line, "a store needs storeId or warehouseId, and not both", "keep one of them")
        }
        var store = DynamicsConfiguration(
            serviceRoot: try url(&section, "serviceRoot"),
            operatingUnit: try section.string("operatingUnit"),
            scope: scope,
            station: try section.string("station"),
            variant: try readVariant(&section),
            deliveryModes: try readModes(&section)
        )
        guard BridgeStationID(store.station) != nil else {
            throw refuse(line, "`\(store.station)` is no station's id", "use 1 to 64 of A-Z a-z 0-9 . _ : -")
        }
        store.apiVersion = try section.optionalString("apiVersion") ?? store.apiVersion
        store.packsOnLoad = try section.optionalBoolean("packsOnLoad") ?? store.packsOnLoad
        store.setsQuantitiesByPatch =
            try section.optionalBoolean("quantitiesByPatch") ?? store.setsQuantitiesByPatch
        store.pageSize = try section.optionalInteger("pageSize", in: 1...10_000) ?? store.pageSize
        if let seconds = try section.optionalInteger("callTimeoutSeconds", in: 5...140) {
            store.callTimeoutSeconds = Int64(seconds)
        }
        store.currency = try section.optionalString("currency") ?? store.currency
        store.holdHours = try section.optionalInteger("holdHours", in: 0...8_760) ?? store.holdHours
        if let minutes = try section.optionalInteger("invoiceWithinMinutes", in: 1...1_440) {
            store.invoiceWithinSeconds = Int64(minutes) * 60
        }
        store.readsTasks = try section.optionalBoolean("readsTasks") ?? store.readsTasks
        try section.finish()
        return store
    }

    private func readVariant(_ section: inout StrictMapping) throws -> DynamicsConfiguration.Variant {
        let application = try section.optionalMapping("application")
        let worker = try section.optionalMapping("worker")
        switch (application, worker) {
        case (var application?, nil):
            var signIn = DynamicsConfiguration.ApplicationSignIn(
                tokenURL: try url(&application, "tokenURL"),
                clientID: try application.string("clientId"),
                secretFile: try application.string("secretFile"),
                resource: try application.string("resource")
            )
            signIn.scheme = try application.optionalString("scheme") ?? signIn.scheme
            try application.finish()
            return .extensionActions(signIn)
        case (nil, var worker?):
            var signIn = DynamicsConfiguration.WorkerSignIn(
                workerTokenFile: try worker.string("workerTokenFile"),
                deviceTokenFile: try worker.optionalString("deviceTokenFile")
            )
            signIn.scheme = try worker.optionalString("scheme") ?? signIn.scheme
            signIn.deviceHeader = try worker.optionalString("deviceHeader") ?? signIn.deviceHeader
            try worker.finish()
            return .posWorker(signIn)
        default:
            throw refuse(
                section.line,
                "a store needs `application` (extension actions) or `worker` (POS), and not both",
                "the guide says which one is yours"
            )
        }
    }

    /// `deliveryModes: { locker: [LOCKER], curbside: [CURB] }`
    private func readModes(_ section: inout StrictMapping) throws -> [String: DeliveryMode] {
        var modes = try section.mapping("deliveryModes")
        var found: [String: DeliveryMode] = [:]
        for handover in Handover.allCases {
            let mode: DeliveryMode =
                switch handover {
                case .locker: .locker
                case .counter: .counter
                case .curbside: .curbside
                }
            for code in try modes.strings(handover.rawValue) {
                guard found.updateValue(mode, forKey: code) == nil else {
                    throw refuse(modes.line, "delivery mode \(code) is mapped twice", "keep it once")
                }
            }
        }
        try modes.finish()
        guard !found.isEmpty else {
            throw refuse(section.line, "`deliveryModes` maps none", "write for example locker: [LOCKER]")
        }
        return found
    }

    // MARK: Shops

    private func readShop(_ section: inout StrictMapping) throws -> ShopConfiguration {
        let line = section.line
        let name = try section.string("name")
        guard (1...20).contains(name.utf8.count),
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        else {
            throw refuse(line, "`\(name)` cannot be a shop's name", "use 1 to 20 letters, digits and -")
        }
        var shop = ShopConfiguration(
            name: name,
            platform: try readPlatform(&section),
            locations: try readLocations(&section),
            voice: try readVoice(&section)
        )
        shop.holdHours = try section.optionalInteger("holdHours", in: 0...8_760) ?? shop.holdHours
        let hours = try section.strings("reminderHours")
        if !hours.isEmpty {
            let numbers = hours.compactMap { Int($0) }
            guard numbers.count == hours.count, numbers == numbers.sorted(), numbers.allSatisfy({ $0 > 0 })
            else {
                throw refuse(line, "`reminderHours` are no ascending hours", "write for example [24, 48]")
            }
            shop.reminderHours = numbers
        }
        try section.finish()
        return shop
    }

    private func readPlatform(_ section: inout StrictMapping) throws -> ShopConfiguration.Platform {
        let shopify = try section.optionalMapping("shopify")
        let magento = try section.optionalMapping("magento")
        switch (shopify, magento) {
        case (var shopify?, nil):
            let platform = ShopConfiguration.Platform.shopify(
                endpoint: try url(&shopify, "endpoint"),
                tokenFile: try shopify.string("tokenFile"),
                webhookSecretFile: try shopify.string("webhookSecretFile")
            )
            try shopify.finish()
            return platform
        case (nil, var magento?):
            let platform = ShopConfiguration.Platform.magento(
                base: try url(&magento, "base"),
                tokenFile: try magento.string("tokenFile"),
                webhookKeyFile: try magento.string("webhookKeyFile")
            )
            try magento.finish()
            return platform
        default:
            throw refuse(section.line, "a shop is `shopify` or `magento`, and not both", "keep one of them")
        }
    }

    /// `locations: [{ shop: gid://shopify/Location/1, station: store-7 }]`
    private func readLocations(_ section: inout StrictMapping) throws -> [String: String] {
        var locations: [String: String] = [:]
        for node in try section.list("locations") {
            var entry = try StrictMapping(node, name: "an entry of `locations`", file: file)
            let place = try entry.string("shop")
            let station = try entry.string("station")
            guard BridgeStationID(station) != nil, locations.updateValue(station, forKey: place) == nil else {
                throw refuse(
                    entry.line,
                    "location \(place) has no station of its own",
                    "give each place one station's id"
                )
            }
            try entry.finish()
        }
        return locations
    }

    private func readVoice(_ section: inout StrictMapping) throws -> CustomerVoice {
        let voice = try section.choice("voice", Voice.self)
        let messages = try section.optionalMapping("messages")
        switch (voice, messages) {
        case (.shop, nil): return .shop
        case (.dynamics, nil): return .dynamics
        case (.messages, var messages?):
            let voice = CustomerVoice.messages(
                url: try url(&messages, "url"),
                keyFile: try messages.string("keyFile")
            )
            try messages.finish()
            return voice
        default:
            throw refuse(
                section.line,
                "`voice: messages` and `messages:` belong together",
                "give both or neither"
            )
        }
    }
}
