import Foundation
import Glibc

/// A program of the system that the command calls.
enum Tool {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs `words[0]` with the rest as arguments, and waits. Throws ``Failed`` with what it said.
    static func run(_ words: String...) throws { try run(words) }

    static func run(_ words: [String]) throws {
        guard let path = path(of: words[0]) else {
            throw Failed(description: "\(words[0]) is not installed")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = Array(words.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let said = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: said, as: UTF8.self)
            throw Failed(
                description: "\(words.joined(separator: " ")): "
                    + text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
    }

    private static func path(of name: String) -> String? {
        ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].map { $0 + name }
            .first { access($0, X_OK) == 0 }
    }
}
