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
            coordinations.append(
                try Coordination(key: try $0.identifier(0), decoding: $0.octets(1)))
        }
        var participations: [Participation] = []
        let held = String(Participation.State.held.rawValue)
        try openRows("participation", states: [held], limit: limit) {
            participations.append(
                try Participation(key: try $0.identifier(0), decoding: $0.octets(1)))
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
        try walk(#"SELECT "transaction", body FROM coordination ORDER BY "transaction""#).forEach {
            try body(try Coordination(key: try $0.identifier(0), decoding: $0.octets(1)))
        }
    }

    func forEachParticipation(_ body: (Participation) throws -> Void) throws {
        try walk(#"SELECT "transaction", body FROM participation ORDER BY "transaction""#).forEach {
            try body(try Participation(key: try $0.identifier(0), decoding: $0.octets(1)))
        }
    }

    func forEachRelation(_ body: (Relation) throws -> Void) throws {
        try walk("SELECT id, body FROM relation WHERE body IS NOT NULL ORDER BY id").forEach {
            try body(try Relation(key: try $0.identifier(0), decoding: $0.octets(1)))
        }
    }

    func forEachAccount(_ body: (Account, Int64) throws -> Void) throws {
        // Keys begin with the number of the kind; that of `available` is 3.
        try walk("SELECT key, balance FROM account WHERE key < x'03' ORDER BY key").forEach {
            try body(try $0.account(0), $0.integer(1))
        }
        try walk("SELECT id, available FROM relation WHERE available > 0 ORDER BY id").forEach {
            try body(.available(relation: try $0.identifier(0)), $0.integer(1))
        }
        try walk("SELECT key, balance FROM account WHERE key >= x'04' ORDER BY key").forEach {
            try body(try $0.account(0), $0.integer(1))
        }
    }

    func forEachPosting(_ body: (KeptPosting) throws -> Void) throws {
        try walk(
            """
            SELECT number, at, cause, step, debit, credit, amount FROM posting ORDER BY number
            """
        ).forEach { row in
            guard let step = PostingStep(rawValue: UInt8(clamping: row.integer(3))),
                let amount = Fen(row.integer(6))
            else { throw StoreFailure.corrupt("posting \(row.integer(0)): step or amount") }
            try body(
                KeptPosting(
                    number: row.integer(0), at: Instant(milliseconds: row.integer(1)),
                    posting: Posting(
                        cause: try row.identifier(2), step: step, debit: try row.account(4),
                        credit: try row.account(5), amount: amount)))
        }
    }

    func forEachAnswer(_ body: (Identifier, Answer) throws -> Void) throws {
        try walk("SELECT id, body FROM answer ORDER BY id").forEach {
            let id = try $0.identifier(0)
            try body(id, try Answer(key: id, decoding: $0.octets(1)))
        }
    }

    func forEachPersonChange(_ body: (PersonChange) throws -> Void) throws {
        try walk("SELECT wallet, number, body FROM person_change ORDER BY wallet, number").forEach {
            let key = PersonChange.Key(
                wallet: WalletID(try $0.identifier(0)), number: UInt64(clamping: $0.integer(1)))
            try body(try PersonChange(key: key, decoding: $0.octets(2)))
        }
    }

    func forEachGrants(_ body: (WalletID, [Grant]) throws -> Void) throws {
        try walk("SELECT wallet, body FROM grants ORDER BY wallet").forEach {
            let wallet = WalletID(try $0.identifier(0))
            try body(wallet, try KeptGrants(key: wallet, decoding: $0.octets(1)).grants)
        }
    }

    func forEachWithdrawal(_ body: (Withdrawal) throws -> Void) throws {
        try walk("SELECT id, body FROM withdrawal ORDER BY id").forEach {
            try body(try Withdrawal(key: try $0.identifier(0), decoding: $0.octets(1)))
        }
    }

    func forEachDocumentUse(_ body: (Digest, DocumentUse) throws -> Void) throws {
        try walk("SELECT digest, body FROM document ORDER BY digest").forEach {
            let document = try $0.digest(0)
            try body(document, try DocumentUse(key: document, decoding: $0.octets(1)))
        }
    }
}
