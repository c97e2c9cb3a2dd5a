package import Domain

/// From when to when a certificate holds, both included. X.509 keeps whole seconds.
package struct Validity: Hashable, Sendable {
    package let notBefore: Instant
    package let notAfter: Instant

    package init(from notBefore: Instant, to notAfter: Instant) {
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// From `start` for a number of days of 24 hours.
    package init(from start: Instant, days: Int) {
        self.init(from: start, to: start.advanced(byMilliseconds: Int64(days) * 86_400_000))
    }

    package func contains(_ instant: Instant) -> Bool {
        notBefore <= instant && instant <= notAfter
    }

    /// Whole days from `instant` to the end; negative once it is over.
    package func daysLeft(at instant: Instant) -> Int {
        let left = notAfter.milliseconds(since: instant)
        return Int(left >= 0 ? left / 86_400_000 : -((-left + 86_399_999) / 86_400_000))
    }
}

extension Instant {
    /// Whole seconds since 1970, rounded down: what X.509 can say.
    var seconds: Int {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        return Int(remainder < 0 ? quotient - 1 : quotient)
    }

    init(seconds: Int64) { self.init(milliseconds: seconds * 1000) }
}

extension Validity {
    /// Whether it is no longer than so many days, and a day for what it begins early.
    func isWithin(days: Int) -> Bool {
        notAfter.milliseconds - notBefore.milliseconds <= Int64(days + 1) * 86_400_000
    }
}
