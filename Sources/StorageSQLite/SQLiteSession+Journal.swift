import Domain
import Settlement
import Storage

extension JournalDirection {
    var rowTable: RowTable {
        switch self {
        case .inbound: .journalInbound
        case .outbound: .journalOutbound
        }
    }

    var table: String {
        switch self {
        case .inbound: "journal_inbound"
        case .outbound: "journal_outbound"
        }
    }

    fileprivate var lastQuery: SQLiteQuery {
        switch self {
        case .inbound: .lastInbound
        case .outbound: .lastOutbound
        }
    }

    fileprivate var addQuery: SQLiteQuery {
        switch self {
        case .inbound: .addInbound
        case .outbound: .addOutbound
        }
    }
}

extension SQLiteSession {
    private static let columns =
        "number, peer, epoch, first_sequence, at, chain, envelope, frames, seal"

    private func entry(
        _ direction: JournalDirection, _ row: PreparedStatement
    ) throws -> JournalEntry {
        let number = UInt64(bitPattern: row.integer(0))
        let kept: (frames: [Bytes], omitted: [Int: Digest])
        do throws(RecordDamage) {
            var reader = ByteReader(row.octets(7))
            kept = try reader.frames()
        } catch {
            throw StoreFailure.corrupt(
                "\(direction.word) journal entry \(number): \(error.rawValue)")
        }
        let entry = JournalEntry(
            direction: direction, number: number, peer: try row.province(1),
            epoch: try row.identifier(2), firstSequence: UInt64(bitPattern: row.integer(3)),
            at: Instant(milliseconds: row.integer(4)), envelope: row.bytes(6),
            frames: kept.frames, omitted: kept.omitted, chain: try row.digest(5))
        if row.tag(8) != tag(entry) { try refuse("\(direction.word) journal entry \(number)") }
        return entry
    }

    /// Calls `body` with each entry, in order; a check goes on after one that cannot be read.
    func forEachEntry(
        _ direction: JournalDirection, _ body: (JournalEntry) throws -> Void
    ) throws {
        try walk(
            "SELECT \(SQLiteSession.columns) FROM \(direction.table) ORDER BY number"
        ).forEach { row in
            if let entry = try tolerating({ try self.entry(direction, row) }) { try body(entry) }
        }
    }

    func journal(
        _ direction: JournalDirection, from number: UInt64, limit: Int
    ) throws -> [JournalEntry] {
        let statement = try walk(
            """
            SELECT \(SQLiteSession.columns) FROM \(direction.table)
            WHERE number >= ? ORDER BY number LIMIT ?
            """)
        try statement.bind(1, Int64(clamping: number))
        try statement.bind(2, Int64(limit))
        var found: [JournalEntry] = []
        try statement.forEach { found.append(try entry(direction, $0)) }
        return found
    }

    func lastJournalEntry(
        _ direction: JournalDirection
    ) throws -> (number: UInt64, chain: Digest)? {
        try statement(direction.lastQuery).one {
            (UInt64(bitPattern: $0.integer(0)), try $0.digest(1))
        }
    }

    func journalEntries(
        _ direction: JournalDirection, peer: ProvinceCode, epoch: Identifier,
        last sequence: UInt64, limit: Int
    ) throws -> [JournalEntry] {
        let statement = try walk(
            """
            SELECT \(SQLiteSession.columns) FROM \(direction.table)
            WHERE peer = ? AND epoch = ? AND last_sequence = ?
                AND first_sequence <= last_sequence
            ORDER BY number LIMIT ?
            """)
        try statement.bind(1, Int64(peer.number))
        try statement.bind(2, epoch)
        try statement.bind(3, Int64(clamping: sequence))
        try statement.bind(4, Int64(limit))
        var found: [JournalEntry] = []
        try statement.forEach { found.append(try entry(direction, $0)) }
        return found
    }

    func unacknowledged(
        _ peer: ProvinceCode, epoch: Identifier, above sequence: UInt64
    ) throws -> [JournalEntry] {
        let statement = try walk(
            """
            SELECT \(SQLiteSession.columns) FROM journal_outbound
            WHERE peer = ? AND epoch = ? AND last_sequence > ?
                AND first_sequence <= last_sequence
            ORDER BY number
            """)
        try statement.bind(1, Int64(peer.number))
        try statement.bind(2, epoch)
        try statement.bind(3, Int64(clamping: sequence))
        var found: [JournalEntry] = []
        try statement.forEach { found.append(try entry(.outbound, $0)) }
        return found
    }

    func append(_ entry: JournalEntry) throws {
        let direction = entry.direction
        try entry.checkFollows(try lastJournalEntry(direction)?.number)
        let statement = try statement(direction.addQuery)
        try statement.bind(1, Int64(entry.number))
        try statement.bind(2, Int64(entry.peer.number))
        try statement.bind(3, entry.epoch)
        try statement.bind(4, Int64(clamping: entry.firstSequence))
        // Of a batch without messages, the number before the next message.
        try statement.bind(5, Int64(clamping: entry.firstSequence) + Int64(entry.frames.count) - 1)
        try statement.bind(6, entry.at.milliseconds)
        try statement.bind(7, entry.chain)
        try statement.bind(8, tag: tag(entry))
        writer.clear()
        writer.frames(entry.frames, omitted: entry.omitted)
        try statement.with(9, entry.envelope) {
            try statement.with(10, writer.bytes) { try statement.run() }
        }
        head[direction].number = entry.number
        head[direction].chain = entry.chain
    }
}
