import Domain
import RuleSets

// The tables of `docs/rulesets.md`, which a test compares with these.

extension CheckForm {
    /// The row of the table of checks.
    package var row: String {
        let told = keys.map { key in
            "`\(key.name)`\(key.isRequired ? "" : " (optional)"): \(key.value.brief)"
        }
        return
            "| `\(word)` | \(meaning) | \(told.isEmpty ? "none" : told.joined(separator: "; ")) |"
    }

    /// The rows of the table of words.
    package static var wordRows: [String] {
        let kinds = [
            Insurance.words, Kinship.words, Channel.words, VerificationMethod.words,
            Category.words, VisitType.words, InstitutionKind.words, WithdrawalReason.words,
            DrawOrder.words,
            Check.OwnAccount.words,
        ]
        return kinds.map { kind in
            "| \(kind.kind) | \(kind.words.map { "`\($0)`" }.joined(separator: ", ")) |"
        }
    }
}

extension Key.Value {
    /// ``description`` with the names of kinds of words in the place of the words.
    fileprivate var brief: String {
        switch self {
        case .amount: "amount"
        case .date: "day"
        case .clock: "time"
        case .number(let range): "\(range.lowerBound) to \(range.upperBound)"
        case .line(let max): "at most \(max) characters"
        case .regions: "list of regions"
        case .word(let words): "*\(words.kind)*"
        case .words(let words): "list of *\(words.kind)*"
        case .fields(let keys): Key.Value.brief(keys)
        case .rows(let keys): "list of \(Key.Value.brief(keys))"
        case .flag, .name, .ruleID, .bank, .rules: description
        }
    }

    private static func brief(_ keys: [Key]) -> String {
        let parts = keys.map { key in
            "`\(key.name)`\(key.isRequired ? "" : " (optional)"): \(key.value.brief)"
        }
        return "{" + parts.joined(separator: ", ") + "}"
    }
}
