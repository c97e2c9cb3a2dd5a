import ArgumentParser
import Domain
import Foundation

// How the values of the protocol are written on the command line.

extension Identifier: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension WalletID: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension ProvinceCode: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension InstitutionCode: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension RegionCode: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

/// A moment of RFC 3339.
@Sendable func instantArgument(_ text: String) throws -> Instant {
    guard let date = try? Date(text, strategy: .iso8601) else {
        throw ValidationError("\(text) is no time of RFC 3339, such as 2026-11-23T10:00:00+08:00.")
    }
    return Instant(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded()))
}

/// A day on the command line: `2026-11-23`.
struct DayArgument: ExpressibleByArgument {
    let date: BusinessDate

    init?(argument: String) {
        let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            year >= 1970
        else { return nil }
        // Days from civil: the inverse of ``BusinessDate/civil``.
        let shifted = month > 2 ? year : year - 1
        let (era, yearOfEra) = shifted.quotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        guard let days = Int32(exactly: era * 146_097 + dayOfEra - 719_468) else { return nil }
        date = BusinessDate(daysSince1970: days)
        guard date.description == argument else { return nil }
    }
}
