import Domain
import Gateway
import Signing
import Wire

/// What a hostile province says about quotas and permissions.
extension HostilePeer {
    /// Proposes a relation to somebody of the victim's province, and announces a quota that nobody knows of.
    func grant(_ fen: Int64, to recipient: WalletID) throws -> Identifier {
        let relation = Clock.newIdentifier()
        let giver = WalletID(Clock.newIdentifier())
        let region = RegionCode(province)
        try tell(
            .relationProposal(
                RelationProposal(
                    relation: relation, giver: giver, giverRegion: region, kinship: .child,
                    recipient: .wallet(recipient), asksAge: false, priority: 0,
                    commitment: Commitment(
                        digest: SM3Hashing().digest([1]), date: BusinessDate(at: Clock.now())))))
        _ = try hear("an answer") {
            if case .relationAnswer(let answer) = $0 { answer.relation == relation } else { false }
        }
        try tell(
            .quotaNotice(
                QuotaNotice(
                    relation: relation, wallet: recipient, available: Fen(fen)!, phase: .active,
                    granted: Clock.now(), version: 1, giver: giver, giverRegion: region,
                    kinship: .child, priority: 0, consentUntil: nil, status: nil, uses: [])))
        // What follows on the same link finds it done.
        try isAnswered()
        return relation
    }
}

extension HostileStage {
    /// Of the attacker as care, for a bill of just that, as an honest care province would ask.
    func query(_ wallet: WalletID, fen: Int64) -> WalletQuery {
        WalletQuery(
            transaction: Clock.newIdentifier(), wallet: wallet,
            careRegion: RegionCode(attackerCode), institution: HostileStage.institution,
            category: .medicalCare, amount: Fen(fen)!, mode: .exact,
            billDigest: attacker.hashing.digest(bill(wallet, fen: fen).encoded(wallet: wallet)),
            credential: wallet, withoutOwnAccount: false)
    }

    func bill(_ wallet: WalletID, fen: Int64) -> Bill {
        Bill(
            total: Fen(fen)!, pooled: .zero, burden: Fen(fen)!, selfPaid: .zero, patient: wallet,
            credential: wallet)
    }

    static let institution = InstitutionCode("H51000000001")!

    /// The plan that `permission` is for.
    func plan(_ query: WalletQuery, _ permission: Permission, hold: Int64 = 60_000) -> EncodedPlan {
        EncodedPlan(
            Plan(
                transaction: query.transaction, care: attackerCode, wallet: query.wallet,
                walletProvince: node.province, institution: query.institution,
                institutionKind: .medical, careRegion: query.careRegion, category: query.category,
                bill: bill(query.wallet, fen: query.amount.value), amount: query.amount,
                mode: query.mode, permission: permission, holdMilliseconds: hold),
            hashing: attacker.hashing)
    }

    /// A plan that the node has permitted to the attacker.
    func permittedPlan(_ wallet: WalletID, fen: Int64) throws -> EncodedPlan {
        let query = query(wallet, fen: fen)
        try attacker.tell(.walletQuery(query))
        let answer = try attacker.hear("a permission") { $0.transaction == query.transaction }
        guard case .walletReply(let reply) = answer else {
            throw TooLate(waitedFor: "a permission", seen: answer.name)
        }
        return plan(query, try reply.result.get())
    }
}
