import Foundation
import Gateway
import Glibc

/// The machine and the build that a measurement was made on.
struct BenchConditions {
    var cores: Int
    var cpuModel: String
    var kernel: String
    var os: String
    var version: String
    var build: String

    static func current() -> BenchConditions {
        var name = utsname()
        uname(&name)
        return BenchConditions(
            cores: ProcessInfo.processInfo.activeProcessorCount,
            cpuModel: field("model name", in: "/proc/cpuinfo", separator: ":"),
            kernel: withUnsafeBytes(of: name.release) { text($0) },
            os: field("PRETTY_NAME", in: "/etc/os-release", separator: "=")
                .trimmingCharacters(in: CharacterSet(charactersIn: "\"")),
            version: Node.version, build: buildKind)
    }

    var json: JSON {
        [
            "cores": .int(cores), "cpu_model": .text(cpuModel), "kernel": .text(kernel),
            "os": .text(os), "version": .text(version), "build": .text(build),
        ]
    }

    /// The kind of file system that `path` is on: what an fsync costs depends on it.
    static func fileSystem(of path: String) -> String {
        guard let mounts = FileManager.default.contents(atPath: "/proc/self/mounts") else {
            return "unknown"
        }
        var found = (point: "", kind: "unknown")
        for line in String(decoding: mounts, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 3 else { continue }
            let point = String(fields[1])
            let isAbove = path == point || path.hasPrefix(point == "/" ? "/" : point + "/")
            if isAbove, point.count >= found.point.count { found = (point, String(fields[2])) }
        }
        return found.kind
    }

    private static var buildKind: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    private static func field(_ name: String, in file: String, separator: Character) -> String {
        guard let data = FileManager.default.contents(atPath: file) else { return "unknown" }
        for line in String(decoding: data, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: separator, maxSplits: 1)
            if parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name {
                return parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
        return "unknown"
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}
