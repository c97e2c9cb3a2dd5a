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
            try save(set.persons[key], key.value, .setPerson, .deletePerson)
        }
        for key in set.relations.changed { try save(set.relations[key], key) }
        for key in set.grants.changed {
            try save(set.grants[key].map(KeptGrants.init), key.value, .setGrants, .deleteGrants)
        }
        for key in set.coordinations.changed { try save(set.coordinations[key], key) }
        for key in set.participations.changed { try save(set.participations[key], key) }
        for key in set.answers.changed {
            try save(set.answers[key], key, .setAnswer, .deleteAnswer)
        }
        for key in set.identities.changed {
            try save(
                set.identities[key].map(KeptIdentity.init), key, .setIdentity, .deleteIdentity)
        }
        for key in set.families.changed {
            try save(set.families[key], key, .setFamily, .deleteFamily)
        }
        for key in set.documents.changed {
            try save(set.documents[key], key, .setDocument, .deleteDocument)
        }
        for key in set.withdrawals.changed { try save(set.withdrawals[key], key) }
        for usage in set.usages { try save(usage) }
        for change in set.personChanges { try add(change) }
        for account in set.books.changed {
            try save(set.books.balance(account), of: account)
        }
        for posting in set.books.postings {
            let statement = try statement(.addPosting)
            try statement.bind(1, instant.milliseconds)
            try statement.bind(2, posting.cause)
            try statement.bind(3, Int64(posting.step.rawValue))
            try statement.bind(4, posting.debit)
            try statement.bind(5, posting.credit)
            try statement.bind(6, posting.amount.value)
            try statement.run()
        }
    }

    private func save(_ balance: Int64, of account: Account) throws {
        let statement: PreparedStatement
        if case .available(let relation) = account {
            statement = try self.statement(.setAvailable)
            try statement.bind(1, relation)
            try statement.bind(2, balance)
        } else {
            statement = try self.statement(balance == 0 ? .deleteBalance : .setBalance)
            try statement.bind(1, account)
            if balance != 0 { try statement.bind(2, balance) }
        }
        try statement.run()
    }

    private func delete(_ query: SQLiteQuery, _ id: Identifier) throws {
        let statement = try statement(query)
        try statement.bind(1, id)
        try statement.run()
    }

    /// Writes a row of an id and a body.
    private func save(
        _ record: (some KeptRecord)?, _ id: Identifier, _ set: SQLiteQuery,
        _ delete: SQLiteQuery
    ) throws {
        guard let record else { return try self.delete(delete, id) }
        let statement = try statement(set)
        try statement.bind(1, id)
        try run(statement, body: 2, record)
    }

    private func save(
        _ record: (some KeptRecord)?, _ digest: Digest, _ set: SQLiteQuery,
        _ delete: SQLiteQuery
    ) throws {
        let statement = try statement(record == nil ? delete : set)
        try statement.bind(1, digest)
        if let record { try run(statement, body: 2, record) } else { try statement.run() }
    }

    private func run(
        _ statement: PreparedStatement, body index: Int32, _ record: some KeptRecord
    ) throws {
        writer.clear()
        record.encode(into: &writer)
        try statement.with(index, writer.bytes) { try statement.run() }
    }

    private func save(_ relation: Relation?, _ id: Identifier) throws {
        guard let relation else { return try delete(.deleteRelation, id) }
        // An update leaves the indexes by giver and by wake alone; it finds nothing if the row is
        // new, has only a balance, or goes to another place in an index.
        for query in [SQLiteQuery.updateRelation, .setRelation] {
            let statement = try statement(query)
            try statement.bind(1, id)
            try statement.bind(2, relation.giver.value)
            try statement.bind(3, relation.recipient?.value)
            try statement.bind(4, relation.wake?.milliseconds)
            try statement.bind(5, Int64(relation.phase.rawValue))
            try statement.bind(6, Int64(relation.openHolds))
            try run(statement, body: 7, relation)
            if statement.changedRows > 0 { return }
        }
    }

    private func save(_ withdrawal: Withdrawal?, _ id: Identifier) throws {
        guard let withdrawal else { return try delete(.deleteWithdrawal, id) }
        let statement = try statement(.setWithdrawal)
        try statement.bind(1, id)
        try statement.bind(2, withdrawal.wallet.value)
        try statement.bind(3, Int64(withdrawal.state.rawValue))
        try statement.bind(4, withdrawal.created.milliseconds)
        try statement.bind(5, withdrawal.amount.value)
        try run(statement, body: 6, withdrawal)
    }

    private func save(_ coordination: Coordination?, _ id: Identifier) throws {
        try move(
            TransactionStates.coordination, id, to: coordination?.state.rawValue ?? 0,
            .coordinationState)
        guard let coordination else { return try delete(.deleteCoordination, id) }
        let statement = try statement(.setCoordination)
        let live = coordination.state.isOpen || coordination.wake != nil
        try statement.bind(1, id)
        try statement.bind(2, Int64(coordination.state.rawValue))
        try statement.bind(3, live ? 1 : nil)
        try statement.bind(4, coordination.wake?.milliseconds)
        try statement.bind(5, coordination.created.milliseconds)
        try statement.bind(6, coordination.date.map { Int64($0.daysSince1970) })
        let amount = coordination.finals.isEmpty ? nil : coordination.finals.sum()
        try statement.bind(7, (amount ?? coordination.order.amount).value)
        try run(statement, body: 8, coordination)
    }

    private func save(_ participation: Participation?, _ id: Identifier) throws {
        try move(
            TransactionStates.participation, id, to: participation?.state.rawValue ?? 0,
            .participationState)
        guard let participation else { return try delete(.deleteParticipation, id) }
        let statement = try statement(.setParticipation)
        let live = participation.state == .held || participation.wake != nil
        try statement.bind(1, id)
        try statement.bind(2, Int64(participation.state.rawValue))
        try statement.bind(3, live ? 1 : nil)
        try statement.bind(4, participation.wake?.milliseconds)
        try statement.bind(5, Int64(participation.care.number))
        try statement.bind(6, participation.date.map { Int64($0.daysSince1970) })
        try statement.bind(7, participation.held.sum().value)
        try run(statement, body: 8, participation)
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

    /// Keeps that this is commit `number`, if it changes anything. False if it does not.
    func writeCommit(_ number: UInt64, since changes: Int) throws -> Bool {
        guard database.totalChangesCount != changes else { return false }
        let statement = try statement(.setCommits)
        try statement.bind(1, Int64(clamping: number))
        try statement.run()
        return true
    }

    private func add(_ change: PersonChange) throws {
        let statement = try statement(.addPersonChange)
        try statement.bind(1, change.wallet.value)
        try statement.bind(2, Int64(clamping: change.number))
        try run(statement, body: 3, change)
    }

    func add(_ evidence: Evidence) throws -> Bool {
        let statement = try statement(.addEvidence)
        try statement.bind(1, evidence.at.milliseconds)
        try statement.bind(2, Int64(evidence.accused.number))
        try statement.bind(3, evidence.subject)
        try statement.bind(4, Int64(evidence.reason.rawValue))
        try run(statement, body: 5, evidence)
        return statement.changedRows > 0
    }

    func save(_ link: LinkRecord) throws {
        let statement = try statement(.setLink)
        try statement.bind(1, Int64(link.peer.number))
        try run(statement, body: 2, link)
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
            try statement.bind(1, Int64(peer.number))
            try statement.bind(2, Int64(clamping: sequence) + Int64(index))
            try statement.with(3, frame) { try statement.run() }
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
            size += statement.octets(1).count
            guard frames.isEmpty || size <= bytes else { break }
            frames.append(statement.bytes(1))
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
        let statement = try statement(value == nil ? .deleteNote : .setNote)
        try statement.bind(1, name)
        if let value {
            try statement.with(2, value) { try statement.run() }
        } else {
            try statement.run()
        }
    }
}
