import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// What a shared payment may be for, from the bill to the client who is told the rule.
@Suite struct BillStories {
    let world = World()
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
    }

    private func bill(
        total: Int64 = 100_00, pooled: Int64 = 60_00, burden: Int64 = 30_00,
        selfPaid: Int64 = 10_00, patient: WalletID? = nil, credential: WalletID? = nil,
        proxy: Bill.Proxy? = nil
    ) -> Bill {
        Bill(
            total: Fen(total)!, pooled: Fen(pooled)!, burden: Fen(burden)!,
            selfPaid: Fen(selfPaid)!, patient: patient ?? mother,
            credential: credential ?? patient ?? mother, proxy: proxy)
    }

    private func reserve(
        _ bill: Bill?, fen: Int64 = 30_00, category: Category? = .medicalCare,
        institution: String? = nil
    ) -> Identifier {
        let id = world.command(
            .settleReserve(
                ServiceRequest.SettlementOrder(
                    wallet: mother, walletProvince: World.shandong,
                    institution: InstitutionCode(
                        institution
                            ?? Book.institution(.medical, in: RegionCode(World.shanghai)).text),
                    category: category, amount: fen, mode: .exact, holdMilliseconds: 60_000,
                    withoutOwnAccount: false, bill: bill)), at: World.shanghai)
        world.deliver()
        return id
    }

    private func rule(_ id: Identifier) -> String? {
        guard case .refused(let refused) = world.reply(id), refused.hasGrounds else { return nil }
        return refused.grounds.rule
    }

    @Test func whatTheCareProvinceSeesItRefusesItself() {
        let before = world.now
        #expect(world.status(reserve(nil)) == .billIncomplete)
        #expect(world.status(reserve(bill(), category: nil)) == .categoryUnknown)
        let elsewhere = reserve(bill(), institution: "H310000-NOBODY")
        #expect(world.status(elsewhere) == .institutionNotDesignated)
        #expect(rule(elsewhere) == "N10-B")
        #expect(world.now == before)
        world.audit()
    }

    @Test func whatTheGiversRulesRefuseTheClientIsToldWithTheRule() {
        let stranger = world.newWallet()
        let cases: [(Identifier, Status, String?)] = [
            (reserve(bill(selfPaid: 9_99)), .billIncomplete, "N10-A"),
            (reserve(bill(), fen: 30_01), .aboveBurden, "N10-A"),
            (reserve(bill(), category: .healthCheckup), .categoryNotAllowed, "N12-A"),
            (reserve(bill(), category: .pharmacy), .institutionOfAnotherKind, "N12-B"),
            (reserve(bill(patient: stranger)), .impersonation, "G10"),
            (reserve(bill(credential: stranger)), .impersonation, "G10"),
            (
                reserve(bill(proxy: .init(patientIdentity: nil, proxyIdentity: nil))),
                .identityRecordMissing, "G10"
            ),
        ]
        for (id, status, expected) in cases {
            #expect(world.status(id) == status)
            #expect(rule(id) == expected)
            #expect(world.coordination(id) == .released)
        }
        #expect(
            world.balance(.available(relation: son.relation), at: World.guangdong) == 500_00)
        world.audit()
    }

    @Test func ofSeveralReasonsTheLowestNumberIsTold() {
        let stranger = bill(patient: world.newWallet(), credential: mother)
        let id = reserve(stranger, fen: 30_01, category: .wellness)
        #expect(world.status(id) == .aboveBurden)
        world.audit()
    }

    @Test func aProvinceWithoutRulesInForcePaysNothing() {
        world.rules = Book.book([(RegionCode(World.shanghai), [])])
        #expect(world.status(reserve(bill())) == .provinceNotJoined)
        world.audit()
    }

    @Test("N13: the own account pays no premium, not even in part")
    func premiumsFromQuotaAlone() {
        world.command(.deposit(wallet: mother, amount: 900_00), at: World.shandong)
        let id = world.reserve(mother, fen: 500_01, category: .longTermCarePremium)
        world.deliver()
        #expect(world.status(id) == .premiumNotCovered)
        world.audit()
    }
}
