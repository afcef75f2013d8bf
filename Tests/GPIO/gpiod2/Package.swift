// swift-tools-version: 6.3
import PackageDescription

// What of the station touches GPIO, for the build against libgpiod 2.x: Tests/GPIO/libgpiod2 lays this file, links to
// the repository's folders, and links to the libraries that the main build has checked out, into a folder of their own.
// Targets and settings are those of the main Package.swift.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

func target(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "pickup-station-gpio",
    dependencies: [.package(path: "swift-log"), .package(path: "Yams")],
    targets: [
        .systemLibrary(name: "CLibGPIOD", path: "Sources/CGPIO/libgpiod", pkgConfig: "libgpiod"),
        // Without pkg-config: its folder of libraries, which is libgpiod 1.6's too, would come first.
        .systemLibrary(name: "CModbus"),
        .target(name: "CGPIO", dependencies: ["CLibGPIOD"], exclude: ["libgpiod"]),
        .target(name: "CStationShims"),
        target("CoilGuard", ["CGPIO", "CStationShims"]),
        target("DeviceIO", ["CGPIO", "CModbus", "CStationShims"]),
        target("LockBus", ["CoilGuard", "DeviceIO", "StrictYAML", logging, yams]),
        target("StrictYAML", [yams]),
        .executableTarget(name: "pickup-coilguard", dependencies: ["CoilGuard"], swiftSettings: strict),
        .executableTarget(
            name: "gpio-probe",
            dependencies: ["CoilGuard", "DeviceIO", "LockBus", logging],
            path: "Tests/GPIOProbe",
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
