import Domain
import Testing

@testable import RuleSets

/// Which set governs what, and when.
@Suite struct Books {
    static func set(
        _ name: String, _ regions: [UInt32], from: BusinessDate = day(2020, 1, 1),
        until: BusinessDate? = nil
    ) -> RuleSet {
        RuleSet(
            name: name, title: name, regions: regions.map { region($0) }, from: from,
            until: until, rules: [])
    }

    static let date = day(2026, 7, 15)

    private func name(_ book: RuleBook, _ places: [UInt32], on date: BusinessDate = date) -> String?
    {
        book.set(for: places.map { region($0) }, on: date)?.name
    }

    @Test func theSmallestRegionThatHoldsAllPlacesDecides() throws {
        let book = try RuleBook([
            Self.set("nation", [100000]), Self.set("shandong", [370000]),
            Self.set("zibo", [370300]), Self.set("two", [371000, 440300]),
        ])
        #expect(name(book, [370300]) == "zibo")
        #expect(name(book, [370300, 370300, 370300]) == "zibo")
        #expect(name(book, [370300, 371000]) == "shandong")
        #expect(name(book, [370300, 370300, 370100]) == "shandong")
        #expect(name(book, [370300, 370000]) == "shandong")
        #expect(name(book, [370100]) == "shandong")
        #expect(name(book, [371000]) == "two")
        #expect(name(book, [440300]) == "two")
        #expect(name(book, [371000, 440300]) == "nation")
        #expect(name(book, [310000]) == "nation")
        #expect(name(book, [370300, 100000]) == "nation")
        #expect(name(book, []) == nil)
    }

    @Test func theOrderOfThePlacesDoesNotMatter() throws {
        let book = try RuleBook(FiveSets.all)
        let regions: [UInt32] = [370300, 371000, 440300, 370000, 100000, 650100]
        for first in regions {
            for second in regions {
                for third in regions {
                    let names = [[first, second, third], [third, first, second]].map {
                        name(book, $0)
                    }
                    #expect(names[0] == names[1])
                }
            }
        }
    }

    @Test func aSetHoldsOnItsFirstAndLastDay() throws {
        let book = try RuleBook([
            Self.set("nation", [100000], from: day(2000, 1, 1), until: day(2030, 12, 31)),
            Self.set("old", [370300], from: day(2012, 1, 1), until: day(2012, 6, 30)),
            Self.set("new", [370300], from: day(2012, 7, 1)),
        ])
        let turns = [
            (day(1999, 12, 31), nil), (day(2000, 1, 1), "nation"), (day(2011, 12, 31), "nation"),
            (day(2012, 1, 1), "old"), (day(2012, 6, 30), "old"), (day(2012, 7, 1), "new"),
            (day(2031, 1, 1), "new"),
        ]
        for (date, expected) in turns { #expect(name(book, [370300], on: date) == expected) }
        #expect(name(book, [310000], on: day(2031, 1, 1)) == nil)
        #expect(Self.set("a", [370300], until: Self.date).isInForce(on: Self.date))
    }

    @Test func nationalRulesAreOfTheDayTheyBegin() throws {
        let book = try RuleBook(FiveSets.all)
        #expect(name(book, [370300, 440300], on: day(2026, 6, 8)) == nil)
        #expect(name(book, [370300, 440300], on: day(2026, 6, 9)) == "national-2026")
        #expect(name(book, [440300], on: day(2012, 2, 12)) == nil)
        #expect(name(book, [440300], on: day(2012, 2, 13)) == "shenzhen-2012")
        #expect(name(book, [650100, 210900]) == "national-2026")
        #expect(name(book, [210900]) == "guide-2024")
    }

    @Test func twoSetsForOneRegionOnOneDayAreRefused() throws {
        let (start, end) = (day(2020, 1, 1), day(2020, 12, 31))
        let first = Self.set("first", [370300], from: start, until: end)
        let overlaps = [
            Self.set("second", [370300]),
            Self.set("second", [370300], from: end),
            Self.set("second", [440300, 370300], from: day(2019, 1, 1), until: start),
            Self.set("second", [370300], from: day(2020, 5, 1), until: day(2020, 6, 1)),
        ]
        for second in overlaps {
            #expect(
                throws: RuleBook.Overlap(
                    region: region(370300), first: "first", second: "second")
            ) { try RuleBook([first, second]) }
            #expect(
                throws: RuleBook.Overlap(
                    region: region(370300), first: "second", second: "first")
            ) { try RuleBook([second, first]) }
        }
        let apart = [
            Self.set("second", [370300], from: day(2021, 1, 1)),
            Self.set("second", [370300], from: day(2019, 1, 1), until: day(2019, 12, 31)),
            Self.set("second", [370000]), Self.set("second", [371000]),
        ]
        for second in apart {
            _ = try RuleBook([first, second])
            _ = try RuleBook([second, first])
        }
    }
}
