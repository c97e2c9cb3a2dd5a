import Domain
import Ledger
import Settlement
import Testing
import Wire

@testable import Storage

/// What the audit says of withdrawals and of usage records, on books that are made by hand.
@Suite("Audit of people") struct AuditPeopleTests {
    private static let payer = Samples.shandong
    private static let wallet = Samples.zhejiang
    private static let care = Samples.shanghai
    private static let provinces = [care, payer, wallet]

    private func audit(_ nodes: [ProvinceCode: MemoryRows]) throws -> AuditReport {
        try Audit.run(
            AuditPeopleTests.provinces.map {
                Audit.Node(
                    province: $0, store: MemoryReading(rows: nodes[$0, default: MemoryRows()]))
            }, network: "gongji-test-1", verifier: TestVerifier(), sm3: Samples.hashing)
    }

    // MARK: Withdrawals

    private static let amount: Int64 = 38_000

    /// The steps of a withdrawal with its money, up to `state`.
    private static func post(_ withdrawal: Withdrawal, to rows: inout MemoryRows) {
        let personal = Account.personal(withdrawal.wallet)
        let held = Account.held(transaction: withdrawal.id, source: withdrawal.wallet.value)
        func post(_ step: PostingStep, _ debit: Account, _ credit: Account) {
            AuditPeopleTests.post(
                Posting(
                    cause: withdrawal.id, step: step, debit: debit, credit: credit,
                    amount: withdrawal.amount), to: &rows)
        }
        AuditPeopleTests.post(
            Posting(
                cause: Identifier(high: withdrawal.id.high, low: 1), step: .deposit, debit: .fund,
                credit: personal, amount: withdrawal.amount), to: &rows)
        post(.reserve, personal, held)
        switch withdrawal.state {
        case .claiming, .awaitingReview: break
        case .approved, .handedOver, .paid: post(.withdraw, held, .payout)
        case .returned:
            post(.withdraw, held, .payout)
            post(.payoutReturned, .payout, personal)
        case .refused: post(.release, held, personal)
        }
    }

    private static func post(_ posting: Posting, to rows: inout MemoryRows) {
        switch posting.step {
        case .deposit, .setQuota, .lowerQuota:
            rows.answers[posting.cause] = Samples.answer(reply: [1])
        default: break
        }
        rows.postings.append(
            KeptPosting(
                number: Int64(rows.postings.count + 1), at: Samples.now, posting: posting))
        let amount = posting.amount.value
        for (account, change) in [
            (posting.debit, posting.debit.isDebitNormal ? amount : -amount),
            (posting.credit, posting.credit.isDebitNormal ? -amount : amount),
        ] {
            let balance = rows.balances[account, default: 0] + change
            rows.balances[account] = balance == 0 ? nil : balance
        }
    }

    /// One withdrawal of each state, each with a document of its own that the user's province
    /// remembers.
    private func withdrawals(
        _ change: (inout MemoryRows) -> Void = { _ in },
        remembering: (inout MemoryRows) -> Void = { _ in }
    ) throws -> AuditReport {
        var rows = MemoryRows()
        var documents = MemoryRows()
        for state in WithdrawalState.allCases {
            let withdrawal = Samples.withdrawal(
                UInt64(state.rawValue), state, document: state.word)
            rows.set(withdrawal, at: withdrawal.id)
            AuditPeopleTests.post(withdrawal, to: &rows)
            documents.documents[Samples.digest(state.word)] = Samples.documentUse(
                UInt64(state.rawValue))
        }
        change(&rows)
        remembering(&documents)
        return try audit([AuditPeopleTests.payer: rows, AuditPeopleTests.wallet: documents])
    }

    private func id(_ state: WithdrawalState) -> Identifier { Samples.id(UInt64(state.rawValue)) }

    @Test("withdrawals of every state hold")
    func holds() throws {
        let report = try withdrawals()
        #expect(report.words.isEmpty)
        #expect(report.m4.numbers.contains { $0.name == "withdrawals" && $0.value == 7 })
        #expect(report.m4.numbers.contains { $0.name == "documents" && $0.value == 7 })
        #expect(
            report.m5.numbers.contains {
                $0.name == "payout_fen" && $0.value == 3 * AuditPeopleTests.amount
            })
    }

    @Test("M4: a state that the postings do not lead to", arguments: WithdrawalState.allCases)
    func state(_ state: WithdrawalState) throws {
        func group(_ state: WithdrawalState) -> Int {
            switch state {
            case .claiming, .awaitingReview: 1
            case .approved, .handedOver, .paid: 2
            case .returned: 3
            case .refused: 4
            }
        }
        for other in WithdrawalState.allCases where group(other) != group(state) {
            let report = try withdrawals { $0.withdrawals[id(state)]!.state = other }
            #expect(report.broken.contains("M4"), "\(state.word) as \(other.word)")
        }
    }

    @Test(
        "M4: a step made twice, or not at all, or in two halves",
        arguments: [PostingStep.reserve, .withdraw, .release, .payoutReturned])
    func steps(_ step: PostingStep) throws {
        func index(_ rows: MemoryRows) -> Int {
            rows.postings.firstIndex { $0.posting.step == step }!
        }
        #expect(
            try withdrawals {
                AuditPeopleTests.post($0.postings[index($0)].posting, to: &$0)
            }.broken.contains("M4"))
        #expect(try withdrawals { $0.postings.remove(at: index($0)) }.broken.contains("M4"))
        #expect(
            try withdrawals { rows in
                let place = index(rows)
                let whole = rows.postings[place].posting
                for part in [1, whole.amount.value - 1] {
                    let half = KeptPosting(
                        number: Int64(part), at: Samples.now,
                        posting: Posting(
                            cause: whole.cause, step: step, debit: whole.debit,
                            credit: whole.credit, amount: Samples.fen(part)))
                    rows.postings.insert(half, at: place)
                }
                rows.postings.remove(at: place + 2)
            }.broken == ["M4"])
    }

    @Test("M4: money held or paid out for a withdrawal that is not there")
    func unknown() throws {
        for state in WithdrawalState.allCases {
            let report = try withdrawals { $0.withdrawals[id(state)] = nil }
            #expect(report.broken.contains("M4"), "\(state.word)")
        }
    }

    @Test("M5: money that leaves by another way, or comes back to another")
    func routes() throws {
        let stranger = Account.personal(Samples.wallet(5))
        let withdrawal = id(.awaitingReview)
        let routes: [(PostingStep, Account, Account)] = [
            (.withdraw, stranger, .payout),
            (.withdraw, .personal(Samples.wallet(1)), .payout),
            (.withdraw, .held(transaction: withdrawal, source: Samples.id(5)), .payout),
            (
                .withdraw,
                .held(transaction: id(.claiming), source: Samples.wallet(1).value), .payout
            ),
            (.payoutReturned, .payout, stranger), (.payoutReturned, .payout, .fund),
            (.release, .payout, .personal(Samples.wallet(1))),
        ]
        for (step, debit, credit) in routes {
            let report = try withdrawals {
                AuditPeopleTests.post(
                    Posting(
                        cause: withdrawal, step: step, debit: debit, credit: credit,
                        amount: Samples.fen(1)), to: &$0)
            }
            #expect(report.broken.contains("M5"), "\(step.word) from \(debit) to \(credit)")
        }
    }

    @Test("M5: a payout account that its withdrawals do not make up")
    func payout() throws {
        #expect(try withdrawals { $0.balances[.payout]! += 1 }.broken.contains("M5"))
        #expect(try withdrawals { $0.balances[.payout] = nil }.broken.contains("M5"))
    }

    @Test("M4: a document that was paid twice, or is not remembered, or for another")
    func documents() throws {
        let document = Samples.digest(WithdrawalState.paid.word)
        for state in [WithdrawalState.approved, .handedOver] {
            #expect(
                try withdrawals {
                    $0.withdrawals[id(state)] = Samples.withdrawal(
                        UInt64(state.rawValue), state, document: WithdrawalState.paid.word)
                }.broken == ["M4"])
        }
        #expect(try withdrawals(remembering: { $0.documents[document] = nil }).broken == ["M4"])
        #expect(
            try withdrawals(remembering: { $0.documents[document] = Samples.documentUse(99) })
                .broken == ["M4"])
        // What was refused or returned may have been remembered or not.
        for state in [WithdrawalState.refused, .returned, .claiming] {
            #expect(
                try withdrawals(remembering: {
                    $0.documents[Samples.digest(state.word)] = nil
                }).holds)
        }
    }

    @Test("one request may lower several quotas, and each only once")
    func oneRequest() throws {
        func report(_ relations: [UInt64]) throws -> AuditReport {
            var rows = MemoryRows()
            for number in [11, 12] as [UInt64] {
                rows.set(Samples.relation(number, .active, wake: nil), at: Samples.id(number))
                rows.relations[Samples.id(number)]?.openHolds = 0
            }
            for (index, number) in relations.enumerated() {
                let quota = Account.available(relation: Samples.id(number))
                AuditPeopleTests.post(
                    Posting(
                        cause: Samples.id(80 + UInt64(index)), step: .deposit, debit: .fund,
                        credit: .personal(Samples.wallet(1)), amount: Samples.fen(9)), to: &rows)
                AuditPeopleTests.post(
                    Posting(
                        cause: Samples.id(90 + UInt64(index)), step: .setQuota,
                        debit: .personal(Samples.wallet(1)), credit: quota,
                        amount: Samples.fen(9)), to: &rows)
                AuditPeopleTests.post(
                    Posting(
                        cause: Samples.id(70), step: .lowerQuota, debit: quota,
                        credit: .personal(Samples.wallet(1)), amount: Samples.fen(9)), to: &rows)
            }
            return try audit([AuditPeopleTests.payer: rows])
        }
        #expect(try report([11, 12]).words.isEmpty)
        #expect(try report([11, 11]).broken == ["M4"])
    }

    @Test("a quota that is more than one amount may be goes back in several postings")
    func largeQuota() throws {
        func report(_ parts: [Fen]) throws -> AuditReport {
            var rows = MemoryRows()
            var relation = Samples.relation(11, .ended, wake: nil)
            relation.openHolds = 0
            rows.set(relation, at: relation.id)
            let (personal, quota) = (
                Account.personal(Samples.wallet(1)), Account.available(relation: relation.id)
            )
            for (index, part) in parts.enumerated() {
                for (step, debit, credit) in [
                    (PostingStep.deposit, Account.fund, personal), (.setQuota, personal, quota),
                    (.lowerQuota, quota, personal),
                ] {
                    let request = Samples.id(70 + UInt64(index) * 10 + UInt64(step.rawValue))
                    AuditPeopleTests.post(
                        Posting(
                            cause: step == .lowerQuota ? Samples.id(60) : request, step: step,
                            debit: debit, credit: credit, amount: part), to: &rows)
                }
            }
            return try audit([AuditPeopleTests.payer: rows])
        }
        #expect(try report([.limit, .limit, Samples.fen(5)]).words.isEmpty)
        #expect(try report([Samples.fen(5), .limit]).broken == ["M4"])
    }

    // MARK: Usage

    private static let transaction = Samples.id(21)
    private static let date = Samples.day
    private static let reversalDate = BusinessDate(daysSince1970: 20_601)
    private static let recipient = Samples.wallet(2)

    /// A settled transaction over two provinces: 700 fen of a quota, 300 of the own account.
    private func settled(reversed: Bool = false) -> [ProvinceCode: MemoryRows] {
        let (payer, wallet, care) = (
            AuditPeopleTests.payer, AuditPeopleTests.wallet, AuditPeopleTests.care
        )
        let relation = Samples.id(900)
        let finals = [Samples.fen(700), Samples.fen(300)]
        var nodes: [ProvinceCode: MemoryRows] = [:]
        for province in [payer, wallet] {
            var rows = MemoryRows()
            var part = Samples.participation(21, reversed ? .reversed : .committed, wake: nil)
            part.held = [province == payer ? finals[0] : finals[1]]
            part.finals = finals
            part.date = AuditPeopleTests.date
            part.reversalDate = reversed ? AuditPeopleTests.reversalDate : nil
            rows.set(part, at: part.transaction)
            nodes[province] = rows
        }
        var held = Samples.relation(900, .active, wake: nil)
        held.openHolds = 0
        nodes[payer]!.set(held, at: relation)
        var rows = MemoryRows()
        var coordination = Samples.coordination(21, reversed ? .reversed : .settled, wake: nil)
        coordination.finals = finals
        coordination.date = AuditPeopleTests.date
        coordination.reversalDate = reversed ? AuditPeopleTests.reversalDate : nil
        rows.set(coordination, at: coordination.transaction)
        nodes[care] = rows

        let reversal = reversed ? AuditPeopleTests.reversalDate : nil
        func use(
            _ subject: UsageQuestion.Subject, _ source: Identifier, _ insured: ProvinceCode,
            _ fen: Int64, _ other: WalletID?, at province: ProvinceCode
        ) {
            let usage = Usage(
                key: Usage.Key(
                    subject: subject, date: AuditPeopleTests.date,
                    transaction: AuditPeopleTests.transaction, source: source),
                insured: insured, care: care, institution: Samples.institution,
                category: .pharmacy, amount: Samples.fen(fen), reversalDate: reversal,
                other: other)
            nodes[province]!.set(usage, at: usage.key)
        }
        let (recipient, giver) = (AuditPeopleTests.recipient, Samples.wallet(1))
        use(.giver(giver), relation, payer, 700, recipient, at: payer)
        use(.recipient(recipient), recipient.value, wallet, 300, nil, at: wallet)
        use(.recipient(recipient), relation, payer, 700, giver, at: wallet)
        use(.institution(Samples.institution), relation, payer, 700, recipient, at: care)
        use(
            .institution(Samples.institution), recipient.value, wallet, 300, recipient, at: care)
        return nodes
    }

    /// Violations that speak of usage: no money moved in these books.
    private func usageWords(_ nodes: [ProvinceCode: MemoryRows]) throws -> [String] {
        try audit(nodes).m3.violations.filter { $0.contains("usage") }
    }

    @Test("usage records that say what the transaction says hold", arguments: [false, true])
    func usageHolds(_ reversed: Bool) throws {
        let report = try audit(settled(reversed: reversed))
        #expect(report.m3.violations.isEmpty)
        #expect(report.m3.numbers.contains { $0.name == "usage_records" && $0.value == 5 })
    }

    @Test("M3: a usage record that is missing, except one that is told by a notice")
    func missing() throws {
        let nodes = settled()
        for (province, rows) in nodes {
            for usage in rows.usages.values.joined() {
                var changed = nodes
                changed[province]!.set(nil as Usage?, at: usage.key)
                let isTold = province == AuditPeopleTests.wallet && usage.other != nil
                #expect(try usageWords(changed).count == (isTold ? 0 : 1))
            }
        }
    }

    @Test("M3: a usage record that says something else, or of no transaction")
    func changed() throws {
        for reversed in [false, true] {
            let nodes = settled(reversed: reversed)
            for (province, rows) in nodes {
                for usage in rows.usages.values.joined() {
                    func plant(_ other: Usage) throws -> Int {
                        var changed = nodes
                        changed[province]!.set(nil as Usage?, at: usage.key)
                        changed[province]!.set(other, at: other.key)
                        return try usageWords(changed).count
                    }
                    let more = usage.with(amount: Samples.fen(9_999))
                    #expect(try plant(more) == 1, "\(usage)")
                    let otherDay = usage.with(date: BusinessDate(daysSince1970: 3))
                    #expect(try plant(otherDay) >= 1, "\(usage)")
                    let never = usage.with(reversal: .some(BusinessDate(daysSince1970: 4)))
                    let isTold = province == AuditPeopleTests.wallet && usage.other != nil
                    // A payer that had not heard of a reversal may hear of it while it is read.
                    #expect(try plant(never) == (isTold && !reversed ? 0 : 1), "\(usage)")
                    let stray = usage.with(transaction: Samples.id(777))
                    #expect(try plant(stray) == (isTold ? 0 : 2), "\(usage)")
                }
            }
        }
    }

    @Test("M3: a usage record of what was released, and none of a draw of nothing")
    func released() throws {
        var nodes = settled()
        nodes[AuditPeopleTests.payer]!.participations[AuditPeopleTests.transaction]!.state =
            .released
        nodes[AuditPeopleTests.payer]!.participations[AuditPeopleTests.transaction]!.date = nil
        // The giver's own, and what the wallet province was told.
        #expect(try usageWords(nodes).count == 2)
        nodes = settled()
        for province in AuditPeopleTests.provinces {
            let finals = [Samples.fen(0), Samples.fen(300)]
            nodes[province]!.participations[AuditPeopleTests.transaction]?.finals = finals
            nodes[province]!.coordinations[AuditPeopleTests.transaction]?.finals = finals
            for usage in nodes[province]!.usages.values.joined()
            where usage.amount == Samples.fen(700) {
                nodes[province]!.set(nil as Usage?, at: usage.key)
            }
        }
        #expect(try usageWords(nodes).isEmpty)
    }
}

extension Usage {
    fileprivate func with(
        date: BusinessDate? = nil, transaction: Identifier? = nil, amount: Fen? = nil,
        reversal: BusinessDate?? = nil
    ) -> Usage {
        Usage(
            key: Key(
                subject: key.subject, date: date ?? key.date,
                transaction: transaction ?? key.transaction, source: key.source),
            insured: insured, care: care, institution: institution, category: category,
            amount: amount ?? self.amount, reversalDate: reversal ?? reversalDate, other: other)
    }
}
