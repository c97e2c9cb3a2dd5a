import Domain
import Testing

@Suite struct Dates {
    static let day: Int64 = 86_400_000
    static let midnight: Int64 = 57_600_000  // 16:00 UTC is midnight in Shanghai

    @Test(arguments: [
        (Int32(0), "1970-01-01"), (-1, "1969-12-31"), (-365, "1969-01-01"),
        (-25_567, "1900-01-01"), (-719_528, "0000-01-01"),
        (10_956, "1999-12-31"), (10_957, "2000-01-01"), (11_015, "2000-02-28"),
        (11_016, "2000-02-29"), (11_017, "2000-03-01"), (11_322, "2000-12-31"),
        (20_613, "2026-06-09"), (47_540, "2100-02-28"), (47_541, "2100-03-01"),
        (2_932_896, "9999-12-31"),
    ])
    func aDayHasItsDate(_ days: Int32, _ text: String) {
        #expect(BusinessDate(daysSince1970: days).description == text)
    }

    @Test func everyDayOfFourCenturiesFollowsTheOneBefore() {
        var (year, month, day) = (1800, 1, 1)
        for days: Int32 in -62_091..<84_006 {
            let civil = BusinessDate(daysSince1970: days).civil
            #expect((civil.year, civil.month, civil.day) == (year, month, day))
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            day += 1
            if day > lengths[month - 1] { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2200, 1, 1))
    }

    @Test func everyDayOfFourCenturiesIsFoundByItsDate() throws {
        for days: Int32 in -62_091..<84_006 {
            let date = BusinessDate(daysSince1970: days)
            let (year, month, day) = date.civil
            let found = try #require(BusinessDate(year: year, month: month, day: day))
            #expect(found == date)
        }
    }

    @Test(arguments: [
        (0, 1, 1, Int32(-719_528)), (0, 2, 29, -719_469), (1969, 12, 31, -1), (1970, 1, 1, 0),
        (2000, 2, 29, 11_016), (2026, 6, 9, 20_613), (9999, 12, 31, 2_932_896),
    ])
    func aDateHasItsDay(_ year: Int, _ month: Int, _ day: Int, _ days: Int32) {
        #expect(BusinessDate(year: year, month: month, day: day)?.daysSince1970 == days)
    }

    @Test(arguments: [
        (-1, 12, 31), (10_000, 1, 1), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (2026, 1, 32),
        (2026, 4, 31), (2026, 2, 29), (2026, 2, 30), (2024, 2, 30), (1900, 2, 29), (2100, 2, 29),
        (Int.max, 1, 1), (Int.min, 1, 1), (2026, Int.max, 1), (2026, 1, Int.min),
    ])
    func whatIsInNoCalendarIsNoDate(_ year: Int, _ month: Int, _ day: Int) {
        #expect(BusinessDate(year: year, month: month, day: day) == nil)
    }

    @Test(arguments: [Int32(-1), 0, 11_015, 11_016, 20_613, 2_932_895])
    func aDayLastsFromItsStartToThatOfTheNext(_ days: Int32) {
        let date = BusinessDate(daysSince1970: days)
        #expect(date.next.daysSince1970 == days + 1)
        #expect(date < date.next)
        #expect(BusinessDate(at: date.start) == date)
        #expect(BusinessDate(at: date.start.advanced(byMilliseconds: -1)).next == date)
        #expect(date.next.start.milliseconds(since: date.start) == Dates.day)
        #expect(date.start.description.hasSuffix("T00:00:00.000+08:00"))
    }

    @Test func theDayOf1970BeganInTheEveningBefore() {
        #expect(BusinessDate(daysSince1970: 0).start.milliseconds == -8 * 3_600_000)
    }

    static let turns: [(Int64, Int32)] = [
        (midnight - 1, 0), (midnight, 1), (midnight + day - 1, 1), (midnight + day, 2),
        (midnight - day - 1, -1), (midnight - day, 0), (-1, 0), (0, 0),
    ]

    @Test(arguments: turns)
    func theBusinessDayChangesAtMidnightInShanghai(_ milliseconds: Int64, _ days: Int32) {
        let date = BusinessDate(at: Instant(milliseconds: milliseconds))
        #expect(date.daysSince1970 == days)
    }

    static let moments: [(Int64, String)] = [
        (0, "1970-01-01T08:00:00.000+08:00"),
        (-1, "1970-01-01T07:59:59.999+08:00"),
        (midnight - 1, "1970-01-01T23:59:59.999+08:00"),
        (midnight, "1970-01-02T00:00:00.000+08:00"),
        (midnight - day - 1, "1969-12-31T23:59:59.999+08:00"),
        (951_782_399_999, "2000-02-29T07:59:59.999+08:00"),
        (1_780_000_000_000, "2026-05-29T04:26:40.000+08:00"),
        (4_107_513_600_000, "2100-03-01T00:00:00.000+08:00"),
    ]

    @Test(arguments: moments)
    func aMomentReadsAsShanghaiTime(_ milliseconds: Int64, _ text: String) {
        #expect(Instant(milliseconds: milliseconds).description == text)
    }

    @Test func momentsCompareAndCount() {
        let early = Instant(milliseconds: -5)
        let late = early.advanced(byMilliseconds: 12)
        #expect(early < late)
        #expect(late.milliseconds(since: early) == 12)
        #expect(BusinessDate(daysSince1970: -1) < BusinessDate(daysSince1970: 0))
    }
}
