/// One thing that is wrong with a file of rules or a register.
package struct RuleFileFault: Hashable, Sendable, CustomStringConvertible {
    /// The name of the file; of the folder, if it is not one file that is wrong.
    package let file: String
    /// From 1; nil: the whole file.
    package let line: Int?
    /// From 1, in Unicode scalars.
    package let column: Int?
    package let what: String
    /// What was likely meant; nil: nothing is near, or only one thing is allowed.
    package let nearest: String?
    /// What is allowed; empty: that says itself.
    package let allowed: String

    package init(
        file: String, line: Int? = nil, column: Int? = nil, what: String, nearest: String? = nil,
        allowed: String = ""
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.what = what
        self.nearest = nearest
        self.allowed = allowed
    }

    /// One line: `zibo-2021.yaml:12: unknown key "alow" of check kinship; allowed: allow`.
    package var description: String {
        var text = quotable(file)
        if let line { text += ":\(line)" }
        text += ": \(what)"
        if let nearest { text += "; nearest: \(nearest)" }
        if !allowed.isEmpty { text += "; allowed: \(allowed)" }
        return text
    }
}

/// Everything that is wrong, by file and line; never empty.
package struct RuleFileFaults: Error, Hashable, CustomStringConvertible {
    package let faults: [RuleFileFault]
    package init(_ faults: [RuleFileFault]) { self.faults = faults }

    package var description: String {
        faults.map(\.description).joined(separator: "\n")
    }
}

/// The faults of one file: at most ``toldMax`` are kept, the others counted.
final class FaultList {
    static let toldMax = 100

    let file: String
    private var told: [RuleFileFault] = []
    private(set) var count = 0

    init(file: String) { self.file = file }

    func add(
        line: Int?, column: Int? = nil, _ what: String, nearest: String? = nil,
        allowed: String = ""
    ) {
        count += 1
        guard told.count < FaultList.toldMax else { return }
        told.append(
            RuleFileFault(
                file: file, line: line, column: column, what: what, nearest: nearest,
                allowed: allowed))
    }

    /// By line; those without one first, the count of those that are not told last.
    var faults: [RuleFileFault] {
        var all = told.enumerated().sorted {
            ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
        }.map(\.element)
        if count > told.count {
            all.append(
                RuleFileFault(
                    file: file, line: all.last?.line,
                    what: "and \(count - told.count) more faults"))
        }
        return all
    }
}

/// `text` as it can stand in one line of a message: cut, and without what moves the cursor.
func quotable(_ text: String, max: Int = 60) -> String {
    var safe = ""
    for scalar in text.unicodeScalars.prefix(max) {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
            safe += "?"
        default: safe.unicodeScalars.append(scalar)
        }
    }
    return text.unicodeScalars.count > max ? safe + "…" : safe
}

func quoted(_ text: String) -> String { "\"\(quotable(text))\"" }
