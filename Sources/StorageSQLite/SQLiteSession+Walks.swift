import Domain
import Ledger
import Settlement
import Storage

extension SQLiteSession {
    func transactionCounts() throws -> (coordinator: [String: Int], participant: [String: Int]) {
        try writeTally()
        var counts: (coordinator: [String: Int], participant: [String: Int]) = ([:], [:])
        try walk("SELECT part, state, count FROM tally WHERE part < 3 AND count > 0").forEach {
            row in
            let state = UInt8(clamping: row.integer(1))
            let count = Int(row.integer(2))
            if row.integer(0) == TransactionStates.coordination {
                guard let state = Coordination.State(rawValue: state) else {
                    throw StoreFailure.corrupt("tally: coordination state \(state)")
                }
                counts.coordinator[state.word] = count
            } else {
                guard let state = Participation.State(rawValue: state) else {
                    throw StoreFailure.corrupt("tally: participation state \(state)")
                }
                counts.participant[state.word] = count
            }
        }
        return counts
    }

    func open(
        inDoubt: Bool, limit: Int
    ) throws -> (coordinations: [Coordination], participations: [Participation]) {
        let states = Coordination.State.allCases
            .filter { inDoubt ? $0.isInDoubt : $0.isOpen }.map { String($0.rawValue) }
        var coordinations: [Coordination] = []
        try openRows("coordination", states: states, limit: limit) {
            coordinations.append(try opened($0.octets(1), try $0.identifier(0)))
        }
        var participations: [Participation] = []
        let held = String(Participation.State.held.rawValue)
        try openRows("participation", states: [held], limit: limit) {
            participations.append(try opened($0.octets(1), try $0.identifier(0)))
        }
        return (coordinations, participations)
    }

    /// Finds the ids by the index of live rows, sorts those, and reads only `limit` bodies.
    private func openRows(
        _ table: String, states: [String], limit: Int,
        _ body: (PreparedStatement) throws -> Void
    ) throws {
        let statement = try walk(
            """
            SELECT "transaction", body FROM \(table) WHERE rowid IN (
                SELECT rowid FROM \(table)
                WHERE live = 1 AND state IN (\(states.joined(separator: ",")))
                ORDER BY "transaction" LIMIT ?)
            ORDER BY "transaction"
            """)
        try statement.bind(1, Int64(limit))
        try statement.forEach(body)
    }

    func forEachCoordination(_ body: (Coordination) throws -> Void) throws {
        try forEachRecord(#"SELECT "transaction", body FROM coordination ORDER BY "transaction""#) {
            try $0.identifier(0)
        } _: {
            try body($1)
        }
    }

    func forEachParticipation(_ body: (Participation) throws -> Void) throws {
        try forEachRecord(
            #"SELECT "transaction", body FROM participation ORDER BY "transaction""#
        ) {
            try $0.identifier(0)
        } _: {
            try body($1)
        }
    }

    func forEachRelation(_ body: (Relation) throws -> Void) throws {
        try forEachRecord("SELECT id, body FROM relation WHERE body IS NOT NULL ORDER BY id") {
            try $0.identifier(0)
        } _: {
            try body($1)
        }
    }

    func forEachAnswer(_ body: (Identifier, Answer) throws -> Void) throws {
        try forEachRecord("SELECT id, body FROM answer ORDER BY id") {
            try $0.identifier(0)
        } _: {
            try body($0, $1)
        }
    }

    func forEachGrants(_ body: (WalletID, [Grant]) throws -> Void) throws {
        try forEachRecord("SELECT wallet, body FROM grants ORDER BY wallet") {
            WalletID(try $0.identifier(0))
        } _: { (wallet: WalletID, kept: KeptGrants) in
            try body(wallet, kept.grants)
        }
    }

    func forEachWithdrawal(_ body: (Withdrawal) throws -> Void) throws {
        try forEachRecord("SELECT id, body FROM withdrawal ORDER BY id") {
            try $0.identifier(0)
        } _: {
            try body($1)
        }
    }

    func forEachDocumentUse(_ body: (Digest, DocumentUse) throws -> Void) throws {
        try forEachRecord("SELECT digest, body FROM document ORDER BY digest") {
            try $0.digest(0)
        } _: {
            try body($0, $1)
        }
    }

    /// Calls `body` with the record in column 1 of each row of `sql`.
    func forEachRecord<Record: KeptRecord>(
        _ sql: String, _ key: (PreparedStatement) throws -> Record.Key,
        _ body: (Record.Key, Record) throws -> Void
    ) throws {
        try walk(sql).forEach { row in
            let found = try tolerating {
                let key = try key(row)
                return (key, try opened(row.octets(1), key, as: Record.self))
            }
            if let found { try body(found.0, found.1) }
        }
    }

    func forEachAccount(_ body: (Account, Int64) throws -> Void) throws {
        // Keys begin with the number of the kind; that of `available` is 3.
        try forEachAccount(
            "SELECT key, balance, seal FROM account WHERE key < x'03' ORDER BY key", body)
        try walk(
            """
            SELECT id, available, available_seal FROM relation
            WHERE available > 0 OR available_seal IS NOT NULL ORDER BY id
            """
        ).forEach { row in
            let found = try tolerating {
                let account = Account.available(relation: try row.identifier(0))
                return (account, try balance(row, 1, of: account))
            }
            if let found { try body(found.0, found.1) }
        }
        try forEachAccount(
            "SELECT key, balance, seal FROM account WHERE key >= x'04' ORDER BY key", body)
    }

    private func forEachAccount(
        _ sql: String, _ body: (Account, Int64) throws -> Void
    ) throws {
        try walk(sql).forEach { row in
            let found = try tolerating {
                let account = try row.account(0)
                // Another key for it would be another row.
                if case .available = account { try refuse("account \(account)") }
                return (account, try balance(row, 1, of: account))
            }
            if let found { try body(found.0, found.1) }
        }
    }

    func forEachPersonChange(_ body: (PersonChange) throws -> Void) throws {
        try forEachRecord(
            "SELECT wallet, body, number FROM person_change ORDER BY wallet, number"
        ) {
            PersonChange.Key(
                wallet: WalletID(try $0.identifier(0)), number: UInt64(clamping: $0.integer(2)))
        } _: { (_: PersonChange.Key, change: PersonChange) in
            try body(change)
        }
    }

    func forEachPosting(_ body: (KeptPosting) throws -> Void) throws {
        var last: Int64 = 0
        var chain: UInt128 = 0
        try walk(
            """
            SELECT number, at, cause, step, debit, credit, amount, chain FROM posting
            ORDER BY number
            """
        ).forEach { row in
            let number = row.integer(0)
            if number != last + 1 { try refuse("the row of postings before number \(number)") }
            last = number
            let entry = try tolerating { try posting(row) }
            let kept = row.tag(7) ?? 0
            if let entry {
                if self.chain(entry, after: chain) != kept { try refuse("posting \(number)") }
                try body(entry)
            }
            chain = kept
        }
    }

    private func posting(_ row: PreparedStatement) throws -> KeptPosting {
        guard let step = PostingStep(rawValue: UInt8(clamping: row.integer(3))),
            let amount = Fen(row.integer(6))
        else { throw StoreFailure.corrupt("posting \(row.integer(0)): step or amount") }
        return KeptPosting(
            number: row.integer(0), at: Instant(milliseconds: row.integer(1)),
            posting: Posting(
                cause: try row.identifier(2), step: step, debit: try row.account(4),
                credit: try row.account(5), amount: amount))
    }
}
