import ArgumentParser
import Domain
import Foundation
import Gateway
import RuleFiles
import RuleSets

/// Where rule sets lie when nobody says so.
enum RuleFolders {
    /// In the order in which they are looked at; the first is seen from the current folder.
    static let places = [
        "deploy/rulesets", "/etc/gongji/rulesets", "/usr/share/gongji/rulesets",
    ]

    /// The first of ``places`` that is a folder, from the root. Throws ``CommandFailure`` that names
    /// all of them.
    static func `default`() throws -> String { try first(of: places) }

    static func first(of places: [String]) throws -> String {
        let all = places.map(absolutePath)
        guard let found = all.first(where: isFolder) else {
            throw CommandFailure.failed(
                "no folder of rule sets is at \(all.joined(separator: ", nor at ")). "
                    + "Name one with --rules DIR.")
        }
        return found
    }

    static func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && isFolder.boolValue
    }
}

extension NodeOptions {
    /// Whether there is a node to ask without guessing.
    var isNamed: Bool {
        node != nil || cluster != nil || ProcessInfo.processInfo.environment["GONGJI_NODE"] != nil
    }
}

/// `1 fault`, `2 faults`; those that a file has beyond what is told are counted too.
func faultCount(_ faults: [RuleFileFault]) -> String {
    let total = faults.reduce(0) { sum, fault in
        let more = fault.what.wholeMatch(of: /and ([0-9]+) more faults/).flatMap { Int($0.1) }
        return sum + (more ?? 1)
    }
    return counted(total, "fault")
}

/// `1 rule`, `2 rules`.
func counted(_ number: Int, _ thing: String) -> String {
    "\(number) \(thing)\(number == 1 ? "" : "s")"
}

extension RuleFileFault {
    var json: JSON {
        [
            "file": .text(file), "line": line.map { .int($0) } ?? nil,
            "column": column.map { .int($0) } ?? nil, "what": .text(what),
            "nearest": .optional(nearest), "allowed": .optional(allowed.isEmpty ? nil : allowed),
        ]
    }
}

extension OutputOptions {
    /// Everything that is wrong, one a line and then how much; or as one JSON object.
    func show(_ faults: [RuleFileFault]) {
        if json {
            Console.out(["ok": false, "faults": .array(faults.map(\.json))])
        } else {
            Console.out((faults.map(\.description) + [faultCount(faults)]).joined(separator: "\n"))
        }
    }
}
