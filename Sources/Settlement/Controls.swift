import Domain

/// What one member of staff cannot do alone, as a province sets it (`deploy/README.md`, Controls).
package struct Controls: Hashable, Sendable {
    /// The most that is paid into one account on one day, in fen.
    package let depositFenMax: Int64
    /// The most that an account begins with, in fen.
    package let openingBalanceFenMax: Int64
    /// How long an account of a card is not paid to after it was set, unless a second person has
    /// confirmed it.
    package let cardCoolingOffMilliseconds: Int64
    /// What the limits of questions about people (`protocol/messages.md`) are multiplied by: 1, or more in a
    /// network of one owner that is measured.
    package let peerQuestionsFactor: Int

    package init(
        depositFenMax: Int64 = 100_000_00, openingBalanceFenMax: Int64 = 500_000_00,
        cardCoolingOffMilliseconds: Int64 = 24 * 3_600_000, peerQuestionsFactor: Int = 1
    ) {
        self.depositFenMax = depositFenMax
        self.openingBalanceFenMax = openingBalanceFenMax
        self.cardCoolingOffMilliseconds = cardCoolingOffMilliseconds
        self.peerQuestionsFactor = peerQuestionsFactor
    }

    /// Whether money may be paid to `card` now.
    func mayPay(to card: Person.CardAccount, at now: Instant) -> Bool {
        card.confirmedBy != nil
            || now.milliseconds - card.since.milliseconds >= cardCoolingOffMilliseconds
    }
}
