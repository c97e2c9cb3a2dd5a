import Domain
import Foundation
import RuleFiles
import RuleSets
import Testing

/// What stands in the repository beside the tests.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let ruleSets = root.appendingPathComponent("deploy/rulesets").path

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The files of `deploy/rulesets`, by name.
    static func files() throws -> [RuleFolder.File] {
        try FileManager.default.contentsOfDirectory(atPath: ruleSets).sorted()
            .filter { $0.hasSuffix(".yaml") }
            .map { name in
                RuleFolder.File(
                    name: name,
                    bytes: Array(try Data(contentsOf: URL(fileURLWithPath: "\(ruleSets)/\(name)"))))
            }
    }
}

/// A folder of its own, removed at the end of the test.
final class Scratch {
    let path: String

    init() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gongji-rulefiles-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: Bytes) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    }
}

/// A set that is right: line 7 begins its only rule.
let national = """
    name: national-2026
    title: T
    source: S
    regions: [100000]
    from: 2026-06-09
    rules:
      - id: N6
        check: commitment
    ...

    """

/// The faults of one file beside a national set that is right.
func faults(_ text: String, named name: String = "local.yaml") -> [String] {
    faults([name: text, "national-2026.yaml": national])
}

func faults(_ files: [String: String]) -> [String] {
    let files = files.sorted { $0.key < $1.key }
    do {
        _ = try RuleFolder.read(
            files.map { RuleFolder.File(name: $0.key, bytes: Array(ended($0.value).utf8)) })
        return []
    } catch {
        return error.faults.map(\.description)
    }
}

/// The text, if it is one of a rule set, with the mark for its end.
func ended(_ text: String) -> String {
    text.hasSuffix("...\n") || !text.contains("rules:")
        ? text : text + (text.last?.isNewline == true ? "" : "\n") + "...\n"
}

/// A set with these lines as its rules; the first of them is line 7.
func local(_ rules: String, from: String = "2021-06-24") -> String {
    """
    name: local-2021
    title: T
    source: S
    regions: [370300]
    from: \(from)
    rules:
    \(rules)
    """
}

/// A rule with id and check, and the lines of its keys; `keys` begin in line 9.
func rule(_ check: String, _ keys: String = "") -> String {
    local("  - id: L1\n    check: \(check)\n" + keys)
}
