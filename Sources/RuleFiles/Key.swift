package import Domain
package import RuleSets

/// A key of a mapping in a file of rules, and what may stand under it.
package struct Key: Sendable {
    package let name: String
    package let value: Value
    package let isRequired: Bool

    package indirect enum Value: Sendable {
        case amount
        case date
        case clock
        case flag
        case number(ClosedRange<Int>)
        /// One line, of at most so many characters.
        case line(Int)
        /// 1 to `max` of lower-case letters, digits and hyphens.
        case name(max: Int)
        case ruleID
        case bank
        case regions
        case word(Words)
        case words(Words)
        case fields([Key])
        case rows([Key])
        /// Read by its own function.
        case rules
    }

    /// The words of one kind of value.
    package struct Words: Hashable, Sendable {
        package let kind: String
        package let words: [String]
    }

    init(_ name: String, _ value: Value, optional: Bool = false) {
        self.name = name
        self.value = value
        isRequired = !optional
    }
}

extension Key.Value: CustomStringConvertible {
    /// What may be written, in words: of the keys in `fields` and `rows`, each with its own.
    package var description: String {
        switch self {
        case .amount: "yuan with at most two decimals, such as 4205.00"
        case .date: "a day, YYYY-MM-DD"
        case .clock: "a time of day, HH:MM"
        case .flag: "true or false"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .line(let max): "one line of at most \(max) characters"
        case .name(let max): "1 to \(max) of a-z, 0-9 and -"
        case .ruleID: "1 to 8 of A-Z, 0-9 and -"
        case .bank: "1 to 16 of A-Z and 0-9"
        case .regions: "a list of codes of six digits, such as [370300]"
        case .word(let words): "one of \(words.words.joined(separator: ", "))"
        case .words(let words): "a list of \(words.words.joined(separator: ", "))"
        case .fields(let keys): "a mapping of \(Key.list(keys))"
        case .rows(let keys): "a list of mappings of \(Key.list(keys))"
        case .rules: "a list of rules, each with id and check"
        }
    }
}

extension Key {
    /// `from, amount`; what need not be there is marked.
    static func list(_ keys: [Key]) -> String {
        keys.map { $0.isRequired ? $0.name : "\($0.name) (optional)" }.joined(separator: ", ")
    }
}

/// A value that files name by a word.
protocol Worded: CaseIterable, Hashable {
    /// What the words are of, as the page names it.
    static var kind: String { get }
    var word: String { get }
}

extension Worded {
    static var words: Key.Words { Key.Words(kind: kind, words: allCases.map(\.word)) }
}

extension Insurance: Worded { static var kind: String { "insurance" } }
extension Kinship: Worded { static var kind: String { "kinship" } }
extension Channel: Worded { static var kind: String { "channel" } }
extension VerificationMethod: Worded { static var kind: String { "method of verification" } }
extension Category: Worded { static var kind: String { "category" } }
extension VisitType: Worded { static var kind: String { "type of visit" } }
extension InstitutionKind: Worded { static var kind: String { "kind of institution" } }
extension WithdrawalReason: Worded { static var kind: String { "reason of withdrawal" } }
extension DrawOrder: Worded { static var kind: String { "order" } }
extension Check.OwnAccount: Worded {
    static var kind: String { "use of the own account" }
    var word: String {
        switch self {
        case .first: "first"
        case .onlyWhenEmpty: "only_when_empty"
        }
    }
}
