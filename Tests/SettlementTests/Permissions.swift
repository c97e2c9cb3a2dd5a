import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// What a wallet province permits, and that nobody holds for anything else.
@Suite struct Permissions {
    let world = World()
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)
    let daughter: (relation: Identifier, giver: WalletID)

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 400_00)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
        daughter = world.relation(
            in: World.zhejiang, to: mother, of: World.shandong, account: 1000_00, quota: 300_00)
    }

    // MARK: What is told

    func query(
        fen: Int64, _ mode: ReserveMode = .exact, credential: WalletID? = nil,
        category: Category = .medicalCare, withoutOwnAccount: Bool = false
    ) -> WalletQuery {
        WalletQuery(
            transaction: world.newID(), wallet: mother, careRegion: RegionCode(World.shanghai),
            institution: InstitutionCode("H1")!, category: category, amount: Fen(fen)!,
            mode: mode, billDigest: world.digest(4), credential: credential ?? mother,
            withoutOwnAccount: withoutOwnAccount)
    }

    func answer(_ query: WalletQuery, from care: ProvinceCode = World.shanghai) throws
        -> Result<Permission, RefusalReason>
    {
        world.waiting = []
        world.tell(.walletQuery(query), from: care, to: World.shandong)
        guard case .walletReply(let reply) = world.waiting.first?.message else {
            throw NoAnswer()
        }
        #expect(reply.transaction == query.transaction)
        return reply.result
    }

    struct NoAnswer: Error {}

    func told(_ query: WalletQuery) throws -> [Int64] {
        try answer(query).get().draws.map(\.limit.value)
    }

    @Test func noMoreIsToldThanTheAmountNeeds() throws {
        #expect(try told(query(fen: 1)) == [1])
        #expect(try told(query(fen: 400_00)) == [400_00])
        #expect(try told(query(fen: 400_01)) == [400_00, 1])
        #expect(try told(query(fen: 950_00)) == [400_00, 500_00, 50_00])
        #expect(try told(query(fen: 10_00, withoutOwnAccount: true)) == [10_00])
        #expect(try told(query(fen: 600_00, category: .longTermCarePremium)) == [500_00, 100_00])
        #expect(try told(query(fen: 5000_00, .upTo)) == [400_00, 500_00, 300_00])
    }

    @Test func ofWhatDoesNotReachOnlyThatIsTold() throws {
        #expect(try answer(query(fen: 1200_01)) == .failure(RefusalReason(.insufficientQuota)))
        #expect(
            try answer(query(fen: 800_01, category: .longTermCarePremium))
                == .failure(RefusalReason(.premiumNotCovered)))
    }

    @Test func itIsGivenForThePatientWhoIsThereOnly() throws {
        let stranger = try answer(query(fen: 1, credential: world.newWallet()))
        guard case .failure(let reason) = stranger else {
            Issue.record("permitted to a stranger")
            return
        }
        #expect(reason.status == .impersonation)
        #expect(reason.grounds != nil)
        #expect(
            try answer(query(fen: 1), from: World.zhejiang) == .failure(RefusalReason(.malformed)))
    }

    @Test func itEndsSoonAndIsSealed() throws {
        let query = query(fen: 450_00)
        let permission = try answer(query).get()
        #expect(
            permission.expires.milliseconds(since: world.now) == Limits.permissionMilliseconds)
        let terms = PermissionTerms(
            query, care: World.shanghai, walletProvince: World.shandong,
            draws: permission.draws, expires: permission.expires
        ).digest(world.sm3)
        #expect(permission.terms == terms)
        #expect(permission.seal == WorldSeals(province: World.shandong).seal(terms))
    }

    // MARK: Who holds

    func plan(
        _ transaction: Identifier, care: ProvinceCode = World.shanghai, own: Int64 = 400_00
    ) -> Plan {
        Plan(
            transaction: transaction, care: care, wallet: mother,
            walletProvince: World.shandong, institution: InstitutionCode("H1")!,
            institutionKind: .medical, careRegion: RegionCode(care), category: .medicalCare,
            bill: world.bill(mother, fen: own + 100_00)!, amount: Fen(own + 100_00)!,
            mode: .exact,
            permission: .ofNobody([
                Draw(province: World.shandong, source: .ownAccount, limit: Fen(own)!),
                Draw(
                    province: World.guangdong, source: .quota(relation: son.relation),
                    limit: Fen(100_00)!),
            ]), holdMilliseconds: 60_000)
    }

    func outcome(
        _ reserve: Reserve, from care: ProvinceCode = World.shanghai, at payer: ProvinceCode
    ) -> (state: Participation.State?, status: Status?) {
        world.waiting = []
        world.tell(.reserve(reserve), from: care, to: payer)
        let refusal = world.waiting.compactMap { waiting -> Status? in
            if case .refusal(let refusal) = waiting.message { refusal.reason.status } else { nil }
        }.first
        return (world.participation(reserve.plan.plan.transaction, at: payer), refusal)
    }

    static let payers = [World.shandong, World.guangdong]

    @Test(arguments: payers)
    func whatIsPermittedIsHeld(_ payer: ProvinceCode) {
        let plan = world.permit(plan(world.newID()))
        let (state, status) = outcome(world.shown(plan), at: payer)
        #expect(state == .held)
        #expect(status == nil)
        world.audit()
    }

    /// Each takes the permission of one plan for another.
    enum Twist: CaseIterable {
        case none, transaction, care, region, institution, category, bill, credential, amount, mode
        case draws, order, longer, of
    }

    func twisted(_ good: Plan, _ twist: Twist) -> Plan {
        let permission = Permission(
            draws: good.draws, expires: good.permittedUntil, terms: .zero,
            seal: good.permissionSeal)
        let own = good.draws[0]
        let quota = good.draws[1]
        let draws: [Draw] =
            switch twist {
            case .draws:
                [own, Draw(province: quota.province, source: quota.source, limit: Fen(100_01)!)]
            case .order: [quota, own]
            default: good.draws
            }
        let more = Fen(500_01)!
        let isMore = twist == .amount || twist == .draws
        let bill: Bill =
            switch twist {
            case .bill, .amount, .draws: world.bill(mother, fen: 500_01)!
            case .credential:
                Bill(
                    total: good.amount, pooled: .zero, burden: good.amount, selfPaid: .zero,
                    patient: mother, credential: son.giver)
            default: good.bill
            }
        return Plan(
            transaction: twist == .transaction ? world.newID() : good.transaction,
            care: twist == .care ? World.liaoning : good.care, wallet: good.wallet,
            walletProvince: good.walletProvince,
            institution: twist == .institution ? InstitutionCode("H2")! : good.institution,
            institutionKind: good.institutionKind,
            careRegion: twist == .care
                ? RegionCode(World.liaoning)
                : twist == .region ? RegionCode(310_100)! : good.careRegion,
            category: twist == .category ? .healthCheckup : good.category, bill: bill,
            amount: isMore ? more : good.amount,
            mode: twist == .mode || twist == .amount ? .upTo : good.mode,
            permission: Permission(
                draws: draws,
                expires: twist == .longer
                    ? good.permittedUntil.advanced(byMilliseconds: 1) : permission.expires,
                terms: .zero,
                seal: twist == .none
                    ? .zero : twist == .of ? world.digest(1) : permission.seal),
            holdMilliseconds: good.holdMilliseconds)
    }

    @Test(arguments: payers, Twist.allCases)
    func aPermissionIsForOnePlanOnly(_ payer: ProvinceCode, _ twist: Twist) {
        let good = world.permit(plan(world.newID()))
        let other = EncodedPlan(twisted(good.plan, twist), hashing: world.sm3)
        let reserve = Reserve(other, permission: world.shown(good).permission)
        let (state, status) = outcome(reserve, from: other.plan.care, at: payer)
        #expect(state == .released)
        #expect(status == .permissionMissing)
        #expect(world.balance(.personal(mother), at: World.shandong) == 400_00)
        #expect(world.balance(.available(relation: son.relation), at: World.guangdong) == 500_00)
        world.audit()
    }

    @Test func aPayerElsewhereWantsToSeeIt() {
        let plan = world.permit(plan(world.newID()))
        let (state, status) = outcome(Reserve(plan), at: World.guangdong)
        #expect(state == .released)
        #expect(status == .permissionMissing)
    }

    @Test func aRefusalIsNoPermission() {
        let plan = world.permit(plan(world.newID()))
        let reserve = Reserve(
            plan,
            permission: ProvenPermission(
                reply: WalletReply(
                    transaction: plan.plan.transaction,
                    result: .failure(RefusalReason(.insufficientQuota))), receipt: nil))
        #expect(outcome(reserve, at: World.guangdong).status == .permissionMissing)
    }

    @Test func anotherProvincesSealIsNone() {
        let plan = world.permit(plan(world.newID()), of: World.shanghai)
        #expect(outcome(world.shown(plan), at: World.shandong).status == .permissionMissing)
    }

    /// Milliseconds from its end; the wallet province goes by its own clock, others forgive theirs.
    @Test(arguments: [
        (World.shandong, Int64(0), true), (World.shandong, -1, false),
        (World.guangdong, -Limits.clockSkewMillisecondsMax, true),
        (World.guangdong, -Limits.clockSkewMillisecondsMax - 1, false),
        (World.guangdong, Limits.permissionMilliseconds + Limits.clockSkewMillisecondsMax, true),
        (
            World.guangdong,
            Limits.permissionMilliseconds + Limits.clockSkewMillisecondsMax + 1, false
        ),
    ])
    func aPermissionRunsOut(_ payer: ProvinceCode, _ left: Int64, _ holds: Bool) {
        let plan = world.permit(
            plan(world.newID()), until: world.now.advanced(byMilliseconds: left))
        let (state, status) = outcome(world.shown(plan), at: payer)
        #expect(state == (holds ? .held : .released))
        #expect(status == (holds ? nil : .permissionMissing))
    }

    // MARK: Limits

    @Test func anOwnAccountIsHeldSoOftenAtMost() throws {
        for _ in 0..<Limits.ownHoldsOfOneWalletMax {
            let id = world.reserve(mother, fen: 1_00)
            world.deliver()
            #expect(world.status(id) == nil)
        }
        #expect(try answer(query(fen: 1)) == .failure(RefusalReason(.permissionLimit)))
        world.waiting = []
        let late = world.permit(plan(world.newID(), own: 1_00))
        // Permitted before the last of them was held.
        #expect(outcome(world.shown(late), at: World.shandong).status == .permissionLimit)
        let refused = world.reserve(mother, fen: 1_00)
        world.deliver()
        #expect(world.status(refused) == .permissionLimit)
        let spared = world.reserve(mother, fen: 1_00, withoutOwnAccount: true)
        world.deliver()
        #expect(world.status(spared) == nil)
        // All holds end by themselves, and then there is room again.
        world.advance(milliseconds: 120_000)
        world.wake()
        world.deliver()
        #expect(world.person(mother, at: World.shandong)?.ownHolds == 0)
        #expect(try told(query(fen: 1)) == [1])
        world.audit()
    }

    @Test func aSettledHoldMakesRoomAgain() {
        world.settle(mother, fen: 450_00)
        #expect(world.person(mother, at: World.shandong)?.ownHolds == 0)
        world.audit()
    }
}
