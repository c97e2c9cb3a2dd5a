import Domain
import Settlement
import Storage
import TestSeeds
import Testing
import Wire

/// What every store does, whichever it is: usage records, page by page.
@Suite("Every store: usage", .serialized) struct ConformanceUsage {
    static let kinds = StoreKind.allCases

    private static let hospital = UsageQuestion.Subject.institution(Samples.institution)
    private static let giver = UsageQuestion.Subject.giver(Samples.wallet(1))
    private static let recipient = UsageQuestion.Subject.recipient(Samples.wallet(1))

    /// All pages of a question, and how many there were.
    private func pages(
        _ store: any Store, _ subject: UsageQuestion.Subject, insured: ProvinceCode? = nil,
        category: Domain.Category? = nil, year: Int? = nil, limit: Int
    ) throws -> [[Usage]] {
        var pages: [[Usage]] = []
        var cursor: Bytes = []
        repeat {
            let page = try store.read {
                try $0.usage(
                    UsageQuestion(
                        subject: subject, insured: insured, category: category, year: year,
                        limit: limit, cursor: cursor))
            }
            #expect(page.records.count <= limit)
            pages.append(page.records)
            cursor = page.cursor
        } while !cursor.isEmpty && pages.count < 10_000
        return pages
    }

    @Test(
        "gives records of every form back, and those of another subject to nobody else",
        arguments: kinds)
    func forms(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let usages = [
            Samples.usage(Self.giver, 1), Samples.usage(Self.recipient, 1, other: nil),
            Samples.usage(Self.recipient, 2, reversed: Samples.day),
            Samples.usage(Self.hospital, 1, .residentInsurancePremium, fen: 1),
            Samples.usage(Self.hospital, date: BusinessDate(daysSince1970: -1), 2),
            Samples.usage(Self.hospital, date: BusinessDate(daysSince1970: .max), 2),
            Samples.usage(Self.hospital, date: BusinessDate(daysSince1970: .min), 2),
            // As no engine makes it, but a store must not change what it is given.
            Samples.usage(.institution(InstitutionCode("Z-9")!), 3),
            Samples.usage(.institution(InstitutionCode(String(repeating: "Z", count: 32))!), 3),
        ]
        try tested.store.add(usages)
        for usage in usages {
            let found = try pages(tested.store, usage.key.subject, limit: 9).joined()
            #expect(found.contains(usage))
            #expect(found.allSatisfy { $0.key.subject == usage.key.subject })
        }
        var walked: [Usage] = []
        try tested.store.read { try $0.forEachUsage { walked.append($0) } }
        #expect(Set(walked) == Set(usages) && walked.count == usages.count)
        #expect(
            walked.map(\.key.subject.key)
                == usages.map(\.key.subject.key).sorted { $0.lexicographicallyPrecedes($1) })
    }

    @Test("of two records with one key the later stands", arguments: kinds)
    func replaced(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let settled = Samples.usage(Self.giver, 1)
        let reversed = Samples.usage(Self.giver, 1, reversed: BusinessDate(daysSince1970: 20_601))
        try tested.store.add([settled, Samples.usage(Self.giver, 2)])
        try tested.store.add([reversed])
        #expect(
            try pages(tested.store, Self.giver, limit: 9)
                == [[reversed, Samples.usage(Self.giver, 2)]])
        try tested.store.add([Samples.usage(Self.giver, 3), Samples.usage(Self.giver, 3, fen: 7)])
        #expect(try pages(tested.store, Self.giver, limit: 9)[0].last?.amount == Samples.fen(7))
    }

    @Test(
        "lists newest first, then by transaction, then by source, in pages of any size",
        arguments: kinds)
    func order(_ kind: StoreKind) throws {
        let tested = try kind.make()
        var random = SeededGenerator.printed("usage \(kind)")
        // Few days and few transactions, so that pages end inside both.
        var usages: [Usage] = []
        for day in [20_600, 20_601, -4, 20_599] as [Int32] {
            for transaction in 1...5 as ClosedRange<UInt64> {
                for source in 1...3 as ClosedRange<UInt64> {
                    usages.append(
                        Samples.usage(
                            Self.hospital, date: BusinessDate(daysSince1970: day), transaction,
                            source: source))
                }
            }
        }
        for usage in usages.shuffled(using: &random) { try tested.store.add([usage]) }
        let expected = usages.sorted {
            ($1.key.date, $0.key.transaction, $0.key.source)
                < ($0.key.date, $1.key.transaction, $1.key.source)
        }
        for limit in [1, 2, 3, 7, 15, 16, 59, 60, 61, 200] {
            let found = try pages(tested.store, Self.hospital, limit: limit)
            #expect(Array(found.joined()) == expected, "\(limit) a page")
            #expect(found.count == (60 + limit - 1) / limit, "\(limit) a page")
        }
        var walked: [Usage] = []
        try tested.store.read { try $0.forEachUsage { walked.append($0) } }
        #expect(walked == expected)
    }

    @Test("filters by province, category and year, each and all together", arguments: kinds)
    func filters(_ kind: StoreKind) throws {
        let tested = try kind.make()
        var usages: [Usage] = []
        let edges = [
            (2024, 12, 31), (2025, 1, 1), (2025, 6, 30), (2025, 12, 31), (2026, 1, 1),
        ].map { BusinessDate(year: $0, month: $1, day: $2)! }
        for (index, day) in edges.enumerated() {
            for (number, insured) in [Samples.shandong, Samples.zhejiang].enumerated() {
                for (place, category) in [Domain.Category.pharmacy, .medicalCare, .wellness]
                    .enumerated()
                {
                    usages.append(
                        Samples.usage(
                            Self.giver, date: day, UInt64(100 - index),
                            source: UInt64(10 * number + place), insured: insured, category))
                }
            }
        }
        try tested.store.add(usages)
        for insured in [nil, Samples.shandong, Samples.shanghai] {
            for category in [nil, .medicalCare, .cosmeticMedicine] as [Domain.Category?] {
                for year in [nil, 2024, 2025, 2026, 2027, 0, 9999, 10_000, -1] as [Int?] {
                    let expected = usages.filter {
                        (insured == nil || $0.insured == insured)
                            && (category == nil || $0.category == category)
                            && (year == nil || $0.key.date.civil.year == year)
                    }
                    for limit in [1, 4, 100] {
                        let found = try pages(
                            tested.store, Self.giver, insured: insured, category: category,
                            year: year, limit: limit
                        ).joined()
                        #expect(Set(found) == Set(expected))
                        #expect(found.count == expected.count)
                    }
                }
            }
        }
    }

    @Test("a page reads a bounded number of rows, and the next goes on", arguments: kinds)
    func bounded(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let most = UInt64(UsagePage.rowsReadMax)
        // One rare record at the far end, one just before the bound, one just behind it.
        let rare: Set<UInt64> = [most, most + 1, 2 * most + 500]
        try tested.store.add(
            (1...2 * most + 500).map {
                Samples.usage(Self.hospital, $0, rare.contains($0) ? .wellness : .pharmacy)
            })
        let found = try pages(tested.store, Self.hospital, category: .wellness, limit: 10)
        #expect(
            found.map { $0.map(\.key.transaction) } == [
                [Samples.id(most)], [Samples.id(most + 1)], [Samples.id(2 * most + 500)],
            ])
        #expect(
            try pages(tested.store, Self.hospital, category: .wellness, limit: 1).map(\.count)
                == [1, 1, 0, 1])
        let nothing = try pages(tested.store, Self.hospital, category: .bodybuilding, limit: 10)
        #expect(nothing == [[], [], []])
        #expect(try pages(tested.store, Self.hospital, year: 1999, limit: 10) == [[]])
        // Exactly as many rows as one page reads: there is no further page.
        let other = UsageQuestion.Subject.giver(Samples.wallet(5))
        try tested.store.add((1...most).map { Samples.usage(other, $0) })
        #expect(try pages(tested.store, other, category: .wellness, limit: 10) == [[]])
    }

    @Test("a cursor goes on where its record stood, also if others came since", arguments: kinds)
    func cursor(_ kind: StoreKind) throws {
        let tested = try kind.make()
        func page(_ cursor: Bytes, year: Int? = nil) throws -> (records: [Usage], cursor: Bytes) {
            try tested.store.read {
                try $0.usage(
                    UsageQuestion(subject: Self.giver, year: year, limit: 2, cursor: cursor))
            }
        }
        try tested.store.add((1...4).map { Samples.usage(Self.giver, $0) })
        let first = try page([])
        #expect(first.cursor.count == UsagePosition.cursorBytes)
        #expect(first.cursor == UsagePosition(first.records[1].key).cursor)
        try tested.store.add([
            Samples.usage(Self.giver, date: BusinessDate(daysSince1970: 20_601), 9),
            Samples.usage(Self.giver, 2, source: 901),
        ])
        let second = try page(first.cursor)
        #expect(
            second.records
                == [Samples.usage(Self.giver, 2, source: 901), Samples.usage(Self.giver, 3)])
        let last = try page(second.cursor)
        #expect(last.records == [Samples.usage(Self.giver, 4)] && last.cursor.isEmpty)
        // A cursor of one question may be given to another: it is only a place.
        #expect(try page(first.cursor, year: 1990).records.isEmpty)
        let newest = UsagePosition(
            date: BusinessDate(daysSince1970: .max), transaction: .zero, source: .zero)
        #expect(try page(newest.cursor, year: 2026).records.count == 2)
        #expect(try page(newest.cursor).records.count == 2)
    }

    @Test("refuses cursors that it never gave, and takes any of their length", arguments: kinds)
    func malformed(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.add([Samples.usage(Self.giver, 1)])
        for count in [1, 16, 35, 37, 64] {
            #expect(throws: UsageCursorMalformed()) {
                try tested.store.read {
                    _ = try $0.usage(
                        UsageQuestion(
                            subject: Self.giver, cursor: Bytes(repeating: 7, count: count)))
                }
            }
        }
        for octet in [0, 0x7f, 0x80, 0xff] as [UInt8] {
            for year in [nil, 2026] as [Int?] {
                _ = try tested.store.read {
                    try $0.usage(
                        UsageQuestion(
                            subject: Self.giver, year: year,
                            cursor: Bytes(repeating: octet, count: 36)))
                }
            }
        }
    }
}
