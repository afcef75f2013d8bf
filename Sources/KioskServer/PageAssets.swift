import FoundationEssentials
import NIOCore

/// The page's files, compiled into this target, and the two files made from the configuration.
struct PageAssets: Sendable {
    struct Asset: Sendable {
        var type: String
        var bytes: ByteBuffer
    }

    /// Each file by its path on the server.
    let byPath: [String: Asset]
    /// Changes when any of the files does: a page that sees another version than its own loads itself again.
    let version: String

    /// What `/station.json` says.
    private struct Station: Encodable {
        var name: String
        var phone: String
        var defaultLanguage: String
        var languages: [String]
        /// The time zone that times on the screen are in: this machine's, which is the store's.
        var timeZone: String
        var page: String
    }

    /// Languages with a string file, in the order in which the page offers them.
    static let languages = ["en", "de", "fr", "es", "pl", "ar"]

    private static let javaScript = "text/javascript; charset=utf-8"
    private static let json = "application/json"
    private static let files: [(path: String, type: String, bytes: [UInt8])] = [
        ("/", "text/html; charset=utf-8", PackageResources.index_html),
        ("/assets/kiosk.css", "text/css; charset=utf-8", PackageResources.kiosk_css),
        ("/assets/screens.css", "text/css; charset=utf-8", PackageResources.screens_css),
        ("/assets/kiosk.js", javaScript, PackageResources.kiosk_js),
        ("/assets/comfort.css", "text/css; charset=utf-8", PackageResources.comfort_css),
        ("/assets/buttons.js", javaScript, PackageResources.buttons_js),
        ("/assets/comfort.js", javaScript, PackageResources.comfort_js),
        ("/assets/connection.js", javaScript, PackageResources.connection_js),
        ("/assets/customer.js", javaScript, PackageResources.customer_js),
        ("/assets/dom.js", javaScript, PackageResources.dom_js),
        ("/assets/help.js", javaScript, PackageResources.help_js),
        ("/assets/keypad.js", javaScript, PackageResources.keypad_js),
        ("/assets/screens.js", javaScript, PackageResources.screens_js),
        ("/assets/service.js", javaScript, PackageResources.service_js),
        ("/assets/signs.js", javaScript, PackageResources.signs_js),
        ("/assets/sound.js", javaScript, PackageResources.sound_js),
        ("/assets/staff.js", javaScript, PackageResources.staff_js),
        ("/assets/text.js", javaScript, PackageResources.text_js),
        ("/assets/support.js", javaScript, PackageResources.support_js),
        ("/assets/stage.js", javaScript, PackageResources.stage_js),
        ("/assets/support.js", javaScript, PackageResources.support_js),
        ("/assets/timer.js", javaScript, PackageResources.timer_js),
        ("/assets/tools.js", javaScript, PackageResources.tools_js),
        ("/assets/wall.js", javaScript, PackageResources.wall_js),
        ("/assets/scan.svg", "image/svg+xml", PackageResources.scan_svg),
        ("/assets/label.svg", "image/svg+xml", PackageResources.label_svg),
        ("/assets/icon.svg", "image/svg+xml", PackageResources.icon_svg),
        ("/strings/en.json", json, PackageResources.en_json),
        ("/strings/de.json", json, PackageResources.de_json),
        ("/strings/fr.json", json, PackageResources.fr_json),
        ("/strings/es.json", json, PackageResources.es_json),
        ("/strings/pl.json", json, PackageResources.pl_json),
        ("/strings/ar.json", json, PackageResources.ar_json),
    ]

    init(configuration: KioskConfiguration) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var station = Station(
            name: configuration.stationName,
            phone: configuration.phone,
            defaultLanguage: configuration.defaultLanguage,
            languages: Self.languages,
            timeZone: TimeZone.current.identifier,
            page: ""
        )
        let wall = [UInt8](try encoder.encode(configuration.plan))
        let everything = Self.files.map(\.bytes) + [wall, [UInt8](try encoder.encode(station))]
        version = Self.fingerprint(of: everything)
        station.page = version

        var byPath: [String: Asset] = [:]
        for file in Self.files {
            byPath[file.path] = Asset(type: file.type, bytes: ByteBuffer(bytes: file.bytes))
        }
        byPath["/wall.json"] = Asset(type: Self.json, bytes: ByteBuffer(bytes: wall))
        byPath["/station.json"] = Asset(
            type: Self.json,
            bytes: ByteBuffer(bytes: try encoder.encode(station))
        )
        self.byPath = byPath
    }

    /// The string file of a language; nil if there is none.
    static func strings(of language: String) -> [UInt8]? {
        files.first { $0.path == "/strings/\(language).json" }?.bytes
    }

    /// FNV-1a, 64 bits: tells versions of our own files apart, and guards nothing.
    private static func fingerprint(of files: [[UInt8]]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in files.joined() {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}
