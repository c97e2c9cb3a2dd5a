import Domain
import Settlement
import Storage
import Wire

extension Country {
    /// A code that no province has, for the one that lies.
    static let liar: ProvinceCode = {
        guard let code = ProvinceCode(190_000) else { preconditionFailure("190000") }
        return code
    }()
}

/// A province of the directory that lies, about settlements and about its links: it keeps to the form of batches
/// and signatures, and to nothing else. As a coordinator it tells tales; as a payer (``LyingPayer``) it announces
/// quotas of givers that it invents, and is primary or secondary of whatever is drawn on them.
final class Liar {
    /// What it does once it has the votes, or without them.
    private enum Lie: Int64, CaseIterable {
        /// Two participants are told two plans; then a commit with the votes of both.
        case twoStories
        /// A commit without the votes of the others.
        case withoutVotes
        /// A commit of more than is held.
        case aboveHold
        /// The certificate of another transaction for this one's secondaries.
        case staleCertificate
        /// A release to those who may not take one from it.
        case releaseToSecondary
        /// A reversal of what was never committed.
        case reversalFirst
        /// A decision of its own about a transaction that others decide.
        case ownDecision
        /// A vote that it signed itself, in place of a participant's who was never asked.
        case forgedVote
        /// Two commits with other amounts to one primary, and a release.
        case twoDecisions
        /// A settlement in which all is as it should be; then reversed, and reversed again by another id.
        case reversedTwice
        /// Holds are taken, of all or of all but the primary, and then it says nothing more.
        case silence
        /// A plan without the permission that it has.
        case withoutPermission
        /// A plan with the permission of another transaction.
        case foreignPermission
        /// A plan whose permission ran out long ago.
        case expiredPermission
        /// A plan that draws more than it was permitted.
        case stretchedPermission

        /// Whether nobody may hold anything for it.
        var isWithoutPermission: Bool {
            switch self {
            case .withoutPermission, .foreignPermission, .expiredPermission, .stretchedPermission:
                true
            default: false
            }
        }
    }

    private struct Tale {
        let lie: Lie
        let wallet: WalletID
        let walletProvince: ProvinceCode
        let begun: Instant
        var plans: [EncodedPlan] = []
        var votes: [ProvinceCode: ProvenVote] = [:]
        var hasActed = false
    }

    let credential: Credential
    var chance: Chance
    let payer = LyingPayer()
    private var links: [ProvinceCode: Link] = [:]
    /// The last batch with messages that it had from each peer, and some that it sent.
    var heard: [ProvinceCode: InboundBatch] = [:]
    var said: [ProvinceCode: [[Bytes]]] = [:]
    private var tales: [Identifier: Tale] = [:]
    /// The last decision that it was sent, with its proof.
    private var oldCertificate: Certificate?
    /// The last permission that it was given, and plans with theirs that it has kept for later.
    private var oldPermission: Permission?
    private var stale: [(plan: EncodedPlan, permission: ProvenPermission, begun: Instant)] = []
    /// The last transaction that it had committed, and its primary.
    private var committed: (transaction: Identifier, digest: Digest, primary: ProvinceCode)?

    init(_ credential: Credential, seed: UInt64) {
        self.credential = credential
        chance = Chance(seed: seed, for: "liar")
    }

    // MARK: Beginning a tale

    /// Asks a wallet as an honest coordinator would; what follows depends on `parameter`.
    func lie(_ parameter: Int64, in world: World) {
        if parameter.isMultiple(of: 4) {
            lieAboutLink(parameter / 4, in: world)
            return
        }
        guard let lie = Lie(rawValue: parameter % Int64(Lie.allCases.count)),
            let (wallet, province) = someWallet(in: world)
        else { return }
        world.count(.liar)
        let transaction = newID(world)
        tales[transaction] = Tale(
            lie: lie, wallet: wallet, walletProvince: province, begun: world.now)
        send(
            .walletQuery(query(transaction, wallet)), to: province, in: world)
    }

    private func query(_ transaction: Identifier, _ wallet: WalletID) -> WalletQuery {
        let bill = Liar.bill(of: wallet)
        return WalletQuery(
            transaction: transaction, wallet: wallet, careRegion: RegionCode(Country.liar),
            institution: Liar.institution, category: .medicalCare, amount: bill.burden,
            mode: .upTo,
            billDigest: QuickHashing().digest(bill.encoded(wallet: wallet)), credential: wallet,
            withoutOwnAccount: true)
    }

    private static let institution: InstitutionCode = {
        guard let code = InstitutionCode("H\(Country.liar)00001") else {
            preconditionFailure("H\(Country.liar)00001")
        }
        return code
    }()

    private static func bill(of wallet: WalletID) -> Bill {
        let amount = Fen(3_000) ?? .zero
        return Bill(
            total: amount, pooled: .zero, burden: amount, selfPaid: .zero, patient: wallet,
            credential: wallet)
    }

    /// A wallet that quotas were given to, as an institution would know from its patient.
    func someWallet(in world: World) -> (WalletID, ProvinceCode)? {
        let first = chance.index(below: world.provinces.count)
        for offset in world.provinces.indices {
            let province = world.provinces[(first + offset) % world.provinces.count]
            var found: [WalletID] = []
            try? world.node(province).store.read { reading in
                try reading.forEachGrants { wallet, grants in
                    if grants.contains(where: { $0.available > .zero }) { found.append(wallet) }
                }
            }
            if !found.isEmpty { return (chance.pick(found.sorted()), province) }
        }
        return nil
    }

    func newID(_ world: World) -> Identifier {
        Identifier(at: world.now, random: (chance.next(), chance.next()))
    }

    // MARK: The link

    func take(_ frames: [Bytes], from peer: ProvinceCode, in world: World) {
        guard
            let batch = try? InboundBatch(
                received: frames, from: peer, at: Country.liar, network: World.network,
                now: world.now, sm3: QuickHashing(), verifier: world.latest)
        else { return }
        var link = link(to: peer, world)
        let verdict = link.arrive(batch.header, end: batch.end, now: world.now)
        links[peer] = link
        if verdict == .accepted {
            heard[peer] = batch
            for (index, message) in batch.messages.enumerated() {
                guard case .success(let message) = message else { continue }
                hear(message, of: batch, at: index, from: peer, in: world)
            }
        }
        if link.wantsAck { say([], to: peer, in: world) }
        again(peer, world)
    }

    /// Sends again what was not acknowledged.
    private func again(_ peer: ProvinceCode, _ world: World) {
        var link = link(to: peer, world)
        guard link.takeResend(world.now) else { return }
        links[peer] = link
        for batch in link.inFlight {
            world.send([batch.envelope] + batch.frames, from: Country.liar, to: peer)
        }
    }

    func link(to peer: ProvinceCode, _ world: World) -> Link {
        links[peer] ?? Link(peer: peer, epoch: newID(world))
    }

    func send(_ message: Message, to peer: ProvinceCode, in world: World) {
        say([message.encoded()], to: peer, in: world)
    }

    private func say(_ frames: [Bytes], to peer: ProvinceCode, in world: World) {
        var link = link(to: peer, world)
        let position = link.record.sent
        let header = link.header(
            network: World.network, from: Country.liar, count: frames.count, after: position,
            sentSequence: position.sequence + UInt64(frames.count), now: world.now)
        let flush = FlushPart(header: header, frames: frames)
        guard let batch = try? Flush.sign([flush], credential, QuickHashing()).first else { return }
        if frames.isEmpty {
            link.spoke(world.now)
        } else {
            _ = link.assign(frames.count, toOutbox: false)
            link.sent(
                Link.SentBatch(end: batch.end, envelope: batch.envelope, frames: frames),
                now: world.now)
            said[peer, default: []].append([batch.envelope] + frames)
        }
        links[peer] = link
        world.send([batch.envelope] + frames, from: Country.liar, to: peer)
    }

    // MARK: The tale

    private func hear(
        _ message: Message, of batch: InboundBatch, at index: Int, from peer: ProvinceCode,
        in world: World
    ) {
        switch message {
        case .walletReply(let reply):
            plan(ProvenPermission(reply: reply, receipt: batch.receipt(of: index)), in: world)
        case .vote(let vote):
            guard tales[vote.transaction] != nil else { return }
            tales[vote.transaction]?.votes[peer] = ProvenVote(
                vote: vote, receipt: batch.receipt(of: index))
            act(vote.transaction, in: world)
        case .decision(let decision):
            if case .committed = decision.outcome {
                committed = (decision.transaction, decision.planDigest, decision.primary)
                if tales[decision.transaction]?.lie == .reversedTwice {
                    for _ in 0..<2 {
                        send(
                            .reverse(
                                Reverse(
                                    transaction: decision.transaction,
                                    planDigest: decision.planDigest, reversal: newID(world))),
                            to: peer, in: world)
                    }
                }
            }
            oldCertificate = Certificate(decision: decision, receipt: batch.receipt(of: index))
        default: payer.hear(message, from: peer, as: self, in: world)
        }
    }

    private func plan(_ proven: ProvenPermission, in world: World) {
        let transaction = proven.reply.transaction
        guard var tale = tales[transaction], tale.plans.isEmpty,
            case .success(let permission) = proven.reply.result
        else { return }
        defer { oldPermission = permission }
        if tale.lie.isWithoutPermission {
            tryWithout(proven, permission, transaction, tale, in: world)
            return
        }
        // The permission says nothing of how long is held: two plans can have it.
        tale.plans = [60_000, 61_000].map { made(permission, transaction, tale, hold: $0) }
        guard let first = tale.plans.first, let second = tale.plans.last else { return }
        tales[transaction] = tale
        let sparesPrimary = tale.lie == .silence && chance.happens(perMillion: 500_000)
        for (index, participant) in first.plan.participants.enumerated() {
            let plan = tale.lie == .twoStories && index % 2 == 1 ? second : first
            let isPrimary = participant == first.plan.primary
            if tale.lie == .forgedVote && !isPrimary || sparesPrimary && isPrimary { continue }
            send(.reserve(Reserve(plan, permission: proven)), to: participant, in: world)
        }
        if tale.lie == .reversalFirst || tale.lie == .withoutVotes {
            act(transaction, in: world)
        }
    }

    /// Plans that lack a permission, as far as it has what it takes to make them.
    private func tryWithout(
        _ proven: ProvenPermission, _ permission: Permission, _ transaction: Identifier,
        _ tale: Tale, in world: World
    ) {
        func reserve(_ plan: EncodedPlan, _ shown: ProvenPermission?) {
            for participant in plan.plan.participants {
                send(.reserve(Reserve(plan, permission: shown)), to: participant, in: world)
            }
        }
        switch tale.lie {
        case .withoutPermission:
            let bare = Permission(
                draws: permission.draws, expires: permission.expires, terms: permission.terms,
                seal: .zero)
            reserve(made(bare, transaction, tale), nil)
        case .foreignPermission:
            let other = newID(world)
            reserve(made(permission, other, tale), proven)
            guard let old = oldPermission else { return }
            let mixed = Permission(
                draws: permission.draws, expires: old.expires, terms: old.terms, seal: old.seal)
            reserve(made(mixed, transaction, tale), proven)
        case .stretchedPermission:
            // One fen less of the first source, and one of the patient's own account.
            guard let first = permission.draws.first, let less = Fen(first.limit.value - 1),
                let one = Fen(1), less > .zero
            else { return }
            let draws =
                [
                    Draw(province: tale.walletProvince, source: .ownAccount, limit: one),
                    Draw(province: first.province, source: first.source, limit: less),
                ] + permission.draws.dropFirst()
            let more = Permission(
                draws: draws, expires: permission.expires, terms: permission.terms,
                seal: permission.seal)
            reserve(made(more, transaction, tale), proven)
        case .expiredPermission:
            stale.append((made(permission, transaction, tale), proven, tale.begun))
            let latest = Limits.permissionMilliseconds + 3 * Limits.clockSkewMillisecondsMax
            let ready = stale.filter { world.now.milliseconds(since: $0.begun) > latest }
            stale.removeAll { world.now.milliseconds(since: $0.begun) > latest }
            for old in ready { reserve(old.plan, old.permission) }
        default: break
        }
    }

    private func made(
        _ permission: Permission, _ transaction: Identifier, _ tale: Tale, hold: Int64 = 60_000
    ) -> EncodedPlan {
        let bill = Liar.bill(of: tale.wallet)
        return EncodedPlan(
            Plan(
                transaction: transaction, care: Country.liar, wallet: tale.wallet,
                walletProvince: tale.walletProvince, institution: Liar.institution,
                institutionKind: .medical, careRegion: RegionCode(Country.liar),
                category: .medicalCare, bill: bill, amount: bill.burden, mode: .upTo,
                permission: permission, holdMilliseconds: hold),
            hashing: QuickHashing())
    }

    /// What `participant` would say if it held all, with a receipt of a batch that this one signed.
    private func forgedVote(
        of participant: ProvinceCode, _ encoded: EncodedPlan, in world: World
    ) -> ProvenVote? {
        let vote = Vote(
            transaction: encoded.plan.transaction, planDigest: encoded.digest,
            participant: participant,
            held: encoded.plan.draws.filter { $0.province == participant }.map(\.limit),
            expires: nil)
        let header = BatchHeader(
            network: World.network, from: Country.liar, to: encoded.plan.primary,
            epoch: newID(world), firstSequence: 1, count: 1, ack: nil, time: world.now,
            linkDigest: .zero, sentSequence: 1)
        let part = FlushPart(header: header, frames: [Message.vote(vote).encoded()])
        guard let signed = try? Flush.sign([part], credential, QuickHashing()).first,
            let batch = try? InboundBatch(
                received: [signed.envelope] + signed.frames, from: Country.liar,
                at: encoded.plan.primary, network: World.network, now: world.now,
                sm3: QuickHashing(), verifier: world.latest)
        else { return nil }
        return ProvenVote(vote: vote, receipt: batch.receipt(of: 0))
    }

    private func act(_ transaction: Identifier, in world: World) {
        guard var tale = tales[transaction], !tale.hasActed, let encoded = tale.plans.first else {
            return
        }
        let plan = encoded.plan
        let participants = plan.participants
        let isComplete = participants.allSatisfy {
            tale.votes[$0] != nil || (tale.lie == .forgedVote && $0 != plan.primary)
        }
        guard isComplete || tale.lie == .withoutVotes || tale.lie == .reversalFirst else { return }
        tale.hasActed = true
        tales[transaction] = tale
        let others = participants.filter { $0 != plan.primary }
        let votes = others.compactMap { tale.votes[$0] }
        let finals = plan.draws.map(\.limit)
        func commit(_ finals: [Fen], _ votes: [ProvenVote]) {
            send(
                .commit(
                    Commit(
                        transaction: transaction, planDigest: encoded.digest, finals: finals,
                        votes: votes, ownVote: nil)), to: plan.primary, in: world)
        }
        switch tale.lie {
        case .reversedTwice: commit(finals, votes)
        case .twoDecisions:
            commit(finals, votes)
            commit(finals.map { _ in .zero }, votes)
            send(
                .release(Release(transaction: transaction, planDigest: encoded.digest)),
                to: plan.primary, in: world)
        // No more than by either story is held.
        case .twoStories: commit(tale.plans.last?.plan.draws.map(\.limit) ?? finals, votes)
        case .withoutVotes: commit(finals, [])
        case .aboveHold: commit(finals.compactMap { Fen($0.value + 1) }, votes)
        case .forgedVote:
            commit(finals, others.compactMap { forgedVote(of: $0, encoded, in: world) })
        case .staleCertificate:
            guard let oldCertificate else { return }
            for other in others { send(.certificate(oldCertificate), to: other, in: world) }
        case .releaseToSecondary:
            for other in others {
                send(
                    .release(Release(transaction: transaction, planDigest: encoded.digest)),
                    to: other, in: world)
            }
            commit(finals, votes)
        case .reversalFirst:
            send(
                .reverse(
                    Reverse(
                        transaction: transaction, planDigest: encoded.digest,
                        reversal: newID(world))), to: plan.primary, in: world)
            commit(finals, votes)
        case .ownDecision:
            // In its own name, and in that of the primary.
            for participant in participants {
                for primary in [Country.liar, plan.primary] {
                    send(
                        .decision(
                            Decision(
                                transaction: transaction, planDigest: encoded.digest,
                                care: Country.liar, primary: primary,
                                outcome: .released(.reservationExpired), decided: world.now)),
                        to: participant, in: world)
                }
            }
            commit(finals, votes)
        case .silence, .withoutPermission, .foreignPermission, .expiredPermission,
            .stretchedPermission:
            break
        }
    }
}
