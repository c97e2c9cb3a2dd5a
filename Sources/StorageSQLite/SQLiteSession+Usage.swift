import Domain
import Settlement
import Storage
import Wire

extension SQLiteSession {
    private static let columns = """
        age, "transaction", source, insured, care, institution, category, amount,
        reversal_date, other, seal
        """

    static let usagePage = """
        SELECT \(columns) FROM usage
        WHERE subject = ?1 AND (age, "transaction", source) > (?2, ?3, ?4) AND age <= ?5
        ORDER BY age, "transaction", source LIMIT ?6
        """

    func usage(_ question: UsageQuestion) throws -> (records: [Usage], cursor: Bytes) {
        var page = try UsagePage(question)
        guard let dates = page.dates else { return ([], []) }
        let statement = try walk(SQLiteSession.usagePage)
        try statement.bind(1, question.subject)
        if let after = page.after, after.date <= dates.upperBound {
            try statement.bind(2, after.date.age)
            try statement.bind(3, after.transaction)
            try statement.bind(4, after.source)
        } else {
            try statement.bind(2, dates.upperBound.age)
            try statement.bindEmpty(3)
            try statement.bindEmpty(4)
        }
        try statement.bind(5, dates.lowerBound.age)
        // One more than a page can take shows that there is one.
        try statement.bind(6, Int64(UsagePage.rowsReadMax + 1))
        defer { statement.reset() }
        while try statement.step() {
            let isTaken = try page.take(
                insured: UInt32(clamping: statement.integer(3)),
                category: UInt8(clamping: statement.integer(6)),
                position: { try position(statement) },
                record: { try usage(of: question.subject, statement) })
            if !isTaken { break }
        }
        return (page.records, page.cursor)
    }

    func forEachUsage(_ body: (Usage) throws -> Void) throws {
        try walk(
            """
            SELECT \(SQLiteSession.columns), subject FROM usage
            ORDER BY subject, age, "transaction", source
            """
        ).forEach { row in
            guard let subject = UsageQuestion.Subject(key: row.octets(11)) else {
                throw StoreFailure.corrupt("usage: a subject of \(row.octets(11).count) octets")
            }
            try body(try usage(of: subject, row))
        }
    }

    private func position(_ row: PreparedStatement) throws -> UsagePosition {
        guard let date = BusinessDate(age: row.integer(0)) else {
            throw StoreFailure.corrupt("usage: age \(row.integer(0))")
        }
        return UsagePosition(
            date: date, transaction: try row.identifier(1), source: try row.identifier(2))
    }

    private func usage(
        of subject: UsageQuestion.Subject, _ row: PreparedStatement
    ) throws -> Usage {
        let position = try position(row)
        let institution: InstitutionCode?
        if row.isNull(5), case .institution(let code) = subject {
            institution = code
        } else {
            institution = InstitutionCode(String(decoding: row.octets(5), as: UTF8.self))
        }
        let reversal = row.isNull(8) ? nil : Int32(exactly: row.integer(8))
        guard let institution, let category = Category(rawValue: UInt8(clamping: row.integer(6))),
            let amount = Fen(row.integer(7)), row.isNull(8) || reversal != nil
        else { throw StoreFailure.corrupt("usage of \(position.transaction): a field") }
        let usage = Usage(
            key: Usage.Key(
                subject: subject, date: position.date, transaction: position.transaction,
                source: position.source),
            insured: try row.province(3), care: try row.province(4), institution: institution,
            category: category, amount: amount,
            reversalDate: reversal.map(BusinessDate.init(daysSince1970:)),
            other: try row.identifierIfAny(9).map(WalletID.init))
        if row.tag(10) != tag(usage) { try refuse("usage of \(position.transaction)") }
        return usage
    }

    func save(_ usage: Usage) throws {
        let tag = tag(usage)
        let statement = try statement(.setUsage)
        try statement.bind(1, usage.key.subject)
        try statement.bind(2, usage.key.date.age)
        try statement.bind(3, usage.key.transaction)
        try statement.bind(4, usage.key.source)
        try statement.bind(5, Int64(usage.insured.number))
        try statement.bind(6, Int64(usage.care.number))
        if usage.key.subject == .institution(usage.institution) {
            try statement.bind(7, nil as Int64?)
        } else {
            try statement.bind(7, usage.institution)
        }
        try statement.bind(8, Int64(usage.category.rawValue))
        try statement.bind(9, usage.amount.value)
        try statement.bind(10, usage.reversalDate.map { Int64($0.daysSince1970) })
        try statement.bind(11, usage.other?.value)
        try statement.bind(12, tag: tag)
        try statement.run()
    }
}

extension BusinessDate {
    /// Smaller for a newer day.
    fileprivate var age: Int64 { -Int64(daysSince1970) }

    fileprivate init?(age: Int64) {
        guard let days = Int32(exactly: 0 &- age) else { return nil }
        self.init(daysSince1970: days)
    }
}

extension ByteWriter {
    /// What the tag of a usage record covers.
    mutating func usage(_ usage: Usage) {
        octets(usage.key.subject.key)
        date(usage.key.date)
        identifier(usage.key.transaction)
        identifier(usage.key.source)
        province(usage.insured)
        province(usage.care)
        text(usage.institution.text)
        octet(usage.category.rawValue)
        fen(usage.amount)
        octet((usage.reversalDate == nil ? 0 : 1) | (usage.other == nil ? 0 : 2))
        if let date = usage.reversalDate { self.date(date) }
        if let other = usage.other { identifier(other.value) }
    }
}
