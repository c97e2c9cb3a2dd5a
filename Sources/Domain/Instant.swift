/// A moment: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
package struct Instant: Hashable, Comparable, Sendable {
    package let milliseconds: Int64
    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package func advanced(byMilliseconds delta: Int64) -> Instant {
        Instant(milliseconds: milliseconds + delta)
    }

    package func milliseconds(since other: Instant) -> Int64 {
        milliseconds - other.milliseconds
    }

    package static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 with the offset of Asia/Shanghai (+08:00, no daylight saving since 1992).
    package var description: String {
        let local = milliseconds + BusinessDate.shanghaiOffsetMilliseconds
        let (days, rest) = local.flooredDivision(by: 86_400_000)
        let date = BusinessDate(daysSince1970: Int32(clamping: days))
        let seconds = rest / 1000
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { pad($0, 2) }
        return "\(date)T\(clock.joined(separator: ":")).\(pad(rest % 1000, 3))+08:00"
    }
}

/// A business date: a calendar day in Asia/Shanghai.
package struct BusinessDate: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let daysSince1970: Int32

    static let shanghaiOffsetMilliseconds: Int64 = 8 * 3_600_000

    package init(daysSince1970: Int32) { self.daysSince1970 = daysSince1970 }

    /// The day that it is in Asia/Shanghai at `instant`.
    package init(at instant: Instant) {
        let local = instant.milliseconds + BusinessDate.shanghaiOffsetMilliseconds
        daysSince1970 = Int32(clamping: local.flooredDivision(by: 86_400_000).quotient)
    }

    /// The day of a date in the Gregorian calendar; nil if there is no such day, or the year is not
    /// one of 0 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else {
            return nil
        }
        // The inverse of `civil`: years and months counted from March, so that leap days come last.
        let shiftedYear = month > 2 ? year : year - 1
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(daysSince1970: Int32(era * 146_097 + dayOfEra - 719_468))
        // 30 February became a day of March.
        guard civil == (year, month, day) else { return nil }
    }

    package var next: BusinessDate {
        BusinessDate(daysSince1970: daysSince1970 == .max ? .max : daysSince1970 + 1)
    }

    /// Its first moment in Asia/Shanghai.
    package var start: Instant {
        Instant(
            milliseconds: Int64(daysSince1970) * 86_400_000
                - BusinessDate.shanghaiOffsetMilliseconds)
    }

    /// Year, month and day in the Gregorian calendar.
    package var civil: (year: Int, month: Int, day: Int) {
        // Days to civil date in the proleptic Gregorian calendar: eras of 400 years from 0000-03-01.
        let shifted = Int(daysSince1970) + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    /// `2026-06-09`.
    package var description: String {
        let (year, month, day) = civil
        return "\(pad(Int64(year), 4))-\(pad(Int64(month), 2))-\(pad(Int64(day), 2))"
    }

    package static func < (left: BusinessDate, right: BusinessDate) -> Bool {
        left.daysSince1970 < right.daysSince1970
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

private func pad(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
