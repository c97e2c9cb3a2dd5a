import ArgumentParser
import Domain

// How the values of the protocol are written on the command line.

// Full-width digits and letters are read as what they stand for.

extension Identifier: ExpressibleByArgument {
    init?(argument: String) { self.init(CanonicalText.typed(argument)) }
}

extension WalletID: ExpressibleByArgument {
    init?(argument: String) { self.init(CanonicalText.typed(argument)) }
}

extension ProvinceCode: ExpressibleByArgument {
    init?(argument: String) { self.init(CanonicalText.typed(argument)) }
}

extension InstitutionCode: ExpressibleByArgument {
    init?(argument: String) { self.init(CanonicalText.typed(argument)) }
}

extension RegionCode: ExpressibleByArgument {
    init?(argument: String) { self.init(CanonicalText.typed(argument)) }
}

/// A moment of RFC 3339, from 1970 on.
@Sendable func instantArgument(_ text: String) throws -> Instant {
    guard let instant = Instant(rfc3339: CanonicalText.typed(text)), instant.milliseconds >= 0
    else {
        throw ValidationError(
            "\(text) is no time of RFC 3339, such as 2026-11-23T10:00:00+08:00: a day of the "
                + "calendar, hours to 23, minutes and seconds to 59, and the offset.")
    }
    return instant
}

/// A day on the command line, from 1970 on: `2026-11-23`.
struct DayArgument: ExpressibleByArgument {
    let date: BusinessDate

    init?(argument: String) {
        guard let date = BusinessDate(iso: CanonicalText.typed(argument)), date.daysSince1970 >= 0
        else { return nil }
        self.date = date
    }
}
