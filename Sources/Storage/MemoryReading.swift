import Domain
import Ledger
import Settlement
import Wire

/// A moment of a memory store.
struct MemoryReading: StoreReading, MemoryAnswering {
    let rows: MemoryRows
}

/// Everything that can be read, from ``MemoryRows``.
protocol MemoryAnswering: StoreReading {
    var rows: MemoryRows { get }
}

extension MemoryAnswering {
    func due(at instant: Instant, limit: Int) throws -> [DueTransaction] {
        var found: [DueOrder] = []
        func add(_ part: DueTransaction.Part, _ id: Identifier, _ wake: Instant?) {
            guard let wake, wake <= instant else { return }
            found.append(
                DueOrder(
                    wake: wake.milliseconds, due: DueTransaction(part: part, transaction: id)))
        }
        for id in rows.sleepingCoordinations {
            add(.coordination, id, rows.coordinations[id]?.wake)
        }
        for id in rows.sleepingParticipations {
            add(.participation, id, rows.participations[id]?.wake)
        }
        for id in rows.sleepingRelations { add(.relation, id, rows.relations[id]?.wake) }
        return found.sorted().prefix(limit).map(\.due)
    }

    func links() throws -> [LinkRecord] { rows.links.values.sorted { $0.peer < $1.peer } }
    func note(_ name: String) throws -> Bytes? { rows.notes[name] }

    func person(_ wallet: WalletID) throws -> Person? { rows.persons[wallet] }
    func relation(_ id: Identifier) throws -> Relation? { rows.relations[id] }

    func relations(givenBy wallet: WalletID, limit: Int) throws -> [Relation] {
        (rows.given[wallet] ?? []).sorted().prefix(limit).compactMap { rows.relations[$0] }
    }

    func grants(_ wallet: WalletID) throws -> [Grant] { rows.grants[wallet] ?? [] }
    func coordination(_ transaction: Identifier) throws -> Coordination? {
        rows.coordinations[transaction]
    }
    func participation(_ transaction: Identifier) throws -> Participation? {
        rows.participations[transaction]
    }
    func balance(_ account: Account) throws -> Int64 { rows.balances[account] ?? 0 }
    func identity(_ index: Digest) throws -> WalletID? { rows.identities[index] }
    func family(_ id: Identifier) throws -> Family? { rows.families[id] }
    func documentUse(_ document: Digest) throws -> DocumentUse? { rows.documents[document] }
    func withdrawal(_ id: Identifier) throws -> Withdrawal? { rows.withdrawals[id] }
    func answer(_ id: Identifier) throws -> Answer? { rows.answers[id] }

    func personChanges(
        of wallet: WalletID, after number: UInt64, limit: Int
    ) throws -> [PersonChange] {
        Array((rows.personChanges[wallet] ?? []).lazy.filter { $0.number > number }.prefix(limit))
    }
    func lastEvidence() throws -> KeptEvidence? { rows.evidence.last }

    func evidence(after number: Int64, limit: Int) throws -> [KeptEvidence] {
        Array(rows.evidence.dropFirst(Int(clamping: max(number, 0))).prefix(limit))
    }

    func withdrawals(
        in state: WithdrawalState, after: Identifier, limit: Int
    ) throws -> [Withdrawal] {
        (rows.withdrawalsByState[state] ?? []).filter { $0 > after }.sorted().prefix(limit)
            .compactMap { rows.withdrawals[$0] }
    }

    func usage(_ question: UsageQuestion) throws -> (records: [Usage], cursor: Bytes) {
        var page = try UsagePage(question)
        guard let dates = page.dates else { return ([], []) }
        let usages = rows.usages[question.subject] ?? []
        var index = usages.partitioningIndex { usage in
            usage.key.date <= dates.upperBound
                && (page.after.map { $0 < UsagePosition(usage.key) } ?? true)
        }
        while index < usages.count, usages[index].key.date >= dates.lowerBound {
            let usage = usages[index]
            let isTaken = page.take(
                insured: usage.insured.number, category: usage.category.rawValue,
                position: { UsagePosition(usage.key) }, record: { usage })
            if !isTaken { break }
            index += 1
        }
        return (page.records, page.cursor)
    }

    func journal(
        _ direction: JournalDirection, from number: UInt64, limit: Int
    ) throws -> [JournalEntry] {
        let entries = rows[direction]
        guard number <= UInt64(entries.count) else { return [] }
        return Array(entries[Int(max(number, 1) - 1)...].prefix(limit))
    }

    func lastJournalEntry(
        _ direction: JournalDirection
    ) throws -> (number: UInt64, chain: Digest)? {
        rows[direction].last.map { ($0.number, $0.chain) }
    }

    func journalEntries(
        _ direction: JournalDirection, peer: ProvinceCode, epoch: Identifier,
        last sequence: UInt64, limit: Int
    ) throws -> [JournalEntry] {
        let end = MemoryJournalEnd(
            direction: direction, peer: peer, epoch: epoch, last: sequence)
        return rows.journalEnds[end, default: []].prefix(limit).map { rows[direction][$0] }
    }

    func unacknowledged(
        _ peer: ProvinceCode, epoch: Identifier, above sequence: UInt64
    ) throws -> [JournalEntry] {
        rows.outbound.filter { entry in
            entry.peer == peer && entry.epoch == epoch && !entry.frames.isEmpty
                && entry.firstSequence + UInt64(entry.frames.count) - 1 > sequence
        }
    }

    func outboxCount(_ peer: ProvinceCode) throws -> Int { rows.outbox[peer]?.frames.count ?? 0 }

    func transactionCounts() throws -> (coordinator: [String: Int], participant: [String: Int]) {
        (
            rows.coordinations.values.reduce(into: [:]) { $0[$1.state.word, default: 0] += 1 },
            rows.participations.values.reduce(into: [:]) { $0[$1.state.word, default: 0] += 1 }
        )
    }

    func open(
        inDoubt: Bool, limit: Int
    ) throws -> (coordinations: [Coordination], participations: [Participation]) {
        let coordinations = rows.coordinations.values
            .filter { inDoubt ? $0.state.isInDoubt : $0.state.isOpen }
            .sorted { $0.transaction < $1.transaction }
        let participations = rows.participations.values.filter { $0.state == .held }
            .sorted { $0.transaction < $1.transaction }
        return (Array(coordinations.prefix(limit)), Array(participations.prefix(limit)))
    }

    func forEachCoordination(_ body: (Coordination) throws -> Void) throws {
        for id in rows.coordinations.keys.sorted() {
            if let coordination = rows.coordinations[id] { try body(coordination) }
        }
    }

    func forEachParticipation(_ body: (Participation) throws -> Void) throws {
        for id in rows.participations.keys.sorted() {
            if let participation = rows.participations[id] { try body(participation) }
        }
    }

    func forEachRelation(_ body: (Relation) throws -> Void) throws {
        for id in rows.relations.keys.sorted() {
            if let relation = rows.relations[id] { try body(relation) }
        }
    }

    func forEachAccount(_ body: (Account, Int64) throws -> Void) throws {
        let keyed = rows.balances.map { (key: $0.key.key, account: $0.key, balance: $0.value) }
        for row in keyed.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            try body(row.account, row.balance)
        }
    }

    func forEachPosting(_ body: (KeptPosting) throws -> Void) throws {
        for posting in rows.postings { try body(posting) }
    }

    func forEachPersonChange(_ body: (PersonChange) throws -> Void) throws {
        for wallet in rows.personChanges.keys.sorted() {
            for change in rows.personChanges[wallet] ?? [] { try body(change) }
        }
    }

    func forEachAnswer(_ body: (Identifier, Answer) throws -> Void) throws {
        for id in rows.answers.keys.sorted() {
            if let answer = rows.answers[id] { try body(id, answer) }
        }
    }

    func forEachGrants(_ body: (WalletID, [Grant]) throws -> Void) throws {
        for wallet in rows.grants.keys.sorted() {
            if let grants = rows.grants[wallet] { try body(wallet, grants) }
        }
    }

    func forEachWithdrawal(_ body: (Withdrawal) throws -> Void) throws {
        for id in rows.withdrawals.keys.sorted() {
            if let withdrawal = rows.withdrawals[id] { try body(withdrawal) }
        }
    }

    func forEachDocumentUse(_ body: (Digest, DocumentUse) throws -> Void) throws {
        let keyed = rows.documents.map { (key: $0.key.bytes, document: $0.key, use: $0.value) }
        for row in keyed.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            try body(row.document, row.use)
        }
    }

    func forEachUsage(_ body: (Usage) throws -> Void) throws {
        let keyed = rows.usages.map { (key: $0.key.key, usages: $0.value) }
        for row in keyed.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            for usage in row.usages { try body(usage) }
        }
    }
}
