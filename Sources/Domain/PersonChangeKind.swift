/// What a change of a person was about.
package enum PersonChangeKind: UInt8, Sendable, CaseIterable {
    /// The account was opened.
    case opened = 1
    case insurance = 2
    case violation = 3
    case cardAccount = 4
    /// Somebody else than who set it has confirmed the card account.
    case cardConfirmed = 5

    package var word: String {
        switch self {
        case .opened: "opened"
        case .insurance: "insurance"
        case .violation: "violation"
        case .cardAccount: "card_account"
        case .cardConfirmed: "card_confirmed"
        }
    }
}
