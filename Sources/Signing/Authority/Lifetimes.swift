import Domain

/// How long what an authority issues holds.
package struct Lifetimes: Hashable, Sendable {
    /// 20 years: what nodes take, and no more.
    package static let rootDaysMax = 7305
    /// 2 years.
    package static let provinceDaysMax = 730

    package var rootDays = rootDaysMax
    package var provinceDays = provinceDaysMax
    /// By when the next revocation list is due.
    package var revocationListDays = 30
    /// How far certificates begin before they are made, for nodes whose clocks are behind.
    package var backdateMinutes = 10

    package init() {}

    func validity(from now: Instant, days: Int) -> Validity {
        Validity(
            from: now.advanced(byMilliseconds: -Int64(backdateMinutes) * 60_000),
            to: now.advanced(byMilliseconds: Int64(days) * 86_400_000))
    }
}
