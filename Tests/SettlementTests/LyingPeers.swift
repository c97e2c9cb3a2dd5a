import Domain
import Ledger
import RuleSets
import Signing
import Storage
import Testing
import Wire

@testable import Settlement

/// Lies that once froze money, a link or a wallet.
@Suite struct LyingPeers {
    let world = World()
    let mother: WalletID
    let son: (relation: Identifier, giver: WalletID)
    let daughter: (relation: Identifier, giver: WalletID)

    init() {
        mother = world.person(.resident, in: World.shandong, fen: 0)
        son = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 1000_00, quota: 500_00)
        daughter = world.relation(
            in: World.zhejiang, to: mother, of: World.shandong, account: 1000_00, quota: 300_00)
    }

    func plan(_ transaction: Identifier, category: Category = .medicalCare) -> EncodedPlan {
        world.permit(
            Plan(
                transaction: transaction, care: World.shanghai, wallet: mother,
                walletProvince: World.shandong, institution: InstitutionCode("H1")!,
                institutionKind: category.usualPlace, careRegion: RegionCode(World.shanghai),
                category: category, bill: world.bill(mother, fen: 600_00)!, amount: Fen(600_00)!,
                mode: .exact,
                permission: .ofNobody([
                    Draw(
                        province: World.guangdong, source: .quota(relation: son.relation),
                        limit: Fen(500_00)!),
                    Draw(
                        province: World.zhejiang, source: .quota(relation: daughter.relation),
                        limit: Fen(100_00)!),
                ]), holdMilliseconds: 60_000))
    }

    func send(_ message: Message, from: ProvinceCode = World.shanghai, to: ProvinceCode) {
        world.run([.message(message, from: from, batch: nil)], at: to)
    }

    func passHours(_ hours: Int) {
        for _ in 0..<hours {
            world.advance(milliseconds: 3_600_000)
            world.wake()
            world.deliver()
        }
    }

    var daughtersQuota: Int64 {
        world.balance(.available(relation: daughter.relation), at: World.zhejiang)
    }

    @Test func aCoordinatorThatTellsTwoStoriesFreezesNothing() {
        let id = world.newID()
        send(.reserve(world.shown(plan(id))), to: World.guangdong)
        send(.reserve(world.shown(plan(id, category: .pharmacy))), to: World.zhejiang)
        #expect(daughtersQuota == 200_00)
        passHours(3)
        #expect(world.participation(id, at: World.guangdong) == .released)
        #expect(world.participation(id, at: World.zhejiang) == .released)
        #expect(daughtersQuota == 300_00)
    }

    @Test func anIdThatWasTakenAtThePrimaryFreezesNothing() {
        let id = world.reserve(mother, fen: 600_00)
        send(
            .inquire(
                Inquire(
                    transaction: id, planDigest: world.sm3.digest([9]), care: World.shandong,
                    primary: World.guangdong)), from: World.shandong, to: World.guangdong)
        world.deliver()
        passHours(3)
        #expect(world.status(id) == .alreadyDecided)
        #expect(world.coordination(id) == .released)
        #expect(world.participation(id, at: World.zhejiang) == .released)
        #expect(daughtersQuota == 300_00)
    }

    @Test func onePayerDoesNotCrowdOutTheGrantsOfAnother() throws {
        for _ in 0..<100 {
            let relation = world.newID()
            let giver = world.newWallet()
            let region = RegionCode(World.shanghai)
            send(
                .relationProposal(
                    RelationProposal(
                        relation: relation, giver: giver, giverRegion: region, kinship: .child,
                        recipient: .wallet(mother), asksAge: false, priority: 0,
                        commitment: world.commitment)),
                from: World.shanghai, to: World.shandong)
            send(
                .quotaNotice(
                    QuotaNotice(
                        relation: relation, wallet: mother, available: Fen(1)!, phase: .active,
                        granted: world.now, version: 1, giver: giver, giverRegion: region,
                        kinship: .child, priority: 0, consentUntil: nil, status: nil, uses: [])),
                from: World.shanghai, to: World.shandong)
        }
        let new = world.relation(
            in: World.guangdong, to: mother, of: World.shandong, account: 10_00, quota: 10_00)
        let grants = try world.store(World.shandong).read { try $0.grants(mother) }
        #expect(grants.contains { $0.relation == new.relation })
        #expect(grants.count == Limits.grantsOfOnePayerMax + 3)
    }

    @Test func aDecisionDatedOnAnotherDayIsNotApplied() {
        let plan = plan(world.newID())
        send(.reserve(world.shown(plan)), to: World.zhejiang)
        let today = BusinessDate(at: world.now)
        let later = world.now.advanced(byMilliseconds: 48 * 3_600_000)
        for (date, decided) in [
            (BusinessDate(daysSince1970: today.daysSince1970 - 1), world.now),
            (BusinessDate(at: later), later),
        ] {
            send(
                .decision(
                    Decision(
                        transaction: plan.plan.transaction, planDigest: plan.digest,
                        care: World.shanghai, primary: World.guangdong,
                        outcome: .committed(
                            finals: plan.plan.finals([Fen(500_00)!, Fen(100_00)!]), date: date),
                        decided: decided)), from: World.guangdong, to: World.zhejiang)
            #expect(world.participation(plan.plan.transaction, at: World.zhejiang) == .held)
        }
    }

    @Test func aPrimaryCannotPutACoordinatorToSleep() throws {
        let id = world.reserve(mother, fen: 600_00, hold: 60_000)
        world.deliver { if case .vote = $0.message { true } else { false } }
        let votes = world.waiting
        world.waiting = []
        for waiting in votes {
            guard case .vote(let vote) = waiting.message else { continue }
            let said = Vote(
                transaction: vote.transaction, planDigest: vote.planDigest,
                participant: vote.participant, held: vote.held,
                expires: vote.expires.map { _ in
                    Instant(milliseconds: Limits.instantMillisecondsMax)
                })
            send(.vote(said), from: waiting.from, to: World.shanghai)
        }
        let wake = try world.store(World.shanghai).read { try $0.coordination(id)?.wake }
        #expect(wake.map { $0.milliseconds(since: world.now) < 3_600_000 } == true)
    }

    /// A primary that signed "released" and then committed would tell two outcomes.
    @Test(arguments: ["commit", "reverse"])
    func aPrimaryThatStillHoldsTellsAStrangerNothing(_ kind: String) throws {
        let id = world.reserve(mother, fen: 600_00)
        world.deliver()
        let digest = try #require(
            try world.store(World.guangdong).read { try $0.participation(id)?.planDigest })
        let message: Message =
            kind == "commit"
            ? .commit(
                Commit(transaction: id, planDigest: digest, finals: [], votes: [], ownVote: nil))
            : .reverse(
                Reverse(transaction: id, planDigest: digest, reversal: world.newID()))
        send(message, from: World.zhejiang, to: World.guangdong)
        #expect(world.participation(id, at: World.guangdong) == .held)
        #expect(world.waiting.isEmpty)
        #expect(world.rejections.map(\.reason) == ["\(kind)_not_of_its_coordinator"])
        _ = world.commit(id, fen: 600_00)
        world.deliver()
        #expect(world.participation(id, at: World.guangdong) == .committed)
        #expect(world.participation(id, at: World.zhejiang) == .committed)
    }

    /// Care takes a slow clock of the primary, not a day that is over.
    @Test(arguments: [(Int64(360_000), true), (Int64(176_400_000), false)])
    func aDecisionOfADayThatIsOverIsNotBooked(_ early: Int64, _ isTaken: Bool) throws {
        let id = world.reserve(mother, fen: 600_00)
        world.deliver()
        _ = world.commit(id, fen: 600_00)
        world.deliver { if case .decision = $0.message { true } else { false } }
        world.waiting = []
        let plan = try #require(
            try world.store(World.shanghai).read { try $0.coordination(id)?.plan })
        let decided = world.now.advanced(byMilliseconds: -early)
        send(
            .decision(
                Decision(
                    transaction: id, planDigest: plan.digest, care: World.shanghai,
                    primary: World.guangdong,
                    outcome: .committed(
                        finals: plan.plan.finals([Fen(500_00)!, Fen(100_00)!]),
                        date: BusinessDate(at: decided)), decided: decided)),
            from: World.guangdong, to: World.shanghai)
        #expect(world.coordination(id) == (isTaken ? .settled : .committing))
    }

    /// Care that names itself primary by a relation that it invented, and is silent: once it froze the own
    /// accounts of another province for ever.
    @Test(arguments: [true, false])
    func theFreezingProvinceGetsNothing(_ hasAPermission: Bool) {
        let patients = (0..<20).map { _ in
            world.person(.employee, in: World.shandong, fen: 8000_00)
        }
        for patient in patients {
            let id = world.newID()
            func plan(_ draws: [Draw], amount: Int64, _ seal: Digest) -> Plan {
                Plan(
                    transaction: id, care: World.shanghai, wallet: patient,
                    walletProvince: World.shandong, institution: InstitutionCode("H1")!,
                    institutionKind: .medical, careRegion: RegionCode(World.shanghai),
                    category: .medicalCare, bill: world.bill(patient, fen: amount)!,
                    amount: Fen(amount)!, mode: .exact,
                    permission: Permission(
                        draws: draws, expires: world.now.advanced(byMilliseconds: 60_000),
                        terms: .zero, seal: seal), holdMilliseconds: 1000)
            }
            let own = Draw(province: World.shandong, source: .ownAccount, limit: Fen(8000_00)!)
            let invented = Draw(
                province: World.shanghai, source: .quota(relation: world.newID()),
                limit: Fen(8000_01)!)
            // The seal of what it could have been permitted, for what it wants.
            let seal =
                hasAPermission
                ? world.permit(plan([own], amount: 8000_00, .zero)).plan.permissionSeal
                : Digest.zero
            send(
                .reserve(
                    Reserve(
                        EncodedPlan(
                            plan([own, invented], amount: 16000_01, seal), hashing: world.sm3))),
                to: World.shandong)
            #expect(world.participation(id, at: World.shandong) == .released)
            #expect(world.balance(.personal(patient), at: World.shandong) == 8000_00)
        }
        world.deliver()
        world.audit()
    }
}
