import Domain
import Foundation
import Glibc

/// The node's log: one JSON object a line on standard error. It never holds an identity number, a
/// key, or a message body. What repeats is held back: at most ``perSecondMax`` lines a second of
/// errors and as many of the rest, and the number of lines that were left out is said.
package final class Log: Sendable {
    private struct State {
        var second: Int64 = 0
        var lines = 0
        var errors = 0
        var left = 0
        /// What ``writeOnce(_:_:_:)`` has said: when, and how often since.
        var said: [String: (at: Int64, count: Int)] = [:]
    }

    static let perSecondMax = 50
    private let state = Guarded(State())
    private let province: String

    package init(province: String) { self.province = province }

    package enum Level: String, Sendable { case info, warning, error }

    /// What goes on for as long as somebody wants it to: written when it begins, and then with its
    /// `count` when it happens again after a minute.
    package func writeOnce(_ level: Level, _ event: String, _ fields: [String: String]) {
        let second = Clock.now().milliseconds / 1000
        let key =
            event
            + fields.sorted { $0.key < $1.key }.map { "\u{0}\($0.key)\u{0}\($0.value)" }
            .joined()
        let count: Int? = state.withLock { state in
            if let said = state.said[key], second - said.at < 60 {
                state.said[key] = (said.at, said.count + 1)
                return nil
            }
            if state.said.count >= Log.saidMax { state.said = [:] }
            let count = (state.said[key]?.count ?? 0) + 1
            state.said[key] = (second, 0)
            return count
        }
        guard let count else { return }
        write(level, event, count == 1 ? fields : fields.merging(["count": String(count)]) { $1 })
    }

    private static let saidMax = 1024

    package func write(_ level: Level, _ event: String, _ fields: [String: String] = [:]) {
        let now = Clock.now()
        let note: Int? = state.withLock { state in
            let second = now.milliseconds / 1000
            if state.second != second {
                state.second = second
                state.lines = 0
                state.errors = 0
            }
            let count = level == .error ? state.errors : state.lines
            guard count < Log.perSecondMax else {
                state.left += 1
                return nil
            }
            if level == .error { state.errors += 1 } else { state.lines += 1 }
            defer { state.left = 0 }
            return state.left
        }
        guard let note else { return }
        var object = fields
        object["time"] = now.description
        object["level"] = level.rawValue
        object["event"] = event
        object["province"] = province
        if note > 0 { object["lines_left_out"] = String(note) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var line = try? encoder.encode(object) else { return }
        line.append(UInt8(ascii: "\n"))
        line.withUnsafeBytes { bytes in
            _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
