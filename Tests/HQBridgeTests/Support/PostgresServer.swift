import Foundation
import StationAPI
import Testing

@testable import HQBridge

/// A PostgreSQL of the tests' own, from Debian's package: a new cluster in a temporary folder, reached through a Unix
/// socket only. It ends when this process does, however that ends: it hangs on a pipe.
actor PostgresServer {
    static let shared = PostgresServer()

    private var starting: Task<String, any Error>?
    private var databases = 0
    private var keeper: Process?
    private let line = Pipe()

    /// The connection string of a new, empty database.
    func newDatabase() async throws -> String {
        if starting == nil { starting = Task { try await self.start() } }
        let folder = try #require(try await starting?.value)
        databases += 1
        let name = "t\(databases)"
        let connection = PostgresConnection(settings: Self.settings(folder, "postgres"))
        try connection.execute("CREATE DATABASE \(name)")
        connection.close()
        return Self.settings(folder, name)
    }

    private static func settings(_ folder: String, _ database: String) -> String {
        "host=\(folder) user=postgres dbname=\(database)"
    }

    private func start() async throws -> String {
        let folder = "/tmp/bridge-pg-\(UUID().uuidString.prefix(8))"
        let keeper = Process()
        keeper.executableURL = URL(fileURLWithPath: "/bin/sh")
        // PostgreSQL refuses to run as root; Debian's package brings a user for it. No syncs: what the tests kill is
        // the bridge, not the database.
        keeper.arguments = [
            "-c",
            """
            set -e
            bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
            mkdir -m 700 \(folder)
            as=""
            if [ "$(id -u)" = 0 ]; then
                chown postgres: \(folder)
                as="setpriv --reuid postgres --regid postgres --clear-groups"
            fi
            cd \(folder)
            $as "$bin/initdb" -D \(folder)/data -U postgres -A trust --no-locale -E UTF8 --no-sync >/dev/null
            $as "$bin/postgres" -D \(folder)/data -k \(folder) -c listen_addresses= -c fsync=off \
                -c max_connections=200 -c log_min_messages=fatal </dev/null &
            server=$!
            while ! [ -S \(folder)/.s.PGSQL.5432 ]; do kill -0 "$server"; sleep 0.05; done
            chmod 755 \(folder)
            echo ready
            cat >/dev/null || true
            kill -QUIT "$server"
            wait "$server" || true
            rm -rf \(folder)
            """,
        ]
        let output = Pipe()
        keeper.standardInput = line
        keeper.standardOutput = output
        try keeper.run()
        self.keeper = keeper
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        try #require(
            said.contains("ready"),
            "PostgreSQL did not start: hardware/setup --tests installs it"
        )
        let settings = Self.settings(folder, "postgres")
        // The socket is there a moment before the server takes connections.
        for _ in 0..<200 {
            if (try? PostgresConnection(settings: settings).execute("SELECT 1")) != nil { return folder }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BridgeStoreError.unreachable("the tests' PostgreSQL")
    }
}

/// The databases that every rule of the store must hold on.
enum Engine: String, CaseIterable, CustomTestStringConvertible {
    case sqlite
    case postgreSQL

    var testDescription: String { rawValue }

    /// A new, empty place.
    func place() async throws -> BridgeStore.Place {
        switch self {
        case .sqlite:
            let folder = NSTemporaryDirectory() + "/bridge-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return .sqlite(path: folder + "/bridge.sqlite")
        case .postgreSQL: return .postgreSQL(try await PostgresServer.shared.newDatabase(), connections: 4)
        }
    }

    /// A store on a new place, closed at the end.
    func withStore<Value: Sendable>(
        retention: BridgeStore.Retention = .init(),
        clock: TestClock? = nil,
        _ body: @Sendable (BridgeStore) async throws -> Value
    ) async throws -> Value {
        let place = try await place()
        let time: @Sendable () -> WireTime = { clock?.now ?? .now }
        let store = try await BridgeStore.open(place, retention: retention, clock: time)
        do {
            let value = try await body(store)
            await store.close()
            return value
        } catch {
            await store.close()
            throw error
        }
    }
}
