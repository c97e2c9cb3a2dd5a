import Domain

/// Identity numbers of nobody (GB 11643-1999), made for people of a given age.
enum SampleIdentity {
    /// Of a person whose `years`th birthday is `days` after `today`; `sequence` tells apart those who
    /// were born on one day.
    static func number(
        turning years: Int, inDays days: Int32 = 0, today: BusinessDate, sequence: Int
    ) -> String {
        let day = BusinessDate(daysSince1970: today.daysSince1970 + days).civil
        // Born on 29 February: the birthday of other years is 28 February here.
        let born =
            BusinessDate(year: day.year - years, month: day.month, day: day.day)
            ?? BusinessDate(year: day.year - years, month: day.month, day: day.day - 1)!
        let (year, month, date) = born.civil
        let digits =
            "650103\(padded(year, 4))\(padded(month, 2))\(padded(date, 2))"
            + padded(sequence, 3)
        // ISO 7064 MOD 11-2.
        let sum = digits.utf8.reduce(0) { 2 * ($0 + Int($1 - UInt8(ascii: "0"))) % 11 }
        let last = (12 - sum) % 11
        return digits + (last == 10 ? "X" : "\(last)")
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: width - digits.count) + digits
    }
}
