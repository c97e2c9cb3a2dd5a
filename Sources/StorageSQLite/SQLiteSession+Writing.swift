import Domain
import GRDB
import Ledger
import Settlement
import Storage
import Wire

extension SQLiteSession: StoreTransaction {
    func load(_ keys: RowKeys, into set: inout WorkingSet) throws {
        for key in keys.accounts where !set.books.isLoaded(key) {
            set.books.load(key, balance: try balance(key))
        }
        for key in keys.persons where !set.persons.isLoaded(key) {
            set.persons.load(key, try person(key))
        }
        for key in keys.relations where !set.relations.isLoaded(key) {
            set.relations.load(key, try relation(key))
        }
        for key in keys.grants where !set.grants.isLoaded(key) {
            set.grants.load(key, try keptGrants(key))
        }
        for key in keys.coordinations where !set.coordinations.isLoaded(key) {
            let record = try coordination(key)
            states[TransactionStates.coordination, key] = record?.state.rawValue ?? 0
            set.coordinations.load(key, record)
        }
        for key in keys.participations where !set.participations.isLoaded(key) {
            let record = try participation(key)
            states[TransactionStates.participation, key] = record?.state.rawValue ?? 0
            set.participations.load(key, record)
        }
        for key in keys.answers where !set.answers.isLoaded(key) {
            set.answers.load(key, try answer(key))
        }
        for key in keys.identities where !set.identities.isLoaded(key) {
            set.identities.load(key, try identity(key))
        }
        for key in keys.families where !set.families.isLoaded(key) {
            set.families.load(key, try family(key))
        }
        for key in keys.documents where !set.documents.isLoaded(key) {
            set.documents.load(key, try documentUse(key))
        }
        for key in keys.withdrawals where !set.withdrawals.isLoaded(key) {
            set.withdrawals.load(key, try withdrawal(key))
        }
        for key in keys.given where set.given[key] == nil { set.given[key] = try given(key) }
    }

    /// The lowest ids of the relations of `giver` that have not ended.
    private func given(_ giver: WalletID) throws -> [Identifier] {
        let statement = try statement(.given)
        try statement.bind(1, giver.value)
        try statement.bind(2, Int64(RelationPhase.ended.rawValue))
        try statement.bind(3, Int64(Limits.relationsOfOneGiverMax + 1))
        var found: [Identifier] = []
        try statement.forEach { found.append(try $0.identifier(0)) }
        return found
    }

    func save(_ set: WorkingSet, at instant: Instant) throws {
        for key in set.persons.changed {
            try save(set.persons[key], key, .person, .setPerson, .deletePerson)
        }
        for key in set.relations.changed { try save(set.relations[key], key) }
        for key in set.grants.changed {
            let grants = set.grants[key].map(KeptGrants.init)
            try save(grants, key, .grants, .setGrants, .deleteGrants)
        }
        for key in set.coordinations.changed { try save(set.coordinations[key], key) }
        for key in set.participations.changed { try save(set.participations[key], key) }
        for key in set.answers.changed {
            try save(set.answers[key], key, .answer, .setAnswer, .deleteAnswer)
        }
        for key in set.identities.changed {
            let identity = set.identities[key].map(KeptIdentity.init)
            try save(identity, key, .identity, .setIdentity, .deleteIdentity)
        }
        for key in set.families.changed {
            try save(set.families[key], key, .family, .setFamily, .deleteFamily)
        }
        for key in set.documents.changed {
            try save(set.documents[key], key, .document, .setDocument, .deleteDocument)
        }
        for key in set.withdrawals.changed { try save(set.withdrawals[key], key) }
        for usage in set.usages { try save(usage) }
        for change in set.personChanges { try add(change) }
        for account in set.books.changed {
            try save(set.books.balance(account), of: account)
        }
        for posting in set.books.postings {
            head.postings += 1
            try save(KeptPosting(number: head.postings, at: instant, posting: posting))
        }
    }

    private func save(_ entry: KeptPosting) throws {
        let posting = entry.posting
        head.chain = chain(entry, after: head.chain)
        let statement = try statement(.addPosting)
        try statement.bind(1, entry.number)
        try statement.bind(2, entry.at.milliseconds)
        try statement.bind(3, posting.cause)
        try statement.bind(4, Int64(posting.step.rawValue))
        try statement.bind(5, posting.debit)
        try statement.bind(6, posting.credit)
        try statement.bind(7, posting.amount.value)
        try statement.bind(8, tag: head.chain)
        try statement.run()
    }

    private func save(_ balance: Int64, of account: Account) throws {
        let name = RowName(account)
        let mark = balance == 0 ? nil : mark(name, balance: balance)
        try change(name, to: mark?.weight ?? 0) { _ = try self.balance(account) }
        let statement: PreparedStatement
        if case .available(let relation) = account {
            statement = try self.statement(.setAvailable)
            try statement.bind(1, relation)
        } else {
            statement = try self.statement(mark == nil ? .deleteBalance : .setBalance)
            try statement.bind(1, account)
            if mark == nil { return try statement.run() }
        }
        try statement.bind(2, balance)
        if let mark { try statement.bind(3, tag: mark.tag) } else { try statement.bindNull(3) }
        try statement.run()
    }

    private func delete<Record: KeptRecord>(
        _ key: Record.Key, _: Record.Type, _ read: SQLiteQuery, _ delete: SQLiteQuery
    ) throws where Record.Key: BoundKey {
        try change(RowName(Record.table, key), to: 0) {
            _ = try record(read, key, as: Record.self)
        }
        let statement = try statement(delete)
        try key.bind(to: statement, 1)
        try statement.run()
    }

    /// Writes a row of a key and a body.
    private func save<Record: KeptRecord>(
        _ record: Record?, _ key: Record.Key, _ read: SQLiteQuery, _ set: SQLiteQuery,
        _ delete: SQLiteQuery
    ) throws where Record.Key: BoundKey {
        guard let record else { return try self.delete(key, Record.self, read, delete) }
        try seal(record, key, read)
        let statement = try statement(set)
        try key.bind(to: statement, 1)
        try statement.with(2, writer.bytes) { try statement.run() }
    }

    /// Seals `record` into ``writer``, and puts its weight in the place of that of the row that `read`
    /// reads.
    func seal<Record: KeptRecord>(
        _ record: Record, _ key: Record.Key, _ read: SQLiteQuery
    ) throws where Record.Key: BoundKey {
        let name = RowName(Record.table, key)
        if weights[name] == nil { _ = try self.record(read, key, as: Record.self) }
        let mark = sealed(name) { record.encode(into: &$0) }
        try change(name, to: mark.weight) {}
    }

    private func save(_ relation: Relation?, _ id: Identifier) throws {
        guard let relation else {
            return try delete(id, Relation.self, .relation, .deleteRelation)
        }
        try seal(relation, id, .relation)
        let columns = relation.columns
        // An update leaves the indexes by giver and by wake alone; it finds nothing if the row is
        // new, has only a balance, or goes to another place in an index.
        for query in [SQLiteQuery.updateRelation, .setRelation] {
            let statement = try statement(query)
            try statement.bind(1, id)
            try statement.bind(2, columns.giver)
            try statement.bind(3, columns.recipient)
            try statement.bind(4, columns.wake)
            try statement.bind(5, columns.phase)
            try statement.bind(6, columns.openHolds)
            try statement.with(7, writer.bytes) { try statement.run() }
            if statement.changedRows > 0 { return }
        }
    }

    private func save(_ withdrawal: Withdrawal?, _ id: Identifier) throws {
        guard let withdrawal else {
            return try delete(id, Withdrawal.self, .withdrawal, .deleteWithdrawal)
        }
        try seal(withdrawal, id, .withdrawal)
        let columns = withdrawal.columns
        let statement = try statement(.setWithdrawal)
        try statement.bind(1, id)
        try statement.bind(2, columns.wallet)
        try statement.bind(3, columns.state)
        try statement.bind(4, columns.created)
        try statement.bind(5, columns.amount)
        try statement.with(6, writer.bytes) { try statement.run() }
    }

    private func save(_ coordination: Coordination?, _ id: Identifier) throws {
        try move(
            TransactionStates.coordination, id, to: coordination?.state.rawValue ?? 0,
            .coordinationState)
        guard let coordination else {
            return try delete(id, Coordination.self, .coordination, .deleteCoordination)
        }
        try seal(coordination, id, .coordination)
        let columns = coordination.columns
        let statement = try statement(.setCoordination)
        try statement.bind(1, id)
        try statement.bind(2, columns.state)
        try statement.bind(3, columns.live)
        try statement.bind(4, columns.wake)
        try statement.bind(5, columns.created)
        try statement.bind(6, columns.date)
        try statement.bind(7, columns.amount)
        try statement.with(8, writer.bytes) { try statement.run() }
    }

    private func save(_ participation: Participation?, _ id: Identifier) throws {
        try move(
            TransactionStates.participation, id, to: participation?.state.rawValue ?? 0,
            .participationState)
        guard let participation else {
            return try delete(id, Participation.self, .participation, .deleteParticipation)
        }
        try seal(participation, id, .participation)
        let columns = participation.columns
        let statement = try statement(.setParticipation)
        try statement.bind(1, id)
        try statement.bind(2, columns.state)
        try statement.bind(3, columns.live)
        try statement.bind(4, columns.wake)
        try statement.bind(5, columns.care)
        try statement.bind(6, columns.date)
        try statement.bind(7, columns.amount)
        try statement.with(8, writer.bytes) { try statement.run() }
    }

    /// Counts a transaction under its new state; reads the old one only if it was not loaded.
    private func move(
        _ part: Int64, _ id: Identifier, to state: UInt8, _ query: SQLiteQuery
    ) throws {
        var old = states[part, id]
        if old == nil {
            let statement = try statement(query)
            try statement.bind(1, id)
            old = UInt8(clamping: try statement.one { $0.integer(0) } ?? 0)
        }
        states.move(part, id, from: old ?? 0, to: state)
    }

    /// Brings the table `tally` up to date.
    func writeTally() throws {
        try states.takeChanges { part, state, change in
            let statement = try statement(.addTally)
            try statement.bind(1, part)
            try statement.bind(2, state)
            try statement.bind(3, Int64(change))
            try statement.run()
        }
    }

    /// Keeps the head of the store with one commit more, if this one changes anything. False if it
    /// does not.
    func writeCommit(since changes: Int) throws -> Bool {
        guard database.totalChangesCount != changes else { return false }
        head.commits += 1
        try writeHead()
        return true
    }

    func writeHead() throws {
        _ = sealed(RowName(StoreHead.table)) { head.encode(into: &$0) }
        let statement = try statement(.setHead)
        try statement.bind(1, Int64(clamping: head.commits))
        try statement.with(2, writer.bytes) { try statement.run() }
    }

    private func add(_ change: PersonChange) throws {
        let key = PersonChange.Key(wallet: change.wallet, number: change.number)
        let mark = sealed(RowName(PersonChange.table, key)) { change.encode(into: &$0) }
        let statement = try statement(.addPersonChange)
        try statement.bind(1, change.wallet.value)
        try statement.bind(2, Int64(clamping: change.number))
        try statement.with(3, writer.bytes) { try statement.run() }
        head.sum &+= mark.weight
    }

    func add(_ evidence: Evidence) throws -> Bool {
        let number = 1 + (try statement(.lastEvidence).one { $0.integer(0) } ?? 0)
        let name = RowName(Evidence.table, number)
        let mark = sealed(name) { evidence.encode(into: &$0) }
        let columns = evidence.columns
        let statement = try statement(.addEvidence)
        try statement.bind(1, number)
        try statement.bind(2, columns.at)
        try statement.bind(3, columns.accused)
        try statement.bind(4, columns.subject)
        try statement.bind(5, columns.reason)
        try statement.with(6, writer.bytes) { try statement.run() }
        guard statement.changedRows > 0 else { return false }
        head.sum &+= mark.weight
        return true
    }

    func save(_ link: LinkRecord) throws {
        try seal(link, link.peer, .link)
        let statement = try statement(.setLink)
        try statement.bind(1, Int64(link.peer.number))
        try statement.with(2, writer.bytes) { try statement.run() }
    }

    func appendOutbox(
        _ peer: ProvinceCode, first sequence: UInt64, _ frames: [Bytes]
    ) throws {
        guard !frames.isEmpty else { return }
        let last = try statement(.lastOutbox)
        try last.bind(1, Int64(peer.number))
        let next = try last.one { $0.isNull(0) ? nil : UInt64(bitPattern: $0.integer(0)) + 1 }
        try StoreFailure.checkOutbox(peer, first: sequence, next: next ?? nil)
        let statement = try statement(.addOutbox)
        for (index, frame) in frames.enumerated() {
            let number = Int64(clamping: sequence) + Int64(index)
            let name = RowName(waitingFor: peer, number)
            let mark = sealed(name) { writer in frame.withUnsafeBytes { writer.append($0) } }
            // It follows the last one, so there is no such row.
            head.sum &+= mark.weight
            try statement.bind(1, Int64(peer.number))
            try statement.bind(2, number)
            try statement.with(3, writer.bytes) { try statement.run() }
        }
    }

    func takeOutbox(_ peer: ProvinceCode, count: Int, bytes: Int) throws -> [Bytes] {
        guard count > 0 else { return [] }
        var frames: [Bytes] = []
        var size = 0
        var next: Int64 = 0
        let statement = try statement(.outboxFrames)
        try statement.bind(1, Int64(peer.number))
        try statement.bind(2, Int64(count))
        defer { statement.reset() }
        while try statement.step() {
            let name = RowName(waitingFor: peer, statement.integer(0))
            size += statement.octets(1).count - RowMark.tagBytes
            guard frames.isEmpty || size <= bytes else { break }
            let frame = Bytes(
                try opened(name, statement.octets(1)) {
                    "message \(statement.integer(0)) that waits for \(peer)"
                })
            head.sum &-= weights[name] ?? 0
            frames.append(frame)
            next = statement.integer(0) + 1
        }
        statement.reset()
        guard !frames.isEmpty else { return [] }
        let delete = try self.statement(.deleteOutbox)
        try delete.bind(1, Int64(peer.number))
        try delete.bind(2, next)
        try delete.run()
        return frames
    }

    func setNote(_ name: String, _ value: Bytes?) throws {
        let row = RowName(note: name)
        if weights[row] == nil { _ = try note(name) }
        let mark = value.map { value in
            sealed(row) { writer in value.withUnsafeBytes { writer.append($0) } }
        }
        try change(row, to: mark?.weight ?? 0) {}
        let statement = try statement(mark == nil ? .deleteNote : .setNote)
        try statement.bind(1, name)
        guard mark != nil else { return try statement.run() }
        try statement.with(2, writer.bytes) { try statement.run() }
    }
}
