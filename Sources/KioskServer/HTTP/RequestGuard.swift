import HTTPTypes
import Hummingbird

/// Keeps everything out but this screen's own page.
///
/// The server listens on loopback only, so what is left to fear is a page of another origin in a browser on
/// this machine: it can send requests here (and, with a name of its own that resolves to 127.0.0.1, even read
/// the answers). Both are told by their Host, Origin and Sec-Fetch-Site headers.
enum RequestGuard {
    /// Throws ``Problem`` unless `request` names one of `hosts` and, where a browser says whose page sends
    /// it, comes from a page of that same host.
    static func check(_ request: Request, port: Int) throws(Problem) {
        guard let host = request.head.authority?.lowercased(), hosts(port: port).contains(host) else {
            throw .foreignHost
        }
        let origins = request.headers[values: .origin]
        guard origins.allSatisfy({ $0.lowercased() == "http://\(host)" }) else { throw .foreignOrigin }
    }

    /// Throws ``Problem`` if a browser says that another site's page sends `request`. Not asked of the page
    /// itself, which a person (or the demo's frame) may well reach from elsewhere.
    static func checkSameOrigin(_ request: Request) throws(Problem) {
        guard let site = request.headers[.secFetchSite] else { return }
        guard site == "same-origin" || site == "none" else { throw .foreignOrigin }
    }

    private static func hosts(port: Int) -> [String] {
        let names = ["127.0.0.1", "localhost", "[::1]"]
        return names.map { "\($0):\(port)" } + (port == 80 ? names : [])
    }
}
