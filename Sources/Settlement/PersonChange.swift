package import Domain

/// One change of what is recorded of a person: never overwritten, never taken away.
package struct PersonChange: Hashable, Sendable {
    package let wallet: WalletID
    /// 1, 2, … for each person.
    package let number: UInt64
    package let what: PersonChangeKind
    /// What was there, and what is there now, in words for people; empty: nothing was. Of a card the
    /// bank and the last digits: a digest of so short a number, with those, would be the number.
    package let before: String
    package let after: String
    package let by: Principal
    package let at: Instant
    /// The command.
    package let request: Identifier

    package init(
        wallet: WalletID, number: UInt64, what: PersonChangeKind, before: String, after: String,
        by: Principal, at: Instant, request: Identifier
    ) {
        self.wallet = wallet
        self.number = number
        self.what = what
        self.before = before
        self.after = after
        self.by = by
        self.at = at
        self.request = request
    }
}

// How what is recorded stands in the history.

extension Person {
    var insuranceWords: String { "\(insurance.word) \(standing.word)" }
}

extension Person.Violation {
    var words: String { "until \(until): \(reason)" }
}

extension Person.CardAccount {
    /// The last four digits of a number that is long enough to keep the others to itself.
    var words: String {
        number.utf8.count >= 12 ? "\(bank) …\(number.suffix(4))" : "\(bank) …"
    }
}
