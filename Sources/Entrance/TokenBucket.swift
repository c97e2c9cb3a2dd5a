/// A budget that fills by the clock: so much a second, at most `burst` saved up. What is spent may
/// overdraw it once; it is then spent until it has filled again.
package struct TokenBucket: Sendable {
    package let perSecond: Double
    package let burst: Double
    private var level: Double
    /// Milliseconds of a clock that only goes forward.
    private var filled: Double

    package init(perSecond: Double, burst: Double, at now: Double) {
        self.perSecond = perSecond
        self.burst = burst
        level = burst
        filled = now
    }

    /// Whether anything may be spent at `now`.
    package mutating func allows(at now: Double) -> Bool {
        fill(now)
        return level > 0
    }

    /// Takes `amount`; the level may go below zero.
    package mutating func spend(_ amount: Double, at now: Double) {
        fill(now)
        level -= amount
    }

    /// Milliseconds from `now` until something may be spent again; 0 if it may now.
    package mutating func rest(at now: Double) -> Double {
        fill(now)
        return level > 0 ? 0 : (1 - level) / perSecond * 1000
    }

    private mutating func fill(_ now: Double) {
        guard now > filled else { return }
        level = min(burst, level + (now - filled) / 1000 * perSecond)
        filled = now
    }
}
