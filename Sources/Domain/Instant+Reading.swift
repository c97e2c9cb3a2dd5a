// The one reading of times and days that people and files write. What is in no calendar and on no
// clock is nil, and never the next day or hour.

extension Instant {
    /// A time of RFC 3339 with its offset: `2026-11-23T10:00:00+08:00`, of the years 1900 to 2999. A
    /// second has at most nine decimals; what is finer than a millisecond is cut off. Leap seconds are
    /// not read, as ``Instant`` does not count them.
    package init?(rfc3339 text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count >= 20, utf8.count <= 35,
            let date = BusinessDate(iso: String(decoding: utf8[0..<10], as: UTF8.self)),
            utf8[10] == UInt8(ascii: "T") || utf8[10] == UInt8(ascii: "t"),
            let hour = twoDigits(utf8, at: 11, below: 24), utf8[13] == UInt8(ascii: ":"),
            let minute = twoDigits(utf8, at: 14, below: 60), utf8[16] == UInt8(ascii: ":"),
            let second = twoDigits(utf8, at: 17, below: 60)
        else { return nil }
        var rest = utf8[19...]
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix(while: isDigit)
            guard (1...9).contains(digits.count) else { return nil }
            let padded = (Array(digits) + [UInt8(ascii: "0"), UInt8(ascii: "0")]).prefix(3)
            fraction = Int64(wholeNumber(padded))
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let offset = Instant.offsetMinutes(Array(rest)) else { return nil }
        let minutes = Int64(date.daysSince1970) * 1440 + Int64(hour * 60 + minute - offset)
        self.init(milliseconds: (minutes * 60 + Int64(second)) * 1000 + fraction)
    }

    /// `Z` or `+08:00`, in minutes east of Greenwich.
    private static func offsetMinutes(_ text: Bytes) -> Int? {
        if text.count == 1 {
            return text[0] == UInt8(ascii: "Z") || text[0] == UInt8(ascii: "z") ? 0 : nil
        }
        guard text.count == 6, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            let hours = twoDigits(text, at: 1, below: 24), text[3] == UInt8(ascii: ":"),
            let minutes = twoDigits(text, at: 4, below: 60)
        else { return nil }
        let offset = hours * 60 + minutes
        return text[0] == UInt8(ascii: "-") ? -offset : offset
    }
}

extension BusinessDate {
    /// `2026-06-09`, a day of the calendar in the years 1900 to 2999.
    package init?(iso text: String) {
        let utf8 = Array(text.utf8)
        guard utf8.count == 10, utf8[4] == UInt8(ascii: "-"), utf8[7] == UInt8(ascii: "-"),
            utf8[0..<4].allSatisfy(isDigit), utf8[5..<7].allSatisfy(isDigit),
            utf8[8..<10].allSatisfy(isDigit)
        else { return nil }
        let year = wholeNumber(utf8[0..<4])
        guard (1900...2999).contains(year) else { return nil }
        self.init(
            year: year, month: wholeNumber(utf8[5..<7]), day: wholeNumber(utf8[8..<10]))
    }
}

/// Minutes since midnight for a time of day, `06:00`, from 00:00 to 23:59.
package func minutesOfDay(_ text: String) -> Int? {
    let utf8 = Array(text.utf8)
    guard utf8.count == 5, utf8[2] == UInt8(ascii: ":"),
        let hour = twoDigits(utf8, at: 0, below: 24), let minute = twoDigits(utf8, at: 3, below: 60)
    else { return nil }
    return hour * 60 + minute
}

private func twoDigits(_ text: Bytes, at place: Int, below limit: Int) -> Int? {
    guard isDigit(text[place]), isDigit(text[place + 1]) else { return nil }
    let number = wholeNumber(text[place...place + 1])
    return number < limit ? number : nil
}

private func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}

private func wholeNumber(_ digits: some Sequence<UInt8>) -> Int {
    digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
}
