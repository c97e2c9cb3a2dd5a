package import Domain
package import Settlement
package import Wire

// How usage records are found, in every store alike: by subject, newest date first, then by
// transaction, then by source. Pages go on where the page before ended.

/// The cursor of a question is not one that a store gave.
package struct UsageCursorMalformed: Error, Hashable, Sendable {
    package init() {}
}

/// The place of a record among those of its subject.
package struct UsagePosition: Hashable, Comparable, Sendable {
    package let date: BusinessDate
    package let transaction: Identifier
    package let source: Identifier

    package init(date: BusinessDate, transaction: Identifier, source: Identifier) {
        self.date = date
        self.transaction = transaction
        self.source = source
    }

    package init(_ key: Usage.Key) {
        self.init(date: key.date, transaction: key.transaction, source: key.source)
    }

    /// Newest first.
    package static func < (left: UsagePosition, right: UsagePosition) -> Bool {
        if left.date != right.date { return left.date > right.date }
        if left.transaction != right.transaction { return left.transaction < right.transaction }
        return left.source < right.source
    }

    /// As it is given to clients: days since 1970 (big-endian), transaction, source.
    package static let cursorBytes = 4 + 2 * Identifier.size

    package var cursor: Bytes {
        let days = UInt32(bitPattern: date.daysSince1970)
        return (0..<4).map { UInt8(truncatingIfNeeded: days >> (24 - 8 * $0)) }
            + transaction.bytes + source.bytes
    }

    package init(cursor: Bytes) throws(UsageCursorMalformed) {
        guard cursor.count == UsagePosition.cursorBytes,
            let transaction = Identifier(cursor[4..<20]), let source = Identifier(cursor[20...])
        else { throw UsageCursorMalformed() }
        let days = cursor.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        self.init(
            date: BusinessDate(daysSince1970: Int32(bitPattern: days)), transaction: transaction,
            source: source)
    }
}

extension UsageQuestion.Subject {
    package var side: UsageSide {
        switch self {
        case .giver: .giver
        case .recipient: .recipient
        case .institution: .institution
        }
    }

    /// One octet for the side, then the wallet or the code: the key in a store.
    package var key: Bytes {
        switch self {
        case .giver(let wallet), .recipient(let wallet): [side.rawValue] + wallet.value.bytes
        case .institution(let code): [side.rawValue] + Array(code.text.utf8)
        }
    }

    /// Nil for octets that are no ``key``.
    package init?(key: UnsafeRawBufferPointer) {
        guard let side = key.first.flatMap(UsageSide.init(rawValue:)) else { return nil }
        let field = key.dropFirst()
        switch side {
        case .giver, .recipient:
            guard let id = Identifier(field) else { return nil }
            self = side == .giver ? .giver(WalletID(id)) : .recipient(WalletID(id))
        case .institution:
            guard let code = InstitutionCode(String(decoding: field, as: UTF8.self)) else {
                return nil
            }
            self = .institution(code)
        }
    }
}

/// One page in the making: says where to begin, then takes row after row until the page is full.
package struct UsagePage {
    /// Rows that are read for one page, however few of them are asked for. Then the page ends short,
    /// perhaps empty, with a cursor to go on.
    package static let rowsReadMax = 5_000

    private let question: UsageQuestion
    /// The rows of the page stand behind this one, if there is one, …
    package let after: UsagePosition?
    /// … and their dates are in this range; nil: there are none.
    package let dates: ClosedRange<BusinessDate>?

    package private(set) var records: [Usage] = []
    private var rowsRead = 0
    /// The last row that was read, once the page is full.
    private var end: UsagePosition?
    private var hasMore = false

    package init(_ question: UsageQuestion) throws(UsageCursorMalformed) {
        self.question = question
        after = question.cursor.isEmpty ? nil : try UsagePosition(cursor: question.cursor)
        if let year = question.year {
            let first = BusinessDate(year: year, month: 1, day: 1)
            let last = BusinessDate(year: year, month: 12, day: 31)
            if let first, let last { dates = first...last } else { dates = nil }
        } else {
            dates = BusinessDate(daysSince1970: .min)...BusinessDate(daysSince1970: .max)
        }
    }

    /// Takes the next row, which `record` makes if it is asked for. False if the page was full
    /// before: then there is a further page, and no more rows are wanted.
    package mutating func take(
        insured: UInt32, category: UInt8, position: () throws -> UsagePosition,
        record: () throws -> Usage
    ) rethrows -> Bool {
        guard end == nil else {
            hasMore = true
            return false
        }
        rowsRead += 1
        let isAskedFor =
            (question.insured.map { $0.number == insured } ?? true)
            && (question.category.map { $0.rawValue == category } ?? true)
        if isAskedFor { records.append(try record()) }
        if records.count >= max(1, question.limit) || rowsRead == UsagePage.rowsReadMax {
            end = try position()
        }
        return true
    }

    /// Empty after the last page.
    package var cursor: Bytes { hasMore ? end?.cursor ?? [] : [] }
}
