import Domain
import Foundation
import Testing

/// The tables of `protocol/states.md` that are checked cell by cell.
struct StatesPage {
    struct Table {
        /// Without the first, which is the event.
        let columns: [String]
        var rows: [(event: String, cells: [String])] = []
    }

    /// Of a heading, the tables below it up to the next heading of its level or above.
    static func tables(under heading: String) throws -> [Table] {
        let level = heading.prefix { $0 == "#" }.count
        let lines = try Repository.text("protocol/states.md").components(separatedBy: "\n")
        guard let start = lines.firstIndex(of: heading) else {
            Issue.record("the page has no heading \(heading)")
            return []
        }
        let section = lines[(start + 1)...].prefix { line in
            guard line.hasPrefix("#") else { return true }
            return line.prefix { $0 == "#" }.count > level
        }
        var tables: [Table] = []
        var isInTable = false
        for line in section {
            guard line.hasPrefix("|") else {
                isInTable = false
                continue
            }
            let cells = line.dropFirst().dropLast().components(separatedBy: "|")
                .map { $0.trimmingCharacters(in: .whitespaces) }
            if !isInTable {
                isInTable = true
                tables.append(Table(columns: Array(cells.dropFirst())))
                if cells.first != "event" { tables.removeLast() }
            } else if tables.last?.columns.count == cells.count - 1,
                !cells.allSatisfy({ $0.allSatisfy { "-:".contains($0) } && !$0.isEmpty })
            {
                tables[tables.count - 1].rows.append((cells[0], Array(cells.dropFirst())))
            }
        }
        return tables
    }

    /// All rows of the tables, which must have these columns.
    static func rows(
        of tables: [Table], columns: [String]
    ) -> [String: [String]] {
        var rows: [String: [String]] = [:]
        for table in tables {
            #expect(table.columns.map { $0.replacing("`", with: "") } == columns)
            for row in table.rows {
                #expect(rows[row.event] == nil, "twice: \(row.event)")
                rows[row.event] = row.cells
            }
        }
        return rows
    }

    private static let accounts: Set<String> = [
        "giver", "quota", "held", "payable", "account", "payout",
    ]

    /// The parts of a cell; nil if one of them means nothing.
    static func parts(of cell: String) -> Set<String>? {
        var parts: Set<String> = []
        for part in cell.components(separatedBy: ", ") {
            guard isKnown(part), parts.insert(part).inserted else { return nil }
        }
        return parts
    }

    private static func isKnown(_ part: String) -> Bool {
        if ["–", "notice", "kept", "again", "vote", "a source", "no source"].contains(part) {
            return true
        }
        if isStatus(part) { return true }
        if let told = rest(of: part, after: "told ") {
            return isStatus(told)
                || ["the relation", "the withdrawal", "the wallet"].contains(told)
        }
        if let refusal = rest(of: part, after: "refusal ") { return isStatus(refusal) }
        if let word = rest(of: part, after: "✗ `") { return isWord(word.dropLast()) }
        if let state = rest(of: part, after: "**→ ") {
            let halves = state.components(separatedBy: "**")
            guard halves.count == 2 else { return false }
            let reason = halves[1]
            return reason.isEmpty
                || reason.hasPrefix(" (") && isStatus(String(reason.dropFirst(2).dropLast()))
        }
        if let message = rest(of: part, after: "`") {
            let halves = message.components(separatedBy: "`")
            guard halves.count == 2, isWord(halves[0][...]) else { return false }
            return halves[1].isEmpty || isStatus(String(halves[1].dropFirst()))
        }
        let posting = part.components(separatedBy: " → ")
        return posting.count == 2 && posting.allSatisfy(accounts.contains)
    }

    private static func rest(of part: String, after prefix: String) -> String? {
        part.hasPrefix(prefix) ? String(part.dropFirst(prefix.count)) : nil
    }

    private static func isStatus(_ text: String) -> Bool {
        UInt32(text).flatMap(Status.init(rawValue:)) != nil
    }

    private static func isWord(_ text: Substring) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isLowercase || $0 == "_" }
    }

    /// Compares what the page says of `event` with what happens: nothing where it cannot.
    static func compare(
        _ rows: [String: [String]], _ event: String, columns: [String],
        happens: (Int) -> Set<String>?
    ) {
        guard let cells = rows[event] else {
            Issue.record("the page has no row: \(event)")
            return
        }
        for (index, cell) in cells.enumerated() {
            let place = "\(event), \(columns[index])"
            guard let happened = happens(index) else {
                #expect(cell.isEmpty, "\(place): it cannot happen")
                continue
            }
            guard let said = parts(of: cell) else {
                Issue.record("\(place): not to be read: \(cell)")
                continue
            }
            #expect(said.sorted() == happened.sorted(), "\(place)")
        }
    }
}
