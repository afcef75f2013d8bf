import FoundationEssentials

/// The page that the browser starts on: a local file with the number to call, which enters the kiosk's page as soon as
/// the station answers.
///
/// A browser that is started on the kiosk's own address before the station listens shows its own error page instead,
/// and stays there.
public enum StartPage {
    private static let names: [(name: String, bytes: [UInt8])] = [
        ("start.css", PackageResources.start_css), ("start.js", PackageResources.start_js),
    ]

    /// The page's files by name; `index.html` is the one to open.
    ///
    /// - Throws: `DecodingError` if a string file cannot be read, which the tests rule out.
    public static func files(for configuration: KioskConfiguration) throws -> [String: [UInt8]] {
        let texts = try JSONDecoder().decode(
            [String: String].self,
            from: Data(PageAssets.strings(of: configuration.defaultLanguage) ?? [])
        )
        let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
        let values = [
            "language": configuration.defaultLanguage,
            "direction": configuration.defaultLanguage == "ar" ? "rtl" : "ltr",
            "origin": "http://\(host):\(configuration.port)",
            "station": configuration.stationName,
            "phone": configuration.phone,
            "title": texts["offline.title"] ?? "",
            "next": texts["offline.next"] ?? "",
            "hint": texts["offline.hint"] ?? "",
        ]
        var html = String(decoding: PackageResources.start_html, as: UTF8.self)
        for (name, value) in values {
            html = html.replacing("{\(name)}", with: escaped(value))
        }
        var files = ["index.html": Array(html.utf8)]
        for file in names { files[file.name] = file.bytes }
        return files
    }

    /// A text for HTML, also within an attribute's quotes.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
