/// The id of a rule (`docs/rules.md`): a letter for its document and a number, such as `W5`. `LOCAL` and
/// the like are for rule sets that a province writes itself: 1 to 8 of `A-Z`, `0-9`, `-`.
package struct RuleID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        guard (1...8).contains(text.utf8.count),
            text.utf8.allSatisfy({
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            })
        else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (left: RuleID, right: RuleID) -> Bool { left.text < right.text }
}

/// On what a rule refused: what it compared with what. Both are short texts without personal data,
/// with their unit: `50000 fen`, `16 years`, `2012-07-01`, `sibling`.
package struct Grounds: Hashable, Sendable {
    package static let textBytesMax = 200

    package let rule: RuleID
    package let compared: String
    package let limit: String

    /// The id that stands for the form of a request in the place of a rule: no document has it.
    package static let form: RuleID = {
        guard let id = RuleID("FORM") else { preconditionFailure("no id of a rule") }
        return id
    }()

    /// Texts that are too long are cut.
    package init(rule: RuleID, compared: String, limit: String) {
        self.rule = rule
        self.compared = Grounds.cut(compared)
        self.limit = Grounds.cut(limit)
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textBytesMax else { return text }
        var length = 0
        return String(
            text.prefix { character in
                length += character.utf8.count
                return length <= textBytesMax
            })
    }
}

extension RefusalReason {
    /// `malformed`, with the field that makes no sense and what is allowed there.
    package static func form(_ field: String, _ allowed: String) -> RefusalReason {
        RefusalReason(
            .malformed, Grounds(rule: Grounds.form, compared: "field \(field)", limit: allowed))
    }
}

/// A refusal: the status that clients act on, and the rule behind it where a rule is.
package struct RefusalReason: Error, Hashable, Sendable {
    package let status: Status
    package let grounds: Grounds?

    package init(_ status: Status, _ grounds: Grounds? = nil) {
        self.status = status
        self.grounds = grounds
    }
}
