import Domain
import GRDB
import Ledger
import Settlement
package import Storage

extension SQLiteStore: ExaminableStore {
    package func examine<Result>(
        _ damaged: @escaping (String) -> Void, _ body: (any StoreExamining) throws -> Result
    ) throws -> Result {
        try StoreFailure.translating {
            try pool.read { database in
                let session = SQLiteSession(database, key.makeSealing(), .adding)
                session.onDamage = { failure in
                    guard case .corrupt(let what) = failure else { return }
                    damaged(what)
                }
                return try body(session)
            }
        }
    }
}

extension SQLiteSession: StoreExamining {
    /// Faults of one kind that SQLite names.
    private static let structureFaultsMax = 20

    func examineRows(_ progress: (String, Int) -> Void) throws -> RowsExamined {
        try examineStructure()
        var examined = RowsExamined()
        let before = damageCount
        let head = try tolerating { try readHead() }
        examined.commits = head?.commits ?? 0
        // The head itself is not part of the sum.
        weights = RowWeights(.adding)
        try examineWeighed(&examined, progress)
        let sum = weights.sum
        try examineChains(head, &examined, progress)
        if let head, sum != head.sum, damageCount == before {
            damage(
                "each row holds, but together they are not those of commit \(head.commits): some were "
                    + "taken away, or stand there as they once were")
        }
        return examined
    }

    /// Pages, indexes and schema.
    private func examineStructure() throws {
        _ = try tolerating {
            let found = try StoreFailure.translating {
                try String.fetchAll(
                    database,
                    sql: "PRAGMA integrity_check(\(SQLiteSession.structureFaultsMax))")
            }
            if found != ["ok"] { found.forEach(damage) }
        }
        _ = try tolerating { try StoreFailure.translating { try StoreSchema.check(database) } }
    }

    private func damage(_ words: String) { _ = tell(.corrupt(words)) }

    /// Every row that has a weight.
    private func examineWeighed(
        _ examined: inout RowsExamined, _ progress: (String, Int) -> Void
    ) throws {
        var table = ""
        var rows = 0
        func began(_ name: String) {
            examined.rows += rows
            (table, rows) = (name, 0)
        }
        func row() {
            rows += 1
            if rows.isMultiple(of: 1000) { progress(table, rows) }
        }
        began("account")
        try forEachAccount { _, _ in row() }
        began("person")
        try forEachRecord("SELECT wallet, body FROM person") {
            WalletID(try $0.identifier(0))
        } _: { (_: WalletID, _: Person) in
            row()
        }
        began("person_change")
        try forEachPersonChange { _ in row() }
        began("relation")
        try forEachRow(
            """
            SELECT id, body, giver, recipient, phase, open_holds, wake FROM relation
            WHERE body IS NOT NULL
            """, RelationColumns.init
        ) { (relation: Relation) in
            row()
            return relation.columns
        }
        began("grants")
        try forEachGrants { _, _ in row() }
        began("coordination")
        try forEachRow(
            """
            SELECT "transaction", body, state, live, wake, created, business_date, amount
            FROM coordination
            """, CoordinationColumns.init
        ) { (coordination: Coordination) in
            row()
            return coordination.columns
        }
        began("participation")
        try forEachRow(
            """
            SELECT "transaction", body, state, live, wake, care, business_date, amount
            FROM participation
            """, ParticipationColumns.init
        ) { (participation: Participation) in
            row()
            return participation.columns
        }
        began("answer")
        try forEachAnswer { _, _ in row() }
        began("identity")
        try forEachRecord(#"SELECT "index", body FROM identity"#) {
            try $0.digest(0)
        } _: { (_: Digest, _: KeptIdentity) in
            row()
        }
        began("family")
        try forEachRecord("SELECT id, body FROM family") {
            try $0.identifier(0)
        } _: { (_: Identifier, _: Family) in
            row()
        }
        began("document")
        try forEachDocumentUse { _, _ in row() }
        began("withdrawal")
        try forEachRow(
            "SELECT id, body, wallet, state, created, amount FROM withdrawal",
            WithdrawalColumns.init
        ) { (withdrawal: Withdrawal) in
            row()
            return withdrawal.columns
        }
        began("evidence")
        try forEachRow(
            "SELECT number, body, at, accused, subject, reason FROM evidence",
            key: { $0.integer(0) }, EvidenceColumns.init
        ) { (evidence: Evidence) in
            row()
            return evidence.columns
        }
        began("link")
        try forEachRecord("SELECT peer, body FROM link") {
            try $0.province(0)
        } _: { (_: ProvinceCode, _: LinkRecord) in
            row()
        }
        began("outbox")
        try walk("SELECT peer, sequence, frame FROM outbox").forEach { waiting in
            _ = try tolerating {
                let peer = try waiting.province(0)
                let sequence = waiting.integer(1)
                _ = try opened(RowName(waitingFor: peer, sequence), waiting.octets(2)) {
                    "message \(sequence) that waits for \(peer)"
                }
            }
            row()
        }
        began("note")
        try walk("SELECT name, value FROM note").forEach { note in
            _ = try tolerating {
                let name = String(decoding: note.octets(0), as: UTF8.self)
                guard name.utf8.count <= RowName.keyBytesMax else {
                    throw SQLiteSession.doesNotHold("note \(name.prefix(20))")
                }
                _ = try opened(RowName(note: name), note.octets(1)) { "note \(name)" }
            }
            row()
        }
        began("")
    }

    /// Every record in column 1, with the columns behind it, which must be those of the record.
    private func forEachRow<Record: KeptRecord, Columns: Equatable>(
        _ sql: String, _ columns: (PreparedStatement, Int32) throws -> Columns,
        _ made: (Record) -> Columns
    ) throws where Record.Key == Identifier {
        try forEachRow(sql, key: { try $0.identifier(0) }, columns, made)
    }

    private func forEachRow<Record: KeptRecord, Columns: Equatable>(
        _ sql: String, key: (PreparedStatement) throws -> Record.Key,
        _ columns: (PreparedStatement, Int32) throws -> Columns, _ made: (Record) -> Columns
    ) throws {
        try walk(sql).forEach { row in
            _ = try tolerating {
                let key = try key(row)
                let record = try opened(row.octets(1), key, as: Record.self)
                // A row whose columns are not even of their form does not say what it should.
                let found = try? columns(row, 2)
                if found != made(record) {
                    damage("\(Record.kind) \(key): the columns beside its body say something else")
                }
            }
        }
    }

    /// Postings and journals, whose ends the head has; usage records; the counts of transactions.
    private func examineChains(
        _ head: StoreHead?, _ examined: inout RowsExamined, _ progress: (String, Int) -> Void
    ) throws {
        try forEachPosting { _ in
            examined.postings += 1
            if examined.postings.isMultiple(of: 1000) { progress("posting", examined.postings) }
        }
        if let head {
            let end = try statement(.endOfPostings).one { ($0.integer(0), $0.tag(1) ?? 0) }
            if (end?.0 ?? 0) != head.postings || (end?.1 ?? 0) != head.chain {
                damage(
                    "the last posting is \(end?.0 ?? 0), and the head of the store says "
                        + "\(head.postings)")
            }
        }
        for direction in JournalDirection.allCases {
            try examineJournal(direction, head, &examined, progress)
        }
        try forEachUsage { _ in examined.rows += 1 }
        try examineTally()
    }

    private func examineJournal(
        _ direction: JournalDirection, _ head: StoreHead?, _ examined: inout RowsExamined,
        _ progress: (String, Int) -> Void
    ) throws {
        var last = StoreHead.JournalEnd()
        try forEachEntry(direction) { entry in
            if entry.number != last.number + 1 {
                damage("the \(direction.word) journal entry before \(entry.number) is not there")
            }
            last.number = entry.number
            last.chain = entry.chain
            examined.batches += 1
            if examined.batches.isMultiple(of: 1000) { progress("journal", examined.batches) }
        }
        if let head, last != head[direction] {
            damage(
                "the last \(direction.word) journal entry is \(last.number), and the head of the "
                    + "store says \(head[direction].number)")
        }
    }

    private func examineTally() throws {
        for (part, table) in [
            (TransactionStates.coordination, "coordination"),
            (TransactionStates.participation, "participation"),
        ] {
            let other = try walk(
                """
                SELECT count(*) FROM (
                    SELECT state, count FROM tally WHERE part = \(part) AND count <> 0
                    EXCEPT SELECT state, count(*) FROM \(table) GROUP BY state)
                """
            ).one { $0.integer(0) }
            if other != 0 { damage("the numbers of rows of \(table) by state are others") }
        }
    }
}
