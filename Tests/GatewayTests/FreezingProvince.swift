import Domain
import Gateway
import Ledger
import Testing
import Wire

extension Hostilities {
    /// An admitted province, care and primary of its own plans, that wants other provinces' people frozen.
    @Suite(.serialized) struct FreezingProvince {
        static let patients = 1000
        static let fen: Int64 = 8000_00

        /// As it was done once: a relation that it invented, as the larger draw; a hold of one second; and
        /// no answer to anyone afterwards. Bare, and with permissions for less.
        @Test func nothingOfThousandOwnAccountsIsHeld() throws {
            let stage = HostileStage.current!
            let desk = try stage.node.desk()
            let patients = (0..<Self.patients).map { _ in WalletID(Clock.newIdentifier()) }
            let orders = patients.map { Gongji_V1_ServiceRequest.open($0, fen: Self.fen) }
            for order in orders { try desk.send(order) }
            for order in orders { _ = try desk.answer(to: order.identifier) }
            let before = try stage.node.books()

            let attacker = stage.attacker
            let queries = patients.map { stage.query($0, fen: Self.fen) }
            var bare: [EncodedPlan] = []
            for query in queries {
                let nobody = Permission(
                    draws: Self.freezing(stage), expires: Clock.now(), terms: .zero, seal: .zero)
                bare.append(
                    stage.plan(stage.query(query.wallet, fen: 2 * Self.fen + 1), nobody, hold: 1000)
                )
            }
            try refused(bare, stage)

            // It may ask, as every province may; what it is permitted is not what it wants.
            for part in stride(from: 0, to: queries.count, by: 250) {
                try attacker.tell(
                    frames: queries[part..<part + 250].map { Message.walletQuery($0).encoded() })
            }
            var permissions: [Identifier: Permission] = [:]
            try eventually("permissions for all", seen: { "\(permissions.count)" }) {
                attacker.listen()
                for case .walletReply(let reply) in attacker.heard {
                    permissions[reply.transaction] = try? reply.result.get()
                }
                return queries.allSatisfy { permissions[$0.transaction] != nil }
            }
            let stretched = queries.map { query in
                let given = permissions[query.transaction]!
                return stage.plan(
                    WalletQuery(
                        transaction: query.transaction, wallet: query.wallet,
                        careRegion: query.careRegion, institution: query.institution,
                        category: query.category, amount: Fen(2 * Self.fen + 1)!,
                        mode: query.mode, billDigest: query.billDigest,
                        credential: query.credential, withoutOwnAccount: false),
                    Permission(
                        draws: Self.freezing(stage), expires: given.expires, terms: given.terms,
                        seal: given.seal), hold: 1000)
            }
            try refused(stretched, stage)

            let after = try stage.node.books()
            #expect(after.held == before.held)
            #expect(after.accounts == before.accounts)
            #expect(after.postings == before.postings)
        }

        private static func freezing(_ stage: HostileStage) -> [Draw] {
            [
                Draw(province: stage.node.province, source: .ownAccount, limit: Fen(fen)!),
                Draw(
                    province: stage.attackerCode,
                    source: .quota(relation: Clock.newIdentifier()), limit: Fen(fen + 1)!),
            ]
        }

        /// Sends all of `plans`, and expects each to be refused for want of a permission.
        private func refused(_ plans: [EncodedPlan], _ stage: HostileStage) throws {
            for part in stride(from: 0, to: plans.count, by: 250) {
                try stage.attacker.tell(
                    frames: plans[part..<part + 250].map { Message.reserve(Reserve($0)).encoded() })
            }
            var refused: [Identifier: Status] = [:]
            try eventually("refusals of all", seen: { "\(refused.count)" }) {
                stage.attacker.listen()
                for case .refusal(let refusal) in stage.attacker.heard {
                    refused[refusal.transaction] = refusal.reason.status
                }
                return plans.allSatisfy { refused[$0.plan.transaction] != nil }
            }
            for plan in plans {
                #expect(refused[plan.plan.transaction] == .permissionMissing)
            }
        }
    }
}
