import Domain
import Ledger
import Settlement
import Storage
import Testing
import Wire

/// What every store does, whichever it is: rows, books and transactions.
@Suite("Every store: rows", .serialized) struct ConformanceRows {
    static let kinds = StoreKind.allCases

    @Test("an empty store has nothing", arguments: kinds)
    func empty(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.read { (reading) throws in
            #expect(try reading.person(Samples.wallet(1)) == nil)
            #expect(try reading.relation(Samples.id(1)) == nil)
            #expect(try reading.relations(givenBy: Samples.wallet(1), limit: 5).isEmpty)
            #expect(try reading.grants(Samples.wallet(1)).isEmpty)
            #expect(try reading.coordination(Samples.id(1)) == nil)
            #expect(try reading.participation(Samples.id(1)) == nil)
            #expect(try reading.balance(.fund) == 0)
            #expect(try reading.identity(.zero) == nil)
            #expect(try reading.family(Samples.id(1)) == nil)
            #expect(try reading.documentUse(.zero) == nil)
            #expect(try reading.withdrawal(Samples.id(1)) == nil)
            #expect(try reading.withdrawals(in: .approved, after: .zero, limit: 5).isEmpty)
            let usage = try reading.usage(
                UsageQuestion(subject: .giver(Samples.wallet(1))))
            #expect(usage.records.isEmpty && usage.cursor.isEmpty)
            #expect(try reading.lastEvidence() == nil)
            #expect(try reading.evidence(after: 0, limit: 5).isEmpty)
            #expect(try reading.links().isEmpty)
            #expect(try reading.note("none") == nil)
            #expect(try reading.due(at: Samples.now, limit: 5).isEmpty)
            let counts = try reading.transactionCounts()
            #expect(counts.coordinator.isEmpty && counts.participant.isEmpty)
            let open = try reading.open(inDoubt: false, limit: 5)
            #expect(open.coordinations.isEmpty && open.participations.isEmpty)
        }
        #expect(tested.store.counters.commits == 0)
    }

    @Test("gives rows of every kind back as they were saved", arguments: kinds)
    func rows(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let person = Samples.person(1)
        let relation = Samples.relation(11)
        let grants = [Samples.grant(2), Samples.grant(1)]
        let coordination = Samples.coordination(21)
        let participation = Samples.participation(31)
        let answer = Samples.answer(Samples.digest("request"), reply: [1, 2])
        try tested.store.change { keys in
            keys.persons = [person.wallet]
            keys.relations = [relation.id]
            keys.grants = [Samples.wallet(2)]
            keys.coordinations = [coordination.transaction]
            keys.participations = [participation.transaction]
            keys.answers = [Samples.id(41)]
        } _: { rows in
            #expect(rows.persons[person.wallet] == nil)
            #expect(rows.grants[Samples.wallet(2)] == nil)
            #expect(rows.answers[Samples.id(41)] == nil)
            rows.persons[person.wallet] = person
            rows.relations[relation.id] = relation
            rows.grants[Samples.wallet(2)] = grants
            rows.coordinations[coordination.transaction] = coordination
            rows.participations[participation.transaction] = participation
            rows.answers[Samples.id(41)] = answer
        }
        try tested.store.read { (reading) throws in
            #expect(try reading.person(person.wallet) == person)
            #expect(try reading.relation(relation.id) == relation)
            #expect(try reading.grants(Samples.wallet(2)) == grants)
            #expect(try reading.coordination(coordination.transaction) == coordination)
            #expect(try reading.participation(participation.transaction) == participation)
        }
        try tested.store.change({ $0.answers = [Samples.id(41)] }) { rows in
            #expect(rows.answers[Samples.id(41)] == answer)
        }
        #expect(tested.store.counters.commits == 2)
    }

    @Test("replaces rows, and deletes those set to nil", arguments: kinds)
    func replaced(_ kind: StoreKind) throws {
        let tested = try kind.make()
        func save(_ change: (inout WorkingSet) -> Void) throws {
            try tested.store.change {
                $0.persons = [Samples.wallet(1)]
                $0.relations = [Samples.id(11)]
                $0.grants = [Samples.wallet(1)]
                $0.coordinations = [Samples.id(21)]
                $0.participations = [Samples.id(31)]
                $0.answers = [Samples.id(41)]
            } _: {
                change(&$0)
            }
        }
        try save { rows in
            rows.persons[Samples.wallet(1)] = Samples.person(1)
            rows.relations[Samples.id(11)] = Samples.relation(11)
            rows.grants[Samples.wallet(1)] = [Samples.grant(1)]
            rows.coordinations[Samples.id(21)] = Samples.coordination(21)
            rows.participations[Samples.id(31)] = Samples.participation(31)
            rows.answers[Samples.id(41)] = Samples.answer(.zero, reply: nil)
        }
        try save { rows in
            rows.persons[Samples.wallet(1)]?.insurance = .resident
            rows.relations[Samples.id(11)]?.openHolds = 9
            rows.grants[Samples.wallet(1)]?.append(Samples.grant(2))
            rows.coordinations[Samples.id(21)]?.state = .settled
            rows.participations[Samples.id(31)]?.state = .committed
            rows.answers[Samples.id(41)]?.reply = [5]
        }
        try tested.store.read { (reading) throws in
            #expect(try reading.person(Samples.wallet(1))?.insurance == .resident)
            #expect(try reading.relation(Samples.id(11))?.openHolds == 9)
            #expect(try reading.grants(Samples.wallet(1)).count == 2)
            #expect(try reading.coordination(Samples.id(21))?.state == .settled)
            #expect(try reading.participation(Samples.id(31))?.state == .committed)
        }
        try save { rows in
            #expect(rows.answers[Samples.id(41)]?.reply == [5])
            rows.persons[Samples.wallet(1)] = nil
            rows.relations[Samples.id(11)] = nil
            rows.grants[Samples.wallet(1)] = nil
            rows.coordinations[Samples.id(21)] = nil
            rows.participations[Samples.id(31)] = nil
            rows.answers[Samples.id(41)] = nil
        }
        try tested.store.read { (reading) throws in
            #expect(try reading.person(Samples.wallet(1)) == nil)
            #expect(try reading.relation(Samples.id(11)) == nil)
            #expect(try reading.relations(givenBy: Samples.wallet(1), limit: 1).isEmpty)
            #expect(try reading.grants(Samples.wallet(1)).isEmpty)
            #expect(try reading.coordination(Samples.id(21)) == nil)
            #expect(try reading.participation(Samples.id(31)) == nil)
            let counts = try reading.transactionCounts()
            #expect(counts.coordinator.isEmpty && counts.participant.isEmpty)
            #expect(try reading.due(at: Samples.now, limit: 5).isEmpty)
            try reading.forEachRelation { _ in Issue.record("a deleted relation") }
            try reading.forEachAnswer { _, _ in Issue.record("a deleted answer") }
        }
    }

    @Test("leaves rows alone that a working set has already", arguments: kinds)
    func loadedBefore(_ kind: StoreKind) throws {
        let tested = try kind.make()
        try tested.store.set([Samples.bareCoordination(1, .settled)])
        try tested.store.write { (transaction) throws in
            var rows = WorkingSet()
            rows.coordinations.load(Samples.id(1), Samples.bareCoordination(1, .released))
            rows.books.load(.fund, balance: 7)
            var keys = RowKeys()
            keys.coordinations = [Samples.id(1)]
            keys.accounts = [.fund]
            try transaction.load(keys, into: &rows)
            #expect(rows.coordinations[Samples.id(1)]?.state == .released)
            #expect(rows.books.balance(.fund) == 7)
        }
    }

    @Test("keeps balances of every kind of account, and forgets those of zero", arguments: kinds)
    func balances(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let wallet = Samples.wallet(1)
        let accounts: [Account] = [
            .personal(wallet), .available(relation: Samples.id(11)),
            .held(transaction: Samples.id(21), source: Samples.id(11)),
            .payable(Samples.shanghai), .institution(Samples.institution), .payout,
        ]
        func move(_ fen: Int64, _ debit: Account, _ credit: Account) throws {
            try tested.store.change({ $0.accounts = [debit, credit] }) { rows in
                try rows.books.post([
                    Posting(
                        cause: Samples.id(5), step: .deposit, debit: debit, credit: credit,
                        amount: Samples.fen(fen))
                ])
            }
        }
        for account in accounts { try move(100, .fund, account) }
        try move(100, .receivable(Samples.shandong), .institution(Samples.institution))
        try tested.store.read { (reading) throws in
            for account in accounts {
                let doubled = account == .institution(Samples.institution)
                #expect(try reading.balance(account) == (doubled ? 200 : 100), "\(account)")
            }
            #expect(try reading.balance(.fund) == 600)
            #expect(try reading.balance(.receivable(Samples.shandong)) == 100)
        }
        for account in accounts { try move(100, account, .fund) }
        try tested.store.read { (reading) throws in
            var left: [Account: Int64] = [:]
            try reading.forEachAccount { left[$0] = $1 }
            #expect(
                left == [
                    .receivable(Samples.shandong): 100, .institution(Samples.institution): 100,
                ])
        }
    }

    @Test("a quota outlives its relation, and a relation its quota", arguments: kinds)
    func quotaAndRelation(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let id = Samples.id(11)
        let quota = Account.available(relation: id)
        func post(_ fen: Int64, _ debit: Account, _ credit: Account) throws {
            try tested.store.change({ $0.accounts = [debit, credit] }) { rows in
                try rows.books.post([
                    Posting(
                        cause: id, step: .setQuota, debit: debit, credit: credit,
                        amount: Samples.fen(fen))
                ])
            }
        }
        func set(_ relation: Relation?) throws {
            try tested.store.change({ $0.relations = [id] }) { $0.relations[id] = relation }
        }
        // The balance first, with no relation to go with it.
        try post(70, .fund, quota)
        #expect(try tested.store.read { try $0.relation(id) } == nil)
        try set(Samples.relation(11, giver: 1))
        try set(Samples.relation(11, giver: 8))
        try tested.store.read { (reading) throws in
            #expect(try reading.balance(quota) == 70)
            #expect(try reading.relation(id) == Samples.relation(11, giver: 8))
            #expect(try reading.relations(givenBy: Samples.wallet(1), limit: 5).isEmpty)
            #expect(try reading.relations(givenBy: Samples.wallet(8), limit: 5).count == 1)
        }
        try set(nil)
        try tested.store.read { (reading) throws in
            #expect(try reading.balance(quota) == 70)
            #expect(try reading.relation(id) == nil)
            try reading.forEachRelation { _ in Issue.record("a deleted relation") }
        }
        try post(70, quota, .fund)
        try tested.store.read { (reading) throws in
            try reading.forEachAccount { account, _ in Issue.record("\(account) is left") }
        }
    }

    @Test("numbers postings 1, 2, … in the order in which they were made", arguments: kinds)
    func postings(_ kind: StoreKind) throws {
        let tested = try kind.make()
        let transaction = Samples.id(21)
        let held = Account.held(transaction: transaction, source: Samples.id(11))
        let made = [
            Posting(
                cause: transaction, step: .reserve, debit: .fund, credit: held,
                amount: Samples.fen(5)),
            Posting(
                cause: transaction, step: .commit, debit: held,
                credit: .payable(Samples.shanghai), amount: Samples.fen(4)),
            Posting(
                cause: transaction, step: .release, debit: held,
                credit: .available(relation: Samples.id(11)), amount: Samples.fen(1)),
        ]
        let later = Samples.now.advanced(byMilliseconds: 1)
        for (posting, instant) in zip(made, [Samples.now, later, later]) {
            try tested.store.change(
                at: instant, { $0.accounts = [posting.debit, posting.credit] }
            ) {
                try $0.books.post([posting])
            }
        }
        try tested.store.read { (reading) throws in
            var kept: [KeptPosting] = []
            try reading.forEachPosting { kept.append($0) }
            #expect(kept.map(\.number) == [1, 2, 3])
            #expect(kept.map(\.at) == [Samples.now, later, later])
            #expect(kept.map(\.posting) == made)
        }
    }

    @Test("keeps nothing of a write that throws", arguments: kinds)
    func rollback(_ kind: StoreKind) throws {
        struct Stop: Error {}
        let tested = try kind.make()
        let store = tested.store
        let peer = Samples.shandong
        func everything(_ transaction: any StoreTransaction, _ round: UInt64) throws {
            try transaction.change {
                $0.accounts = [.fund, .available(relation: Samples.id(11))]
                $0.persons = [Samples.wallet(1)]
                $0.relations = [Samples.id(11)]
                $0.grants = [Samples.wallet(1)]
                $0.coordinations = [Samples.id(21)]
                $0.participations = [Samples.id(31)]
                $0.answers = [Samples.id(41)]
                $0.identities = [Samples.digest("index")]
                $0.families = [Samples.id(51)]
                $0.documents = [Samples.digest("voucher")]
                $0.withdrawals = [Samples.id(61)]
            } _: { rows in
                rows.identities[Samples.digest("index")] = Samples.wallet(round)
                rows.families[Samples.id(51)] = Family(members: [Samples.wallet(round)])
                rows.documents[Samples.digest("voucher")] = Samples.documentUse(round)
                rows.withdrawals[Samples.id(61)] = Samples.withdrawal(
                    61, round == 1 ? .approved : .paid)
                rows.usages = [
                    Samples.usage(.giver(Samples.wallet(1)), 5, fen: Int64(round)),
                    Samples.usage(.giver(Samples.wallet(1)), 5 + round),
                ]
                rows.persons[Samples.wallet(1)] = Samples.person(
                    1, round == 1 ? .resident : .employee)
                rows.relations[Samples.id(11)] = Samples.relation(11, giver: round)
                rows.grants[Samples.wallet(1)] = [Samples.grant(round)]
                rows.coordinations[Samples.id(21)] = Samples.coordination(
                    21, round == 1 ? .reserving : .settled)
                rows.participations[Samples.id(31)] = Samples.participation(
                    31, round == 1 ? .held : .committed)
                rows.answers[Samples.id(41)] = Samples.answer(.zero, reply: [UInt8(round)])
                try rows.books.post([
                    Posting(
                        cause: Samples.id(round), step: .deposit, debit: .fund,
                        credit: .available(relation: Samples.id(11)), amount: Samples.fen(10))
                ])
            }
            var link = Samples.link(peer)
            link.acknowledged = round
            try transaction.save(link)
            try transaction.append(Samples.entry(.inbound, round, first: round, count: 1))
            try transaction.append(Samples.entry(.outbound, round, first: round, count: 1))
            _ = try transaction.takeOutbox(peer, count: 1, bytes: 1)
            try transaction.appendOutbox(peer, first: 100 + round, [[UInt8(round)]])
            try transaction.setNote("note", [UInt8(round)])
        }
        try store.write { try everything($0, 1) }
        let before = try store.read(Contents.init)
        #expect(throws: Stop.self) {
            try store.write { (transaction) throws in
                try everything(transaction, 2)
                #expect(try transaction.balance(.fund) == 20)
                #expect(try transaction.transactionCounts().coordinator == ["settled": 1])
                throw Stop()
            }
        }
        #expect(try store.read(Contents.init) == before)
        #expect(store.counters.commits == 1)
        // And the next write finds things as they were.
        try store.write { try everything($0, 2) }
        #expect(try store.read { try $0.balance(.fund) } == 20)
        #expect(try store.read { try $0.transactionCounts().participant } == ["committed": 1])
    }
}

/// All that a store tells, to compare.
struct Contents: Equatable {
    var rows: [String] = []

    init(_ reading: any StoreReading) throws {
        var found: [String] = []
        try reading.forEachCoordination { found.append("\($0)") }
        try reading.forEachParticipation { found.append("\($0)") }
        try reading.forEachRelation { found.append("\($0)") }
        try reading.forEachAccount { found.append("\($0) \($1)") }
        try reading.forEachPosting { found.append("\($0)") }
        try reading.forEachAnswer { found.append("\($0) \($1)") }
        try reading.forEachGrants { found.append("\($0) \($1)") }
        try reading.forEachWithdrawal { found.append("\($0)") }
        try reading.forEachDocumentUse { found.append("\($0) \($1)") }
        try reading.forEachUsage { found.append("\($0)") }
        for state in WithdrawalState.allCases {
            found.append("\(try reading.withdrawals(in: state, after: .zero, limit: 9).map(\.id))")
        }
        found.append(
            "\(String(describing: try reading.identity(Samples.digest("index"))))")
        found.append("\(String(describing: try reading.family(Samples.id(51))))")
        for number in 1...9 as ClosedRange<UInt64> {
            let wallet = Samples.wallet(number)
            found.append("\(String(describing: try reading.person(wallet)))")
            found.append("\(try reading.grants(wallet))")
            found.append("\(try reading.relations(givenBy: wallet, limit: 10))")
        }
        found.append("\(try reading.links())")
        for direction in JournalDirection.allCases {
            found.append("\(try reading.journal(direction, from: 1, limit: 100))")
        }
        found.append("\(try reading.outboxCount(Samples.shandong))")
        found.append("\(String(describing: try reading.note("note")))")
        let counts = try reading.transactionCounts()
        found.append("\(counts.coordinator.sorted { $0.key < $1.key })")
        found.append("\(counts.participant.sorted { $0.key < $1.key })")
        found.append("\(try reading.due(at: Samples.now, limit: 100))")
        rows = found
    }
}
