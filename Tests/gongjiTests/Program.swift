import Foundation
import Testing

/// The built `gongji`, run as a user runs it.
enum Program {
    struct Run {
        let exit: Int32
        let output: String
        let errors: String

        /// Standard output as JSON.
        func json() throws -> [String: Any] {
            let json = try? JSONSerialization.jsonObject(with: Data(output.utf8))
            return try #require(
                json as? [String: Any], "no JSON object: \(output)\n\(errors)")
        }
    }

    /// The program beside the tests, which the same build has made.
    static let path: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        let beside = URL(fileURLWithPath: tests ?? "").deletingLastPathComponent().path + "/gongji"
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return packageFolder + "/.build/debug/gongji"
    }()

    static let packageFolder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// For commands that found a cluster, wherever the tests run.
    static let rules = packageFolder + "/deploy/rulesets"

    @discardableResult
    static func gongji(_ arguments: String..., expecting exit: Int32? = 0) throws -> Run {
        try gongji(arguments, expecting: exit)
    }

    @discardableResult
    static func gongji(_ arguments: [String], expecting exit: Int32? = 0) throws -> Run {
        let run = try start(path, arguments)
        if let exit {
            #expect(
                run.exit == exit,
                "gongji \(arguments.joined(separator: " "))\n\(run.output)\n\(run.errors)")
        }
        return run
    }

    /// Runs any program, found by PATH unless it is a path.
    static func start(_ program: String, _ arguments: [String], in folder: String? = nil) throws
        -> Run
    {
        let process = Process()
        process.executableURL = URL(
            fileURLWithPath: program.hasPrefix("/") ? program : "/usr/bin/env")
        process.arguments = (program.hasPrefix("/") ? [] : [program]) + arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        // Files rather than pipes: neither can fill up.
        let scratch = try Scratch()
        let (output, errors) = (scratch.path + "/out", scratch.path + "/err")
        for file in [output, errors] {
            _ = FileManager.default.createFile(atPath: file, contents: nil)
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(
            forWritingTo: URL(fileURLWithPath: output))
        process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: errors))
        try process.run()
        process.waitUntilExit()
        return Run(
            exit: process.terminationStatus,
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }
}

/// A folder that goes away with its last reference.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.path
            + "/gongji-test-" + UUID().uuidString.prefix(13).lowercased()
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
