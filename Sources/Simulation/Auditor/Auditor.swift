package import Domain
import Ledger
package import Rounds
import Settlement
package import Storage
package import Wire

/// Watches a simulated network and knows the right answer: checks M1-M8 (design §2) at every round
/// that a node makes durable, and every reply that a client gets, against a model of its own that
/// shares nothing with the engine but the values.
///
/// The first thing that was wrong is kept in ``failure``; after it nothing is looked at any more.
/// What a province does that is not among `provinces` is not judged, only what it brings others to.
package final class Auditor {
    let provinces: [ProvinceCode]
    let sm3: any Hashing
    /// What is durable at each province, in its newest store.
    var books: [ProvinceCode: AuditedBook] = [:]
    /// Where each transaction left rows, lowest code first.
    var places: [Identifier: [ProvinceCode]] = [:]
    /// Which withdrawal a document was paid for.
    var paidDocuments: [Document: PaidDocument] = [:]
    /// The province that a document was first said to be from, and those that were said to be from
    /// several: what no province can notice alone (`docs/decisions/0016`).
    var origins: [Digest: ProvinceCode] = [:]
    var misnamed: Set<Digest> = []
    var clients = AuditedClients()
    /// The number of the last message that was taken on a link.
    var received: [Inbound: UInt64] = [:]
    /// Provinces whose clock was set.
    var clocksSet: [ProvinceCode: Instant] = [:]

    /// The first thing that was wrong.
    package private(set) var failure: Failure?

    struct Document: Hashable {
        let digest: Digest
        /// Whose person it is said to be for.
        let origin: ProvinceCode
    }

    struct PaidDocument: Equatable {
        let province: ProvinceCode
        let withdrawal: Identifier
    }

    package init(provinces: [ProvinceCode], sm3: any Hashing) {
        self.provinces = provinces.sorted()
        self.sm3 = sm3
        for province in provinces { books[province] = AuditedBook() }
    }

    // MARK: What happens

    /// A client sends this request; also again, or another one under the same id.
    package func asked(_ request: ServiceRequest, at province: ProvinceCode) {
        guard failure == nil else { return }
        clients.asked(request, at: province)
    }

    /// A client receives this reply.
    package func told(
        _ reply: Gongji_V1_ServiceReply, _ octets: Bytes, at province: ProvinceCode
    ) {
        guard failure == nil, let book = books[province] else { return }
        heard(reply, octets, at: province, book)
    }

    /// A round became durable at `province`; nothing of it was said yet.
    package func kept(_ round: KeptRound, at province: ProvinceCode) {
        guard failure == nil, let book = books[province] else { return }
        let step = AuditedStep(round, at: province)
        if let row = step.foreignRow(to: book) {
            fail(
                "rows", "\(province): a round began with \(row), which is not what was durable")
            return
        }
        checkReceived(round.received, at: province)
        check(step, book)
        checkReused(round, at: province, book)
        checkRefused(round, at: province, book)
        checkRemembered(round, at: province, book)
        checkEvidence(round, at: province, book)
    }

    /// The clock of `province` was set: what it measured across that moment says nothing.
    package func clockWasSet(at province: ProvinceCode, now: Instant) { clocksSet[province] = now }

    /// The node of `province` starts from `store`. A round that became durable and that nobody heard of
    /// (the power was cut behind the commit, or its outcome was left open) is looked at now.
    package func started(_ province: ProvinceCode, store: MemoryStore) {
        guard failure == nil else { return }
        catchUp(province, with: store)
    }

    /// Looks at all that `store` has more, or otherwise, than is known of it.
    func catchUp(_ province: ProvinceCode, with store: MemoryStore) {
        guard let book = books[province] else { return }
        do {
            let step = try store.read { try AuditedStep(from: book, to: $0, at: province) }
            if !step.isEmpty { check(step, book) }
        } catch let gap as AuditedStep.Gap {
            fail("M8", "\(province): \(gap.sentence)")
        } catch {
            fail(.crash, "crash", "\(province): its store cannot be read: \(error)")
        }
    }

    private func check(_ step: AuditedStep, _ book: AuditedBook) {
        let province = step.province
        for id in step.transactions { noteParty(province, of: id) }
        var moves = AuditedMoves()
        for change in step.relations { check(change, book, province) }
        for change in step.withdrawals { check(change, book, province, &moves) }
        for change in step.participations { check(change, book, step, &moves) }
        for change in step.coordinations { check(change, book, step, &moves) }
        for (id, answer) in step.answers { take(answer, of: id, book, province) }
        check(step.postings, book, step, &moves)
        for id in step.touchedRelations(at: province) { checkRest(of: id, book, province) }
        var seen: Set<Identifier> = []
        for id in step.transactions where seen.insert(id).inserted {
            checkOutcome(of: id)
        }
        for wallet in step.persons { book.persons.insert(wallet) }
        for request in step.answered { promise(request, step, book) }
        settle(step, book)
    }

    private func noteParty(_ province: ProvinceCode, of id: Identifier) {
        var list = places[id] ?? []
        guard !list.contains(province) else { return }
        list.append(province)
        list.sort()
        places[id] = list
    }

    // MARK: Failures

    func fail(
        _ invariant: String, _ sentence: @autoclosure () -> String, about subject: Identifier? = nil
    ) {
        fail(.safety, invariant, sentence(), about: subject)
    }

    func fail(
        _ kind: Failure.Kind, _ invariant: String, _ sentence: @autoclosure () -> String,
        about subject: Identifier? = nil
    ) {
        guard failure == nil else { return }
        failure = Failure(kind, invariant, sentence(), about: subject)
    }

    func expect(
        _ holds: Bool, _ invariant: String, _ sentence: @autoclosure () -> String,
        about subject: Identifier? = nil
    ) {
        if !holds { fail(invariant, sentence(), about: subject) }
    }
}
