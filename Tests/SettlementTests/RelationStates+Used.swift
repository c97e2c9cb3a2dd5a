import Domain
import Signing
import Storage
import Wire

@testable import Settlement

extension RelationStates {
    private static func setQuota(_ title: String, _ fen: Int64) -> Event {
        event(title) { stage in
            stage.world.command(
                .setQuota(relation: stage.relation, available: fen), at: stage.payer)
        }
    }

    private static func reserve(
        _ title: String, fen: Int64, of wallet: @escaping (RelationStage) -> WalletID
    ) -> Event {
        event(title) { stage in
            let patient = wallet(stage)
            let plan = Plan(
                transaction: stage.world.newID(), care: World.shanghai, wallet: patient,
                walletProvince: stage.home,
                institution: Book.institution(.medical, in: RegionCode(World.shanghai)),
                institutionKind: .medical, careRegion: RegionCode(World.shanghai),
                category: .medicalCare, bill: stage.world.bill(patient, fen: fen)!,
                amount: Fen(fen)!, mode: .exact,
                permission: .ofNobody([
                    Draw(
                        province: stage.payer, source: .quota(relation: stage.relation),
                        limit: Fen(fen)!)
                ]), holdMilliseconds: 60_000)
            stage.world.tell(
                .reserve(stage.world.shown(stage.world.permit(plan))), from: World.shanghai,
                to: stage.payer)
            return nil
        }
    }

    /// Lets the care province say something of a transaction, and the payer hear it.
    private static func care(
        _ stage: RelationStage, _ command: ServiceRequest.Command
    ) -> Identifier? {
        stage.world.command(command, at: World.shanghai)
        let messages = stage.world.waiting.filter { $0.to == stage.payer }
        stage.world.waiting = []
        for next in messages {
            stage.world.tell(next.message, from: World.shanghai, to: stage.payer)
        }
        return nil
    }

    private static let using: [Column] = [.active, .suspended, .ending]

    static var used: [Event] {
        [
            setQuota("`SetQuota`, raise", 600_00),
            setQuota("`SetQuota`, raise above the balance", 1000_01),
            setQuota("`SetQuota`, lower", 0),
            reserve("`reserve`", fen: 400_00) { $0.recipient },
            reserve("`reserve` above the quota", fen: 500_01) { $0.recipient },
            reserve("`reserve` for another recipient", fen: 400_00) { $0.other },
            event("a hold ends by commit, the last", in: using, Making(holds: 1)) { stage in
                care(stage, .settleCommit(transaction: stage.holds[0], final: 60_00))
            },
            event("a hold ends by commit, another stays", in: using, Making(holds: 2)) { stage in
                care(stage, .settleCommit(transaction: stage.holds[0], final: 60_00))
            },
            event("a hold ends by release, the last", in: using, Making(holds: 1)) { stage in
                care(stage, .settleCancel(transaction: stage.holds[0]))
            },
            event("a settlement of it is reversed", in: using + [.ended], Making(settled: true)) {
                stage in
                guard let settled = stage.settled else { return nil }
                return care(stage, .settleReverse(transaction: settled))
            },
        ]
    }
}
