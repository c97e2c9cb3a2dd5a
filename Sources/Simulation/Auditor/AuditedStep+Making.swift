import Domain
import Ledger
import Rounds
import Settlement
import Storage

extension AuditedStep {
    init(_ round: KeptRound, at province: ProvinceCode) {
        let rows = round.engine.rows
        self.province = province
        nodeTime = round.engine.now
        participations = AuditedStep.changes(rows.participations)
        coordinations = AuditedStep.changes(rows.coordinations)
        relations = AuditedStep.changes(rows.relations)
        withdrawals = AuditedStep.changes(rows.withdrawals)
        answers = rows.answers.changed.map { ($0, rows.answers[$0]) }
        answered = round.engine.effects.answers.map(\.request)
        persons = rows.persons.changed
        postings = rows.books.postings
        balances = rows.books.changed.map { ($0, rows.books.balance($0)) }
    }

    private static func changes<Record>(
        _ rows: Rows<Identifier, Record>
    ) -> [AuditedChange<Record>] {
        rows.changed.map {
            AuditedChange(id: $0, before: rows.original($0), after: rows[$0])
        }
    }

    /// A row that this round did not begin with as it was durable.
    func foreignRow(to book: AuditedBook) -> String? {
        for change in participations where book.participations[change.id] != change.before {
            return "participation \(change.id)"
        }
        for change in coordinations where book.coordinations[change.id] != change.before {
            return "coordination \(change.id)"
        }
        for change in relations where book.relations[change.id] != change.before {
            return "relation \(change.id)"
        }
        for change in withdrawals where book.withdrawals[change.id] != change.before {
            return "withdrawal \(change.id)"
        }
        return nil
    }

    /// What `store` has more than `book`.
    ///
    /// Throws ``Gap`` if it has less.
    init(from book: AuditedBook, to store: any StoreReading, at province: ProvinceCode) throws {
        self.province = province
        nodeTime = nil
        var count = 0
        try store.forEachPosting { entry in
            count += 1
            if count > book.postings { postings.append(entry.posting) }
        }
        guard count >= book.postings else {
            throw Gap(sentence: "\(book.postings - count) postings are gone from its store")
        }
        var accounts: Set<Account> = []
        try store.forEachAccount { account, balance in
            accounts.insert(account)
            if book.balances[account, default: 0] != balance { balances.append((account, balance)) }
        }
        // One that is empty is in no store.
        let emptied = book.balances.filter { $0.value != 0 && !accounts.contains($0.key) }
        for account in emptied.keys.sorted(by: { $0.description < $1.description }) {
            balances.append((account, 0))
        }
        participations = try AuditedStep.later("participation", book.participations) { take in
            try store.forEachParticipation { take($0.transaction, $0) }
        }
        coordinations = try AuditedStep.later("coordination", book.coordinations) { take in
            try store.forEachCoordination { take($0.transaction, $0) }
        }
        relations = try AuditedStep.later("relation", book.relations) { take in
            try store.forEachRelation { take($0.id, $0) }
        }
        withdrawals = try AuditedStep.later("withdrawal", book.withdrawals) { take in
            try store.forEachWithdrawal { take($0.id, $0) }
        }
        let replies = try AuditedStep.later("answer", book.answers) { take in
            try store.forEachAnswer { take($0, $1) }
        }
        answers = replies.map { ($0.id, $0.after) }
        answered = replies.filter { $0.after?.reply != nil && $0.before?.reply == nil }.map(\.id)
        // People are not walked through; whoever has money is one.
        persons = balances.compactMap {
            if case .personal(let wallet) = $0.account, !book.persons.contains(wallet) {
                return wallet
            }
            return nil
        }
    }

    private static func later<Record: Equatable>(
        _ word: String, _ known: [Identifier: Record],
        _ walk: (_ take: (Identifier, Record) -> Void) throws -> Void
    ) throws -> [AuditedChange<Record>] {
        var changes: [AuditedChange<Record>] = []
        var count = 0
        try walk { id, record in
            let before = known[id]
            if before != nil { count += 1 }
            if before != record {
                changes.append(AuditedChange(id: id, before: before, after: record))
            }
        }
        guard count == known.count else {
            throw Gap(sentence: "\(known.count - count) rows (\(word)) are gone from its store")
        }
        return changes
    }
}
