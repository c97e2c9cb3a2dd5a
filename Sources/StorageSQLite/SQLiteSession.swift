import Domain
import GRDB
import Ledger
import Settlement
import Storage

/// One connection's statements, and reading with them. The writer's session lives as long as the
/// store; a reader's as long as one `read`.
final class SQLiteSession: StoreReading {
    let database: Database
    let sealing: any RowSealing
    private var prepared: [PreparedStatement?]
    /// Records are encoded here one after the other, so that none takes memory of its own.
    var writer = ByteWriter(capacity: 4096)
    /// States of transactions as this write transaction has read or written them (0: none), so
    /// that the tally needs no reading of its own.
    var states = TransactionStates()
    var weights: RowWeights
    /// As it will be when this write transaction is committed.
    var head = StoreHead()
    let scratch = RowScratch()
    /// Takes what is damaged, if reading is to go on after it.
    var onDamage: ((StoreFailure) -> Void)?
    private(set) var damageCount = 0

    init(_ database: Database, _ sealing: any RowSealing, _ use: RowWeights.Use = .nothing) {
        self.database = database
        self.sealing = sealing
        weights = RowWeights(use)
        prepared = Array(repeating: nil, count: SQLiteQuery.allCases.count)
    }

    func statement(_ query: SQLiteQuery) throws -> PreparedStatement {
        if let statement = prepared[query.rawValue] { return statement }
        let statement = PreparedStatement(
            try StoreFailure.translating { try database.cachedStatement(sql: query.sql) })
        prepared[query.rawValue] = statement
        return statement
    }

    /// A statement for a walk: of its own, as walks may nest.
    func walk(_ sql: String) throws -> PreparedStatement {
        PreparedStatement(try StoreFailure.translating { try database.makeStatement(sql: sql) })
    }

    /// Tells what is damaged to ``onDamage``; false if nobody takes it.
    func tell(_ failure: StoreFailure) -> Bool {
        guard let onDamage else { return false }
        damageCount += 1
        onDamage(failure)
        return true
    }

    func person(_ wallet: WalletID) throws -> Person? {
        try record(.person, wallet)
    }

    func relation(_ id: Identifier) throws -> Relation? {
        try record(.relation, id)
    }

    /// Nil if there is no row.
    func keptGrants(_ wallet: WalletID) throws -> [Grant]? {
        try record(.grants, wallet, as: KeptGrants.self)?.grants
    }

    func grants(_ wallet: WalletID) throws -> [Grant] { try keptGrants(wallet) ?? [] }

    func coordination(_ transaction: Identifier) throws -> Coordination? {
        try record(.coordination, transaction)
    }

    func participation(_ transaction: Identifier) throws -> Participation? {
        try record(.participation, transaction)
    }

    func answer(_ id: Identifier) throws -> Answer? {
        try record(.answer, id)
    }

    func identity(_ index: Digest) throws -> WalletID? {
        try record(.identity, index, as: KeptIdentity.self)?.wallet
    }

    func family(_ id: Identifier) throws -> Family? {
        try record(.family, id)
    }

    func documentUse(_ document: Digest) throws -> DocumentUse? {
        try record(.document, document)
    }

    func withdrawal(_ id: Identifier) throws -> Withdrawal? {
        try record(.withdrawal, id)
    }

    func personChanges(
        of wallet: WalletID, after number: UInt64, limit: Int
    ) throws -> [PersonChange] {
        let statement = try walk(
            """
            SELECT number, body FROM person_change WHERE wallet = ? AND number > ?
            ORDER BY number LIMIT ?
            """)
        try statement.bind(1, wallet.value)
        try statement.bind(2, Int64(clamping: number))
        try statement.bind(3, Int64(limit))
        var found: [PersonChange] = []
        try statement.forEach { row in
            let key = PersonChange.Key(
                wallet: wallet, number: UInt64(clamping: row.integer(0)))
            found.append(try opened(row.octets(1), key))
        }
        return found
    }

    func lastEvidence() throws -> KeptEvidence? {
        try statement(.lastEvidence).one { row in
            KeptEvidence(
                number: row.integer(0),
                try opened(row.octets(1), row.integer(0)))
        }
    }

    func evidence(after number: Int64, limit: Int) throws -> [KeptEvidence] {
        let statement = try walk(
            "SELECT number, body FROM evidence WHERE number > ? ORDER BY number LIMIT ?")
        try statement.bind(1, number)
        try statement.bind(2, Int64(limit))
        var found: [KeptEvidence] = []
        try statement.forEach { row in
            found.append(
                KeptEvidence(
                    number: row.integer(0),
                    try opened(row.octets(1), row.integer(0))))
        }
        return found
    }

    func balance(_ account: Account) throws -> Int64 {
        let statement: PreparedStatement
        if case .available(let relation) = account {
            statement = try self.statement(.available)
            try statement.bind(1, relation)
        } else {
            statement = try self.statement(.balance)
            try statement.bind(1, account)
        }
        if let found = try statement.one({ try balance($0, 0, of: account) }) { return found }
        weights.read(RowName(account), 0)
        return 0
    }

    func note(_ name: String) throws -> Bytes? {
        let statement = try statement(.note)
        try statement.bind(1, name)
        return try statement.one {
            Bytes(try opened(RowName(note: name), $0.octets(0)) { "note \(name)" })
        }
    }

    func relations(givenBy wallet: WalletID, limit: Int) throws -> [Relation] {
        let statement = try walk(
            """
            SELECT id, body FROM relation WHERE giver = ? AND giver IS NOT NULL
            ORDER BY id LIMIT ?
            """)
        try statement.bind(1, wallet.value)
        try statement.bind(2, Int64(limit))
        var found: [Relation] = []
        try statement.forEach {
            found.append(try opened($0.octets(1), try $0.identifier(0)))
        }
        return found
    }

    static let withdrawalsByState =
        "SELECT id, body FROM withdrawal WHERE state = ? AND id > ? ORDER BY id LIMIT ?"

    func withdrawals(
        in state: WithdrawalState, after: Identifier, limit: Int
    ) throws -> [Withdrawal] {
        let statement = try walk(SQLiteSession.withdrawalsByState)
        try statement.bind(1, Int64(state.rawValue))
        try statement.bind(2, after)
        try statement.bind(3, Int64(limit))
        var found: [Withdrawal] = []
        try statement.forEach {
            let withdrawal = try opened($0.octets(1), try $0.identifier(0), as: Withdrawal.self)
            guard withdrawal.state == state else {
                throw SQLiteSession.doesNotHold("the state of withdrawal \(withdrawal.id)")
            }
            found.append(withdrawal)
        }
        return found
    }

    func due(at instant: Instant, limit: Int) throws -> [DueTransaction] {
        var found: [DueOrder] = []
        for (query, part) in [
            (SQLiteQuery.dueCoordinations, DueTransaction.Part.coordination),
            (.dueParticipations, .participation), (.dueRelations, .relation),
        ] {
            let statement = try statement(query)
            try statement.bind(1, instant.milliseconds)
            try statement.bind(2, Int64(limit))
            try statement.forEach {
                let due = DueTransaction(part: part, transaction: try $0.identifier(1))
                found.append(DueOrder(wake: $0.integer(0), due: due))
            }
        }
        return found.sorted().prefix(limit).map(\.due)
    }

    func links() throws -> [LinkRecord] {
        var found: [LinkRecord] = []
        try walk("SELECT peer, body FROM link ORDER BY peer").forEach {
            found.append(try opened($0.octets(1), try $0.province(0)))
        }
        return found
    }

    func outboxCount(_ peer: ProvinceCode) throws -> Int {
        let statement = try statement(.countOutbox)
        try statement.bind(1, Int64(peer.number))
        return Int(try statement.one { $0.integer(0) } ?? 0)
    }
}
