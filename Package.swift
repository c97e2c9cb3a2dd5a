// swift-tools-version: 6.2
import PackageDescription

// Rings (docs/architecture.md): a room imports only rooms that stand before it in this list.
// `make build` runs with the import check on, so an import that is not declared here is an error.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments: Target.Dependency = .product(
    name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let histogram: Target.Dependency = .product(name: "Histogram", package: "hdrhistogram-swift")

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: dependencies, swiftSettings: settings)
}

// The fuzzer links with `--sanitize=fuzzer` only; `scripts/fuzz` builds it.
let fuzzer: [Target] =
    Context.environment["GONGJI_FUZZING"] == nil
    ? []
    : [
        .executableTarget(
            name: "gongji-fuzz", dependencies: ["FuzzTargets"], path: "Fuzzing/Driver",
            swiftSettings: settings)
    ]

let package = Package(
    name: "gongji",
    products: [.executable(name: "gongji", targets: ["gongji"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // Ring 0: the C libraries.
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CSockets"),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),

        // Ring 1: pure. No I/O, no clock, no randomness.
        room("Domain"),
        room("RuleSets", ["Domain"]),
        room("Ledger", ["Domain"]),
        room("Wire", ["Domain", protobuf]),
        room("Settlement", ["Domain", "RuleSets", "Ledger", "Wire"]),

        // Ring 2: one foreign thing each.
        room("RuleFiles", ["Domain", "RuleSets", yams]),
        room("ZeroMQ", ["CZeroMQ"]),
        room("Entrance", ["CSockets", "Domain", "ZeroMQ"]),
        room("Storage", ["Domain", "Ledger", "Wire", "Settlement"]),
        room("Signing", ["COpenSSL", "Domain", "Wire", "Storage"]),
        room("Rounds", ["Domain", "Wire", "Settlement", "Storage"]),
        room("StorageSQLite", ["Domain", "Ledger", "Wire", "Settlement", "Storage", grdb, sqlite]),

        // Ring 3: what runs.
        room(
            "Gateway",
            [
                "Domain", "RuleSets", "RuleFiles", "Ledger", "Wire", "Settlement", "Signing",
                "ZeroMQ", "Entrance", "Storage", "Rounds", "StorageSQLite", protobuf,
            ]),
        room(
            "Simulation",
            [
                "Domain", "RuleSets", "Ledger", "Wire", "Settlement", "Storage", "Rounds", protobuf,
            ]),
        .executableTarget(
            name: "gongji",
            dependencies: [
                "Domain", "RuleSets", "RuleFiles", "Ledger", "Wire", "Settlement", "Signing",
                "ZeroMQ", "Storage", "StorageSQLite", "Gateway", "Simulation", arguments,
                histogram,
            ],
            swiftSettings: settings),

        // What octets from outside are read by, for the fuzzer and for the tests alike.
        .target(
            name: "FuzzTargets",
            dependencies: ["Domain", "RuleFiles", "RuleSets", "Signing", "Wire", protobuf],
            path: "Fuzzing/Targets", swiftSettings: settings),

        // Connections that speak ZMTP almost right, against gates in one process.
        .target(
            name: "ZMTPFuzzing", dependencies: ["Domain", "Entrance", "ZeroMQ"],
            path: "Fuzzing/ZMTP", swiftSettings: settings),
        .executableTarget(
            name: "gongji-fuzz-zmtp", dependencies: ["ZMTPFuzzing"], path: "Fuzzing/ZMTPDriver",
            swiftSettings: settings),

        .target(
            name: "TestSeeds", dependencies: ["Domain"], path: "Tests/TestSeeds",
            swiftSettings: settings),
        tests(of: "Domain", ["Domain"]),
        tests(of: "RuleSets", ["Domain", "RuleSets", "RuleFiles", "TestSeeds"]),
        tests(of: "RuleFiles", ["Domain", "RuleSets", "RuleFiles", "TestSeeds", yams]),
        tests(of: "Ledger", ["Domain", "Ledger"]),
        tests(of: "Wire", ["Domain", "Wire", "Signing", "TestSeeds", protobuf]),
        tests(
            of: "Settlement",
            [
                "Domain", "RuleSets", "RuleFiles", "Ledger", "Wire", "Settlement", "Signing",
                "Storage", protobuf,
            ]),
        tests(
            of: "Simulation",
            [
                "Domain", "RuleSets", "Ledger", "Wire", "Settlement", "Storage", "Rounds",
                "Simulation", protobuf,
            ]),
        tests(of: "Signing", ["Signing", "Domain", "Wire", "Storage"]),
        tests(of: "ZeroMQ", ["ZeroMQ"]),
        tests(of: "Entrance", ["Entrance", "ZeroMQ", "Domain", "ZMTPFuzzing"]),
        tests(
            of: "Storage",
            [
                "Domain", "RuleSets", "Ledger", "Wire", "Settlement", "Signing", "Storage",
                "StorageSQLite", "TestSeeds", grdb, sqlite, protobuf,
            ]),
        tests(
            of: "Gateway",
            [
                "Domain", "RuleSets", "RuleFiles", "Ledger", "Wire", "Settlement", "Signing",
                "ZeroMQ", "Storage", "StorageSQLite", "Gateway", "gongji", grdb, protobuf,
            ]),
        tests(
            of: "gongji",
            [
                "gongji", "Domain", "RuleSets", "RuleFiles", "Wire", "Settlement", "Storage",
                "StorageSQLite", "Signing", "Gateway", "Simulation", arguments, histogram,
                protobuf,
            ]),
        tests(of: "Fuzzing", ["FuzzTargets", "Domain", "Signing", "Wire"]),
    ] + fuzzer,
    swiftLanguageModes: [.v6]
)
