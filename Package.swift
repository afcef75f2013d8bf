// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// A library or executable of ours: every one is built with the same strict settings.
func target(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = [],
    resources: [Resource] = []
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        exclude: exclude,
        resources: resources,
        swiftSettings: strict
    )
}

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioFoundationCompat: Target.Dependency = .product(name: "NIOFoundationCompat", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPCompression: Target.Dependency = .product(name: "NIOHTTPCompression", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "pickup-station",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CModbus",
            pkgConfig: "libmodbus",
            providers: [.apt(["libmodbus-dev"])]
        ),
        .target(
            name: "CBenchBaseline",
            dependencies: ["CModbus"],
            linkerSettings: [.linkedLibrary("sqlite3")]
        ),
        // libgpiod 1.6 or 2.x, whichever pkg-config finds: the sources tell them apart.
        .systemLibrary(
            name: "CLibGPIOD",
            path: "Sources/CGPIO/libgpiod",
            pkgConfig: "libgpiod",
            providers: [.apt(["libgpiod-dev"])]
        ),
        .target(name: "CGPIO", dependencies: ["CLibGPIOD"], exclude: ["libgpiod"]),
        .target(name: "CStationShims"),
        target("CodeScanner", ["DeviceIO", logging]),
        // Small on purpose: what the process that must not fail is made of.
        target("CoilGuard", ["CGPIO", "CStationShims"]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        target("DeviceIO", ["CGPIO", "CModbus", "CStationShims"]),
        // HQ's side of the Station API; knows nothing of a station's inside.
        target(
            "HQBridge",
            [
                "CPostgres", "CZlib", "StationAPI", "StrictYAML", asyncHTTPClient, crypto, grdb, httpTypes,
                hummingbird, hummingbirdCore, lifecycle, logging, nioCore, nioFoundationCompat, nioHTTP1,
                nioPosix, yams,
            ],
            exclude: ["CONNECTING.md", "FLEET.md", "LogicApps", "README.md"]
        ),
        target(
            "HQCheck",
            ["StationAPI", asyncHTTPClient, nioCore, nioHTTP1, nioHTTPCompression, nioPosix, nioSSL]
        ),
        target(
            "HQLink",
            [
                "StationAPI", asn1, asyncHTTPClient, crypto, cryptoExtras, lifecycle, logging, nioCore,
                nioHTTP1,
                nioHTTPCompression, nioPosix, nioSSL, x509,
            ]
        ),
        // The page is compiled in: an installed kiosk has no file to lose.
        target(
            "KioskServer",
            ["StationCore", httpTypes, hummingbird, lifecycle, logging, nioCore],
            exclude: ["docs"],
            resources: [.embedInCode("Page"), .embedInCode("Start")]
        ),
        target("LockBus", ["CoilGuard", "DeviceIO", "StrictYAML", logging, yams]),
        target(
            "Sandbox",
            [
                "CModbus", "CStationShims", "DeviceIO", "StationAPI", asyncHTTPClient, crypto, cryptoExtras,
                httpTypes, hummingbird, lifecycle, logging, nioCore, nioFoundationCompat, nioHTTP1,
            ],
            resources: [.embedInCode("HQ/Web"), .embedInCode("Wall/Web")]
        ),
        // A slave of the tests' own that plays vendor codes and faults, byte by byte.
        .target(
            name: "ScriptedBoards",
            dependencies: ["DeviceIO"],
            path: "Tests/ScriptedBoards",
            swiftSettings: strict
        ),
        // A link in a process of its own, whose name service a test can change.
        .executableTarget(
            name: "link-probe",
            dependencies: ["HQLink", "StationAPI", logging],
            path: "Tests/LinkProbe",
            swiftSettings: strict
        ),
        // A process of its own that writes to a store, for tests that kill it or fail its system calls.
        .executableTarget(
            name: "store-writer",
            dependencies: ["StationCore", "StationStore"],
            path: "Tests/StoreWriter",
            swiftSettings: strict
        ),
        // The coil guard on lines that keep their level when it dies, and what the tests drive from outside.
        .executableTarget(
            name: "sticky-guard",
            dependencies: ["CoilGuard"],
            path: "Tests/StickyGuard",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "gpio-probe",
            dependencies: ["CoilGuard", "DeviceIO", "LockBus", logging],
            path: "Tests/GPIOProbe",
            swiftSettings: strict
        ),
        target("StationAPI", [crypto], exclude: ["README.md", "openapi.yaml"]),
        target("StationCore"),
        target(
            "StationRuntime",
            [
                "CStationShims", "CodeScanner", "DeviceIO", "HQLink", "KioskServer", "LockBus", "StationAPI",
                "StationCore", "StationStore", "StrictYAML", "SystemdService", crypto, cryptoExtras,
                lifecycle, logging, nioCore, nioPosix, yams,
            ]
        ),
        target("StationSim", ["StationCore"]),
        // Configuration files are read strictly, with file and line in every complaint.
        target("StrictYAML", [yams]),
        // What every service of ours says to systemd and to its journal.
        target("SystemdService", [logging]),
        target("StationStore", ["StationCore", crypto, grdb, sqlite]),
        executable(
            "pickup-bench",
            [
                "CBenchBaseline", "DeviceIO", "HQBridge", "HQLink", "LockBus", "Sandbox", "StationAPI",
                "StationCore",
                "StationStore", "pickup-bridge", "pickupd", argumentParser, logging,
            ]
        ),
        executable("pickup-bridge", ["HQBridge", "StationAPI", "SystemdService", argumentParser, logging]),
        executable("pickup-coilguard", ["CoilGuard"]),
        executable("pickup-demo", ["Sandbox", "pickupd", argumentParser, logging]),
        executable(
            "pickupctl",
            ["HQCheck", "HQLink", "LockBus", "StationAPI", "StationRuntime", argumentParser]
        ),
        executable("pickupd", ["StationRuntime", "SystemdService", argumentParser, logging]),
        tests("CodeScannerTests", ["CodeScanner", "DeviceIO", "Sandbox", logging]),
        tests("CoilGuardTests", ["CoilGuard", "gpio-probe", "sticky-guard"]),
        tests("CrashTests", ["Sandbox", "StationAPI", "StationCore", "StationStore", "pickupd", logging]),
        tests("DeviceIOTests", ["CStationShims", "DeviceIO", "Sandbox", "ScriptedBoards"]),
        tests(
            "HQBridgeTests",
            [
                "HQBridge", "HQCheck", "Sandbox", "StationAPI", "StrictYAML", "pickup-bridge",
                asyncHTTPClient, crypto, hummingbird, lifecycle, logging, nioCore, nioHTTP1, nioPosix,
            ],
            exclude: ["LogicApps/Rules"]
        ),
        tests(
            "HQCheckTests",
            [
                "HQCheck", "Sandbox", "StationAPI", asyncHTTPClient, httpTypes, hummingbird, logging, nioCore,
                nioHTTP1,
            ]
        ),
        tests(
            "HQLinkTests",
            [
                "HQLink", "Sandbox", "StationAPI", "link-probe", asn1, crypto, cryptoExtras, lifecycle,
                logging, nioCore,
                nioPosix,
                nioSSL, x509,
            ]
        ),
        tests("KioskServerTests", ["KioskServer", "StationCore", lifecycle, logging]),
        tests(
            "LockBusTests",
            [
                "CoilGuard", "DeviceIO", "LockBus", "Sandbox", "ScriptedBoards", "StrictYAML", "sticky-guard",
                logging,
            ],
            exclude: ["Golden", "Peers"]
        ),
        tests("PickupBenchTests", ["pickup-bench"]),
        tests(
            "SandboxTests",
            [
                "CModbus", "CStationShims", "DeviceIO", "Sandbox", "StationAPI", asyncHTTPClient, crypto,
                logging, nioCore, nioHTTP1,
            ]
        ),
        tests(
            "OutageTests",
            ["Sandbox", "StationAPI", "StationCore", "StationStore", "pickupd", logging]
        ),
        tests(
            "SimulationTests",
            ["StationAPI", "StationCore", "StationRuntime", "StationSim", "StationStore"]
        ),
        tests("StationAPITests", ["StationAPI", crypto, yams], exclude: ["Vectors"]),
        tests("StationCoreTests", ["StationCore"]),
        tests(
            "StationRuntimeTests",
            [
                "HQLink", "LockBus", "Sandbox", "ScriptedBoards", "StationAPI", "StationCore",
                "StationRuntime", "StationStore", "StrictYAML", "pickupctl", "pickupd", logging,
            ]
        ),
        tests("StationStoreTests", ["StationCore", "StationStore", "store-writer"]),
        // How many tests run at once; in every test run, whichever target is filtered for.
        .target(name: "TestPacing", path: "Tests/TestPacing"),
        tests("TidyTests", ["TestPacing"]),
    ],
    swiftLanguageModes: [.v6]
)
