import Domain
import Wire

// On what a rule refused, for people and for programs.

extension Grounds {
    /// `rule W5: 500.00 yuan; limit: a record from 500.00 yuan on`, or `field region; allowed: …`.
    var sentence: String {
        rule == Grounds.form
            ? "\(compared.withYuan); allowed: \(limit.withYuan)"
            : "rule \(rule): \(compared.withYuan); limit: \(limit.withYuan)"
    }

    /// Nil if the node named no rule.
    init?(_ told: Gongji_V1_Grounds) {
        guard let rule = RuleID(told.rule) else { return nil }
        self.init(rule: rule, compared: told.compared, limit: told.limit)
    }
}

extension String {
    /// Amounts stand in grounds as `50000 fen` and in no other way; people think in yuan.
    var withYuan: String {
        replacing(/(^|[^0-9A-Za-z-])(-?[0-9]{1,18}) fen\b/) { match in
            "\(match.1)\(Int64(match.2).map(YuanAmount.text) ?? String(match.2)) yuan"
        }
    }
}

extension JSON {
    /// Always the same members, null where no rule is named; texts as the node gave them.
    static func grounds(_ grounds: Grounds?) -> JSON {
        [
            "rule": .optional(grounds?.rule.text), "compared": .optional(grounds?.compared),
            "limit": .optional(grounds?.limit),
        ]
    }
}
