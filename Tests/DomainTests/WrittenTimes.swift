import Domain
import Testing

/// Times and days as people and files write them.
@Suite struct WrittenTimes {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("1970-01-01T08:00:00+08:00", 0),
        ("1969-12-31T23:59:59.999Z", -1), ("2026-11-23T10:00:00+08:00", 1_795_399_200_000),
        ("2026-11-23t02:00:00z", 1_795_399_200_000),
        ("2026-11-23T02:00:00-00:00", 1_795_399_200_000),
        ("2026-11-22T21:30:00.5-04:30", 1_795_399_200_500),
        ("2026-11-23T10:00:00.123456789+08:00", 1_795_399_200_123),
        ("2028-02-29T23:59:59+08:00", 1_835_452_799_000),
    ])
    func aTimeIsRead(_ text: String, _ milliseconds: Int64) {
        #expect(Instant(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test func whatIsWrittenIsReadBack() {
        for milliseconds in stride(from: Int64(0), to: 4_000_000_000_000, by: 7_777_777_777) {
            let instant = Instant(milliseconds: milliseconds)
            #expect(Instant(rfc3339: instant.description) == instant)
        }
    }

    /// None of these is another day or another hour.
    @Test(arguments: [
        "2026-02-29T10:00:00+08:00", "2026-02-30T10:00:00Z", "2026-04-31T10:00:00Z",
        "2026-00-10T10:00:00Z", "2026-13-01T10:00:00Z", "2026-01-00T10:00:00Z",
        "2026-01-32T10:00:00Z", "2100-02-29T10:00:00Z", "2026-11-23T24:00:00+08:00",
        "2026-11-23T25:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:60Z",
        "2026-11-23T23:59:60Z", "2026-11-23T10:00:00+24:00", "2026-11-23T10:00:00+08:60",
        "2026-11-23T10:00:00", "2026-11-23T10:00Z", "2026-11-23 10:00:00Z", "2026-11-23",
        "2026-11-23T10:00:00.Z", "2026-11-23T10:00:00,5Z", "2026-11-23T10:00:00.1234567890Z",
        "2026-11-23T10:00:00+0800", "2026-11-23T10:00:00+08", "20261123T100000Z",
        "2026-11-23T1:00:00Z", "+2026-11-23T10:00:00Z", "26-11-23T10:00:00Z",
        "1899-12-31T10:00:00Z", "3000-01-01T10:00:00Z", "2026-11-23T10:00:00Z ",
        "２０２６-11-23T10:00:00Z", "2026-11-23T10:00:00ZZ", "", "now",
    ])
    func whatIsOnNoClockIsNoTime(_ text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test(arguments: ["1900-01-01", "1969-12-31", "2000-02-29", "2026-06-09", "2999-12-31"])
    func aDayIsRead(_ text: String) {
        #expect(BusinessDate(iso: text)?.description == text)
    }

    @Test(arguments: [
        "2026-02-29", "1900-02-29", "2026-06-31", "2026-6-9", "26-06-09", "2026/06/09",
        "2026-00-01",
        "2026-01-00", "1899-12-31", "3000-01-01", "2026-06-09 ", " 2026-06-09", "", "2026-06-0９",
    ])
    func whatIsInNoCalendarIsNoDay(_ text: String) {
        #expect(BusinessDate(iso: text) == nil)
    }

    @Test func aTimeOfDayIsRead() {
        #expect(minutesOfDay("00:00") == 0)
        #expect(minutesOfDay("23:59") == 1439)
        for text in ["24:00", "23:60", "6:00", "06:0", "06.00", "06:00:00", "-1:00", "", "0６:00"] {
            #expect(minutesOfDay(text) == nil)
        }
    }
}
