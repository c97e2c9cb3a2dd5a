import Domain

/// How long what an authority issues holds.
package struct Lifetimes: Hashable, Sendable {
    /// 20 years.
    package var rootDays = 7305
    /// 2 years.
    package var provinceDays = 730
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
