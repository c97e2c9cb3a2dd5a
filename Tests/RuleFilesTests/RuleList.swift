import Domain
import Foundation
import RuleFiles
import RuleSets
import Testing

/// `docs/rules.md`: no rule is missing, and each is where the list says.
@Suite struct RuleList {
    struct Row {
        let id: String
        let data: String
        let code: String
        let tests: String
    }

    static let ids = [
        "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N10", "N11", "N12", "N13", "N14", "W1",
        "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W10", "W11", "W12", "Z1", "Z2", "Z3",
        "Z4", "Z5", "Z6", "Z7", "Z8", "Z9", "G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8", "G9",
        "G10", "G11", "G12", "G14", "G15", "G16", "G17", "G18", "S1", "S2", "S3", "S4", "S5", "S6",
        "S8",
    ]

    let rows: [Row]

    init() throws {
        rows = try Repository.text("docs/rules.md").split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 5, cells[0].wholeMatch(of: /[NWZGS][0-9]+/) != nil else {
                return nil
            }
            return Row(id: cells[0], data: cells[2], code: cells[3], tests: cells[4])
        }
    }

    /// What stands in backticks.
    private func names(_ cell: String) -> [String] {
        cell.matches(of: /`([^`]+)`/).map { String($0.1) }
    }

    private func files(under folder: String) throws -> [String] {
        let root = Repository.root.appendingPathComponent(folder)
        let paths = FileManager.default.enumerator(atPath: root.path)?.allObjects ?? []
        return paths.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    }

    @Test func noRuleIsMissingFromTheList() {
        #expect(Set(rows.map(\.id)) == Set(Self.ids))
    }

    @Test func theDataIsWhereTheListSays() throws {
        var listed: [String: [String: Set<String>]] = [:]
        for row in rows {
            for match in row.data.matches(of: /`([a-z0-9-]+)`: ([A-Z0-9, -]+)/) {
                listed[row.id, default: [:]][String(match.1), default: []].formUnion(
                    match.2.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
            }
        }
        var deployed: [String: [String: Set<String>]] = [:]
        for loaded in try RuleFolder.load(folder: Repository.ruleSets).sets {
            for rule in loaded.set.rules {
                let id = String(rule.id.text.prefix { $0 != "-" })
                deployed[id, default: [:]][loaded.set.name, default: []].insert(rule.id.text)
            }
        }
        for id in Self.ids { #expect(listed[id] == deployed[id], "\(id)") }
    }

    @Test func theCodeIsWhereTheListSays() throws {
        let sources = try files(under: "Sources")
        for row in rows {
            #expect(!names(row.code).isEmpty, "\(row.id)")
            for name in names(row.code) {
                #expect(
                    sources.contains { "/\($0)".hasSuffix("/\(name).swift") }, "\(row.id): \(name)")
            }
        }
    }

    @Test func eachRuleHasATestThatBeginsWithItsID() throws {
        var tested: [String: Set<String>] = [:]
        for file in try files(under: "Tests") {
            let text = try Repository.text("Tests/\(file)")
            for match in text.matches(of: /@Test\(\s*"([^":]*):/) {
                for id in match.1.matches(of: /\b[NWZGS][0-9]+\b/) {
                    tested[String(id.0), default: []].insert(String(file.dropLast(6)))
                }
            }
        }
        for row in rows { #expect(Set(names(row.tests)) == tested[row.id] ?? [], "\(row.id)") }
    }
}
