import Domain
import Gateway
import Ledger
import Settlement
import Signing
import Testing
import Wire

/// A message that is wrong, in a batch that is right.
struct HostileMessage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let make: @Sendable (HostileStage) throws -> Bytes

    init(
        _ name: String, is reason: String,
        _ make: @escaping @Sendable (HostileStage) throws -> Bytes
    ) {
        testDescription = name
        self.reason = reason
        self.make = make
    }
}

extension HostileStage {
    var attackerCode: ProvinceCode { attacker.province }

    func plan(
        care: ProvinceCode, hold: Int64 = 60_000, primary: ProvinceCode? = nil
    ) -> EncodedPlan {
        plan(
            care: care, wallet: WalletID(Clock.newIdentifier()), fen: 100,
            draws: [
                Draw(
                    province: primary ?? node.province,
                    source: .quota(relation: Clock.newIdentifier()), limit: Fen(100)!)
            ], hold: hold)
    }

    /// Of a bill that no rule is against.
    func plan(
        care: ProvinceCode, wallet: WalletID, fen: Int64, draws: [Draw], hold: Int64 = 60_000
    ) -> EncodedPlan {
        EncodedPlan(
            Plan(
                transaction: Clock.newIdentifier(), care: care, wallet: wallet,
                walletProvince: node.province, institution: InstitutionCode("H51000000001")!,
                institutionKind: .medical, careRegion: RegionCode(care),
                category: .medicalCare,
                bill: Bill(
                    total: Fen(fen)!, pooled: .zero, burden: Fen(fen)!, selfPaid: .zero,
                    patient: wallet, credential: wallet),
                amount: Fen(fen)!, mode: .exact,
                permission: Permission(
                    draws: draws, expires: Clock.now(), terms: .zero, seal: .zero),
                holdMilliseconds: hold),
            hashing: attacker.hashing)
    }

    func decision(primary: ProvinceCode, care: ProvinceCode) -> Decision {
        Decision(
            transaction: Clock.newIdentifier(), planDigest: .zero, care: care, primary: primary,
            outcome: .committed(
                finals: [
                    FinalDraw(
                        province: primary, source: .quota(relation: Clock.newIdentifier()),
                        amount: Fen(100)!)
                ], date: BusinessDate(at: Clock.now())), decided: Clock.now())
    }

    /// A receipt for `message` that is right in itself: signed by the attacker, told to this node.
    func receipt(of message: Message) throws -> Receipt {
        let frame = message.encoded()
        let envelope = try attacker.forge([frame])[0]
        let header = try BatchEnvelope(decoding: envelope).header
        let leaves = [attacker.hashing.leaf(header), attacker.hashing.leaf(frame)]
        return Receipt(
            envelope: envelope, message: frame, leafIndex: 1, leafCount: 2,
            leafPath: [leaves[0]], headerPath: [leaves[1]])
    }
}

extension HostileMessage {
    static let unreadable: [HostileMessage] = [
        HostileMessage("random octets", is: "not_protobuf") { _ in Bytes(repeating: 0xff, count: 99)
        },
        HostileMessage("no octets", is: "unknown_body") { _ in [] },
        HostileMessage("a message of another edition", is: "unknown_body") { _ in
            // Field 99, two octets long.
            [0x9a, 0x06, 2, 1, 2]
        },
        HostileMessage("an id of 15 octets", is: "bad_field") { _ in
            // wallet_query { transaction: 15 octets }
            [0x0a, 17, 0x0a, 15] + Bytes(repeating: 1, count: 15)
        },
        HostileMessage("a hold without end", is: "bad_field") { stage in
            Message.reserve(Reserve(stage.plan(care: stage.attackerCode, hold: .max))).encoded()
        },
    ]

    static let unproven: [HostileMessage] = [
        HostileMessage("a decision of another province, signed by oneself", is: "unproven") {
            stage in
            let decision = stage.decision(
                primary: stage.abused.address.province, care: stage.node.province)
            return Message.certificate(
                Certificate(
                    decision: decision, receipt: try stage.receipt(of: .decision(decision)))
            ).encoded()
        },
        HostileMessage("a decision of this very node, signed by oneself", is: "unproven") { stage in
            let decision = stage.decision(primary: stage.node.province, care: stage.attackerCode)
            return Message.certificate(
                Certificate(
                    decision: decision, receipt: try stage.receipt(of: .decision(decision)))
            ).encoded()
        },
        HostileMessage("a certificate with a flipped path", is: "unproven") { stage in
            let decision = stage.decision(
                primary: stage.attackerCode, care: stage.node.province)
            let good = try stage.receipt(of: .decision(decision))
            return Message.certificate(
                Certificate(
                    decision: decision,
                    receipt: Receipt(
                        envelope: good.envelope, message: good.message, leafIndex: 1,
                        leafCount: 2, leafPath: good.headerPath, headerPath: good.leafPath))
            ).encoded()
        },
    ]

    static let outOfPlace: [HostileMessage] = [
        HostileMessage("a decision that another had to make", is: "decision_not_of_its_primary") {
            stage in
            Message.decision(
                stage.decision(
                    primary: stage.abused.address.province, care: stage.node.province)
            ).encoded()
        },
        HostileMessage("a plan of another coordinator", is: "plan_of_another_coordinator") {
            stage in
            Message.reserve(Reserve(stage.plan(care: stage.abused.address.province))).encoded()
        },
        HostileMessage("a vote on a plan that nobody made", is: "vote_not_of_this_plan") { stage in
            let plan = stage.plan(care: stage.node.province)
            return Message.vote(
                Vote(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    participant: stage.attackerCode, held: [Fen(100)!], expires: nil)
            ).encoded()
        },
        HostileMessage("a refusal of a plan that nobody made", is: "refusal_not_of_this_plan") {
            stage in
            let plan = stage.plan(care: stage.node.province)
            return Message.refusal(
                Refusal(
                    transaction: plan.plan.transaction, planDigest: plan.digest,
                    participant: stage.attackerCode, reason: RefusalReason(.insufficientQuota))
            ).encoded()
        },
        HostileMessage("the reply of a wallet that nobody asked for", is: "not_asked") { _ in
            Message.walletReply(
                WalletReply(
                    transaction: Clock.newIdentifier(),
                    result: .failure(RefusalReason(.recipientNotInsured)))
            ).encoded()
        },
        HostileMessage("an answer about a relation of nobody", is: "not_asked") { _ in
            Message.relationAnswer(
                RelationAnswer(
                    relation: Clock.newIdentifier(), result: .failure(.recipientNotInsured))
            ).encoded()
        },
        HostileMessage("consent to a relation of nobody", is: "not_asked") { _ in
            Message.relationConsent(
                RelationConsent(
                    relation: Clock.newIdentifier(), accepted: true,
                    verification: Verification(
                        method: .face, at: Clock.now(),
                        reference: SM3Hashing().digest([1])))
            ).encoded()
        },
        HostileMessage("news of a recipient of nobody", is: "not_of_this_relation") { _ in
            Message.recipientChange(
                RecipientChange(relation: Clock.newIdentifier(), standing: .moved)
            ).encoded()
        },
        HostileMessage("an answer about a document that nobody showed", is: "not_asked") { _ in
            Message.documentAnswer(
                DocumentAnswer(
                    withdrawal: Clock.newIdentifier(), document: .zero, status: nil)
            ).encoded()
        },
        HostileMessage(
            "a settlement that this node has nothing to do with", is: "contradicts_what_is_known"
        ) { stage in
            Message.decision(
                stage.decision(primary: stage.attackerCode, care: stage.attackerCode)
            ).encoded()
        },
    ]

    static let all = unreadable + unproven + outOfPlace
}

extension Hostilities {
    @Suite struct Messages {
        @Test(
            "A message is refused, acknowledged, and changes nothing if it is",
            arguments: HostileMessage.all)
        func refused(_ message: HostileMessage) throws {
            let stage = HostileStage.current!
            let frame = try message.make(stage)
            let before = (
                refusals: try stage.node.status().refusals.messages[message.reason, default: 0],
                books: try stage.node.books()
            )
            try stage.attacker.tell(frames: [frame])
            try eventually("refusal \(message.reason)", seen: { stage.node.lastWords }) {
                try stage.node.status().refusals.messages[message.reason, default: 0]
                    == before.refusals + 1
            }
            let last = try stage.node.status().refusals.last.last
            #expect(last?.reason == message.reason)
            #expect(last?.peer == stage.attackerCode.description)
            try eventually("the link to go on") {
                try stage.node.received(from: stage.attackerCode) == stage.attacker.sent.sequence
            }
            var after = try stage.node.books()
            after.inboundBatches -= 1
            #expect(after == before.books)
            try stage.expectGoodMessageToWork()
        }

        @Test func goodMessagesBesideABadOneAreTaken() throws {
            let stage = HostileStage.current!
            let first = HostilePeer.question()
            let last = HostilePeer.question()
            try stage.attacker.tell(frames: [first.encoded(), [0xff, 0xff], last.encoded()])
            for question in [first, last] {
                _ = try stage.attacker.hear("an answer") {
                    $0.transaction == question.transaction
                }
            }
        }

        /// Whoever names a relation of another's, or one that is not there, gets nothing held.
        @Test func aReservationOfQuotaThatIsNotThereIsRefusedWithAStatus() throws {
            let stage = HostileStage.current!
            let plan = stage.plan(care: stage.attackerCode)
            let before = try stage.node.books()
            try stage.attacker.tell(.reserve(Reserve(plan)))
            let answer = try stage.attacker.hear("a refusal") {
                if case .refusal = $0 { $0.transaction == plan.plan.transaction } else { false }
            }
            guard case .refusal(let refusal) = answer else { return }
            #expect(refusal.reason.status == .permissionMissing)
            let after = try stage.node.books()
            #expect(after.accounts == before.accounts)
            #expect(after.postings == before.postings)
            #expect(after.participations[plan.plan.transaction] == .released)
        }

        @Test func aPrimaryCannotBeMadeToCommitWithAForgedVote() throws {
            let stage = HostileStage.current!
            let desk = try stage.node.desk()
            let recipient = try desk.person(fen: 0)
            let relation = try desk.relation(
                to: recipient, of: stage.node.province, account: 1000, quota: 300)
            // Of a payer that never answers, but has granted a quota.
            let silent = try HostilePeer(stage.abused, in: stage.network, against: stage.node)
            let granted = try silent.grant(200, to: recipient)
            let plan = try stage.permittedPlan(recipient, fen: 500)
            #expect(
                plan.plan.draws.map(\.source) == [
                    .quota(relation: relation), .quota(relation: granted),
                ])
            try stage.attacker.tell(.reserve(Reserve(plan)))
            _ = try stage.attacker.hear("a vote") {
                if case .vote = $0 { $0.transaction == plan.plan.transaction } else { false }
            }
            #expect(try stage.node.books().held == 300)
            // No vote at all, then the attacker's own in the other's name, with a receipt and
            // without.
            let forged = Vote(
                transaction: plan.plan.transaction, planDigest: plan.digest,
                participant: stage.abused.address.province, held: [Fen(200)!], expires: nil)
            let proven = ProvenVote(vote: forged, receipt: try stage.receipt(of: .vote(forged)))
            for (votes, own) in [([], nil), ([], forged), ([proven], nil)]
                as [([ProvenVote], Vote?)]
            {
                try stage.attacker.tell(
                    .commit(
                        Commit(
                            transaction: plan.plan.transaction, planDigest: plan.digest,
                            finals: [Fen(300)!, Fen(200)!], votes: votes, ownVote: own)))
            }
            try eventually("three refusals") {
                stage.attacker.listen()
                return stage.attacker.heard.count { message in
                    guard case .refusal(let refusal) = message else { return false }
                    return refusal.transaction == plan.plan.transaction
                        && refusal.reason.status == .votesMissing
                } == 3
            }
            #expect(try stage.node.books().balance(.payable(stage.attackerCode)) == 0)
            try stage.attacker.tell(
                .release(
                    Release(transaction: plan.plan.transaction, planDigest: plan.digest)))
            try eventually("the money to be back") { try stage.node.books().held == 0 }
            #expect(try stage.node.books().balance(.available(relation: relation)) == 300)
        }
    }
}
