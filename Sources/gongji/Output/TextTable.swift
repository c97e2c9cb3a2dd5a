/// Columns of text for people: a heading, then rows, each column as wide as it needs to be.
struct TextTable {
    enum Alignment { case left, right }

    private let headings: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// - Parameter columns: headings; one that begins with `>` is for a column of numbers, which
    ///   stand at its right edge.
    init(_ columns: String...) { self.init(columns) }

    init(_ columns: [String]) {
        headings = columns.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
        alignments = columns.map { $0.hasPrefix(">") ? .right : .left }
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func add(_ cells: String...) { add(cells) }

    mutating func add(_ cells: [String]) {
        precondition(cells.count == headings.count, "a row with another number of cells")
        rows.append(cells)
    }

    /// Lines without one at the end; each begins with `indent` spaces.
    func text(indent: Int = 0) -> String {
        let all = [headings] + rows
        let widths = headings.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            var line = String(repeating: " ", count: indent)
            for (column, cell) in row.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                switch alignments[column] {
                case .left: line += cell + padding
                case .right: line += padding + cell
                }
                if column < row.count - 1 { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }
}
