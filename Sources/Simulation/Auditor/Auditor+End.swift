package import Domain
import Foundation
import Ledger
import Settlement
package import Storage
package import Wire

/// Whole stores: the product's own audit, and what must be so when everything has come to rest.
extension Auditor {
    /// The whole audit over all nodes' durable state, at any moment. What is wrong is in ``failure``.
    ///
    /// Throws what a store throws that cannot be read.
    package func lookAround(
        _ stores: [(ProvinceCode, MemoryStore)], network: String,
        verifier: any SignatureVerifying
    ) throws {
        let stores = stores.filter { books[$0.0] != nil }.sorted { $0.0 < $1.0 }
        for (province, store) in stores where failure == nil { catchUp(province, with: store) }
        guard failure == nil else { return }
        let nodes = try stores.map { province, store in
            try store.read { Audit.Node(province: province, store: $0) }
        }
        let report = try Audit.run(
            nodes, network: network, verifier: verifier, sm3: sm3, told: .max)
        for invariant in report.invariants {
            // They are found in no particular order.
            let first = invariant.violations.filter { !isOfLiar($0) && !isMisnamed($0) }.min()
            if let first { fail(invariant.id, "audit: \(first)") }
        }
    }

    /// Two stories of a coordinator that lies are two transactions under one id.
    private func isOfLiar(_ violation: String) -> Bool {
        guard let id = Identifier(violation.prefix(2 * Identifier.size)) else { return false }
        return (places[id] ?? []).contains { place in
            if let row = books[place]?.coordinations[id], isUnderLiar(row) { return true }
            guard let row = books[place]?.participations[id] else { return false }
            return books[row.care] == nil || books[row.primary] == nil
        }
    }

    /// A paper that was shown as that of people of several provinces.
    private func isMisnamed(_ violation: String) -> Bool {
        guard let word = violation.range(of: "document ") else { return false }
        let text = violation[word.upperBound...].prefix(2 * Digest.size)
        return misnamed.contains { $0.description == text }
    }

    /// The end of the liveness phase: everything has come to rest, and all sums are exact.
    ///
    /// Throws what a store throws that cannot be read.
    package func end(
        _ stores: [(ProvinceCode, MemoryStore)], network: String,
        verifier: any SignatureVerifying
    ) throws {
        try lookAround(stores, network: network, verifier: verifier)
        guard failure == nil else { return }
        for (province, _) in stores.sorted(by: { $0.0 < $1.0 }) {
            guard let book = books[province] else { continue }
            checkRest(of: book, at: province)
            checkAnswers(of: book, at: province)
            checkPeople(of: book, at: province)
            checkInstitutions(of: book, at: province)
        }
        try checkLinks(stores.sorted { $0.0 < $1.0 })
        try checkGrants(stores.sorted { $0.0 < $1.0 })
    }

    private func late(
        _ holds: Bool, _ what: String, _ sentence: @autoclosure () -> String,
        about id: Identifier? = nil
    ) {
        if !holds { fail(.liveness, what, sentence(), about: id) }
    }

    // MARK: Nothing in doubt

    private func checkRest(of book: AuditedBook, at province: ProvinceCode) {
        for id in book.coordinations.keys.sorted() {
            guard let row = book.coordinations[id], row.state.isOpen else { continue }
            // A primary that lies may never say a word.
            if isLeftToPrimary(row) { continue }
            late(false, "open", "\(province): \(id) is still \(row.state.word)", about: id)
        }
        for id in book.participations.keys.sorted() {
            guard let row = book.participations[id], row.state == .held, books[row.primary] != nil
            else { continue }
            late(false, "held", "\(province) still holds money for \(id)", about: id)
        }
        for id in book.relations.keys.sorted() {
            guard let row = book.relations[id] else { continue }
            late(
                row.phase != .ending || book.holds[id, default: 0] > 0, "ending",
                "\(province): relation \(id) is still ending", about: id)
        }
    }

    /// Every request was answered, but those that wait for a province that lies.
    private func checkAnswers(of book: AuditedBook, at province: ProvinceCode) {
        for id in book.answers.keys.sorted() where book.answers[id]?.reply == nil {
            let command = clients.command(id, at: province, book)
            late(
                command.map { waitsForLiar($0, id, book) } ?? false, "answer",
                "\(province): request \(id) (\(command?.name ?? "unknown")) was never answered",
                about: id)
        }
    }

    private func waitsForLiar(
        _ command: ServiceRequest.Command, _ id: Identifier, _ book: AuditedBook
    ) -> Bool {
        func lies(_ province: ProvinceCode?) -> Bool { province.map { books[$0] == nil } ?? false }
        switch command {
        case .createRelation(let order): return lies(order.recipientProvince)
        case .withdraw(let order): return lies(order.document?.userProvince)
        case .settleCommit(let transaction, _), .settleReverse(let transaction):
            return waitsForPrimary(id, of: transaction, book)
        case .consent(let relation, _, _, _):
            // Of the payer's side nothing stands in the consent.
            return !provinces.contains { books[$0]?.relations[relation] != nil }
        default: return false
        }
    }

    /// Whether `id` is the commit or the reversal that a primary which lies was asked for and has not decided.
    /// Nobody else can: only the national node's certificate ends that, days later, and none is made here.
    func waitsForPrimary(_ id: Identifier, at province: ProvinceCode) -> Bool {
        guard let book = books[province] else { return false }
        switch clients.command(id, at: province, book) {
        case .settleCommit(let transaction, _), .settleReverse(let transaction):
            return waitsForPrimary(id, of: transaction, book)
        default: return false
        }
    }

    private func waitsForPrimary(
        _ id: Identifier, of transaction: Identifier, _ book: AuditedBook
    ) -> Bool {
        guard let row = book.coordinations[transaction], row.state.isInDoubt, isUnderLiar(row)
        else { return false }
        return id == row.reverseRequest || (id == row.commitRequest && row.date == nil)
    }

    /// Whether a settlement is open because only its primary can end it, and that one lies. Before all have
    /// voted care ends it by itself.
    func isLeftToPrimary(_ row: Coordination) -> Bool {
        switch row.state {
        case .askingWallet, .reserving: false
        case .reserved, .committing, .reversing, .releasing, .settled, .reversed, .released:
            isUnderLiar(row)
        }
    }

    // MARK: Sums

    /// Whatever happened, each person has what came in, less what was spent for them or paid out.
    private func checkPeople(of book: AuditedBook, at province: ProvinceCode) {
        var has: [WalletID: Int64] = [:]
        for (account, balance) in book.balances {
            switch account {
            case .personal(let wallet): has[wallet, default: 0] += balance
            case .available(let relation):
                guard let giver = book.relations[relation]?.giver else { continue }
                has[giver, default: 0] += balance
            case .held(_, let source):
                let owner = book.relations[source]?.giver ?? WalletID(source)
                has[owner, default: 0] += balance
            case .fund, .payable, .receivable, .institution, .payout: break
            }
        }
        for row in book.withdrawals.values where row.state.isPaidOut {
            has[row.wallet, default: 0] += row.amount.value
        }
        for (id, row) in book.relations {
            has[row.giver, default: 0] += clients.spent[.init(province, id), default: 0]
        }
        for wallet in book.persons {
            has[wallet, default: 0] += clients.spent[.init(province, wallet.value), default: 0]
        }
        for row in book.participations.values where row.state == .committed {
            // What was settled for a province that lies, no client of others was told; and what a primary
            // settled that lies, clients may have been told otherwise.
            guard books[row.care] == nil || books[row.primary] == nil, let plan = row.plan?.plan
            else { continue }
            for (draw, final) in zip(plan.draws, row.finals) where draw.province == province {
                switch draw.source {
                case .ownAccount: has[plan.wallet, default: 0] += final.value
                case .quota(let relation):
                    guard let giver = book.relations[relation]?.giver else { continue }
                    has[giver, default: 0] += final.value
                }
            }
        }
        for wallet in Set(has.keys).union(book.persons).sorted() {
            let deposited = clients.deposited[
                .init(province, wallet.value), default: 0]
            expect(
                has[wallet, default: 0] == deposited, "money",
                "\(province): \(wallet) was given \(deposited) fen, and has, shares, spent or withdrew "
                    + "\(has[wallet, default: 0])", about: wallet.value)
        }
    }

    private func checkInstitutions(of book: AuditedBook, at province: ProvinceCode) {
        for code in book.earned.keys.sorted(by: { $0.text < $1.text }) {
            let earned = book.earned[code, default: 0]
            let owed = book.balances[.institution(code), default: 0]
            expect(
                earned == owed, "money",
                "\(province): \(code.text) was told of \(earned) fen, and is owed \(owed)")
        }
        for other in provinces {
            guard let payer = books[other] else { continue }
            let owed =
                payer.balances[.payable(province), default: 0]
                - underLiar(payer, owedTo: province, by: other)
            let claimed =
                book.balances[.receivable(other), default: 0]
                - underLiar(book, claimedBy: province, of: other)
            expect(
                owed == claimed, "M6",
                "\(other) owes \(province) \(owed) fen, which claims \(claimed)")
        }
    }

    /// Of what is owed, that which a primary settled that lies: it may have told care otherwise.
    private func underLiar(
        _ payer: AuditedBook, owedTo care: ProvinceCode, by province: ProvinceCode
    ) -> Int64 {
        payer.participations.values.reduce(0) { sum, row in
            guard row.state == .committed, row.care == care, books[row.primary] == nil,
                let plan = row.plan?.plan
            else { return sum }
            return sum + part(of: province, in: row.finals, plan)
        }
    }

    private func underLiar(
        _ care: AuditedBook, claimedBy province: ProvinceCode, of payer: ProvinceCode
    ) -> Int64 {
        care.coordinations.values.reduce(0) { sum, row in
            guard row.date != nil, row.reversalDate == nil, isUnderLiar(row),
                let plan = row.plan?.plan
            else { return sum }
            return sum + part(of: payer, in: row.finals, plan)
        }
    }

    private func part(of province: ProvinceCode, in finals: [Fen], _ plan: Plan) -> Int64 {
        zip(plan.draws, finals).reduce(0) { sum, pair in
            pair.0.province == province ? sum + pair.1.value : sum
        }
    }

    /// What the recipient's province knows of a quota is what its giver's province has.
    private func checkGrants(_ stores: [(ProvinceCode, MemoryStore)]) throws {
        for (province, store) in stores {
            try store.read { reading in
                try reading.forEachGrants { _, grants in
                    for grant in grants {
                        guard let payer = books[grant.payer],
                            let relation = payer.relations[grant.relation]
                        else { continue }
                        let available = payer.balances[
                            .available(relation: grant.relation), default: 0]
                        late(
                            grant.available.value == available && grant.phase == relation.phase,
                            "grant",
                            "\(province): relation \(grant.relation) of \(grant.payer) is "
                                + "\(grant.phase.word) with \(grant.available.value) fen, there "
                                + "\(relation.phase.word) with \(available)", about: grant.relation)
                    }
                }
            }
        }
    }

    // MARK: Links

    /// Everything that was said is durable where it was said to. Of an acknowledgement nothing is kept
    /// until the next round, so the sender's store may not know it yet.
    private func checkLinks(_ stores: [(ProvinceCode, MemoryStore)]) throws {
        var links: [ProvinceCode: [ProvinceCode: LinkRecord]] = [:]
        for (province, store) in stores where books[province] != nil {
            try store.read { reading in
                for link in try reading.links() where books[link.peer] != nil {
                    links[province, default: [:]][link.peer] = link
                    let waiting = try reading.outboxCount(link.peer)
                    late(
                        waiting == 0 && link.sent.sequence == link.assigned, "link",
                        "\(province) to \(link.peer): \(waiting) messages wait, "
                            + "\(link.sent.sequence) of \(link.assigned) were sent")
                }
            }
        }
        for (province, _) in stores {
            for (peer, _) in stores {
                guard let sent = links[province]?[peer]?.sent, sent.sequence > 0 else { continue }
                let received = links[peer]?[province]?.received
                late(
                    received == sent, "link",
                    "\(province) to \(peer): \(sent.sequence) messages were sent, "
                        + "\(received?.sequence ?? 0) received")
            }
        }
    }
}
