import Domain
import Foundation
import Ledger
import RuleSets
import Storage
import Testing
import Wire

@testable import Settlement

/// Many people of five provinces do at random what people do, their nodes hear of it in random
/// batches; whatever happens, the invariants hold, and in the end everybody knows the same.
@Suite struct RandomLives {
    /// `GONGJI_SEED` makes the last of them again.
    static let seeds: [UInt64] = {
        let given = ProcessInfo.processInfo.environment["GONGJI_SEED"].flatMap { UInt64($0) }
        let seed = given ?? .random(in: 0 ... .max)
        print("RandomLives: GONGJI_SEED=\(seed)")
        return [1, 2, 3, 4, 5, 6, 7, seed]
    }()

    @Test(arguments: seeds)
    func theInvariantsHoldWhateverPeopleDo(_ seed: UInt64) throws {
        let lives = Lives(seed: seed)
        for _ in 0..<600 { lives.step() }
        lives.world.audit()
        lives.comeToRest()
        lives.world.audit()
        try lives.checkRest()
    }
}

final class Lives {
    struct Someone {
        let wallet: WalletID
        let province: ProvinceCode
        let region: RegionCode
        let number: String
    }

    static let rules: RuleBook = {
        let common: [Check] = [
            .recipientInsurance([.employee, .resident]), .giverNotSuspended, .noViolation,
            .endsWithInsurance, .withdrawalReasons(WithdrawalReason.allCases),
            .document([.premium, .visit]), .review([.visit, .resettlement]),
            .wholeBalanceOnce([.resettlement]),
        ]
        return Book.book([
            (
                .national,
                common + [
                    .consent(
                        fromAge: 16, withinDays: 3, verifiedBy: VerificationMethod.allCases),
                    .notPassedOn,
                ]
            ),
            (Book.zibo, common + [.ownAccount(.first), .oneWay, .giversOfRecipient(atMost: 1)]),
            (
                Book.fuxin,
                common + [
                    .kinshipProof, .familyGroup,
                    .consent(
                        fromAge: 16, withinDays: 9, verifiedBy: VerificationMethod.allCases),
                    .sharable(.carriedOver),
                ]
            ),
            (
                Book.shenzhen,
                common + [.ownAccount(.onlyWhenEmpty), .drawOrder(.balanceDescending)]
            ),
        ])
    }()

    let world = World(rules: Lives.rules)
    private var random: Chance
    private var people: [Someone] = []
    private var relations: [(id: Identifier, payer: ProvinceCode)] = []
    private var transactions: [(id: Identifier, care: ProvinceCode)] = []
    private var withdrawals: [(id: Identifier, payer: ProvinceCode)] = []

    init(seed: UInt64) {
        random = Chance(seed: seed)
        let places = [
            Book.zibo, Book.zibo, Book.zibo, Book.fuxin, Book.fuxin, Book.fuxin, Book.shenzhen,
            Book.shenzhen, Book.shenzhen, RegionCode(World.zhejiang), RegionCode(World.zhejiang),
        ]
        for (index, region) in places.enumerated() {
            let number = "\(index)"
            let wallet = world.person(
                index.isMultiple(of: 5) ? .resident : .employee, in: region.province,
                fen: Int64(random.below(4)) * 200_00, region: region, number: number,
                born: random.isTrue ? World.birthdayOfAdults : World.birthdayOfChildren)
            people.append(
                Someone(wallet: wallet, province: region.province, region: region, number: number))
        }
    }

    func step() {
        switch random.below(30) {
        case 0: pass()
        case 1...14: hear()
        default:
            guard let (command, id, province) = wish() else { return }
            var inputs = [World.input(command, id: id, digest: world.digest(of: command))]
            // Often a few messages come in the same batch.
            if random.isTrue { inputs = take(to: province, atMost: random.below(4)) + inputs }
            world.run(inputs, at: province)
        }
    }

    private func pass() {
        world.advance(
            milliseconds: random.of([1000, 1000, 1000, 60_000, 3_600_000, 24 * 3_600_000]))
        world.wake()
    }

    /// One node takes up what came over its links, in the order of each.
    private func hear() {
        guard let to = world.waiting.isEmpty ? nil : random.of(world.waiting).to else { return }
        world.run(take(to: to, atMost: 1 + random.below(6)), at: to)
    }

    private func take(to province: ProvinceCode, atMost count: Int) -> [Input] {
        var inputs: [Input] = []
        while inputs.count < count {
            let senders = Set(world.waiting.filter { $0.to == province }.map(\.from)).sorted()
            guard !senders.isEmpty else { break }
            let from = random.of(senders)
            guard
                let index = world.waiting.firstIndex(where: { $0.to == province && $0.from == from }
                )
            else { break }
            inputs.append(
                .message(world.waiting.remove(at: index).message, from: from, batch: nil))
        }
        return inputs
    }

    // MARK: Wishes

    private typealias Wish = (ServiceRequest.Command, Identifier, ProvinceCode)

    private func wish() -> (ServiceRequest.Command, Identifier, ProvinceCode)? {
        switch random.below(20) {
        case 0, 1, 2: bind()
        case 3: relation { .supplyProof(relation: $0, proof: self.world.proof) }
        case 4, 5: consent()
        case 6: relation { .endRelation(relation: $0, over: .nationalApp, self.world.verification) }
        case 7, 8, 9:
            relation {
                .setQuota(relation: $0, available: Int64(self.random.below(5)) * 30_00)
            }
        case 10: person()
        case 11: withdraw()
        case 12: withdrawal()
        case 13, 14, 15: reserve()
        default: transaction()
        }
    }

    private func bind() -> Wish {
        let (giver, recipient) = (random.of(people), random.of(people))
        let id = world.newID()
        var name = RecipientName.wallet(recipient.wallet)
        if random.isTrue {
            name = .sealed(
                world.boxes.seal(
                    recipient.number, born: World.birthdayOfAdults, to: recipient.province,
                    context: id))
        }
        relations.append((id, giver.province))
        let order = world.order(
            giver: giver.wallet, naming: name, of: recipient.province,
            over: .nationalApp, proof: random.isTrue, priority: UInt8(random.below(3)))
        return (.createRelation(order), id, giver.province)
    }

    private func relation(
        _ command: (Identifier) -> ServiceRequest.Command
    ) -> Wish? {
        guard !relations.isEmpty else { return nil }
        let (id, payer) = random.of(relations.suffix(20))
        return (command(id), world.newID(), payer)
    }

    private func consent() -> Wish? {
        let waiting = people.flatMap { someone in
            let grants =
                (try? world.store(someone.province).read { try $0.grants(someone.wallet) }) ?? []
            return grants.filter { $0.consentUntil != nil }.map { (someone, $0.relation) }
        }
        guard !waiting.isEmpty else { return nil }
        let (someone, relation) = random.of(waiting)
        return (
            .consent(
                relation: relation, wallet: someone.wallet, accepted: random.below(5) > 0,
                world.verification), world.newID(), someone.province
        )
    }

    private func person() -> Wish {
        let someone = random.of(people)
        let today = BusinessDate(at: world.now)
        let command: ServiceRequest.Command
        switch random.below(8) {
        case 0: command = .deposit(wallet: someone.wallet, amount: 50_00)
        case 1: command = .leaveFamily(someone.wallet)
        case 2:
            command = .setCardAccount(wallet: someone.wallet, bank: "ICBC", account: "6222")
        case 3:
            command = .recordViolation(
                wallet: someone.wallet, reason: "x", until: random.isTrue ? today.next : today)
        case 4, 5, 6:
            command = .changeInsurance(
                wallet: someone.wallet, insurance: .employee, standing: .insured)
        default:
            command = .changeInsurance(
                wallet: someone.wallet, insurance: random.of(Insurance.allCases),
                standing: random.of(Standing.allCases))
        }
        return (command, world.newID(), someone.province)
    }

    private func withdraw() -> Wish {
        let someone = random.of(people)
        let reason = random.of(WithdrawalReason.allCases)
        let fen =
            reason == .resettlement
            ? world.balance(.personal(someone.wallet), at: someone.province) : 10_00
        let id = world.newID()
        withdrawals.append((id, someone.province))
        return (
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: someone.wallet, amount: fen, reason: reason,
                    document: reason == .premium || reason == .visit
                        ? .init(
                            digest: world.digest(UInt8(random.below(12))), amount: fen,
                            user: people[0].wallet, userProvince: people[0].province) : nil,
                    commitmentDigest: world.digest(1))), id, someone.province
        )
    }

    private func withdrawal() -> Wish? {
        guard !withdrawals.isEmpty else { return nil }
        let (id, payer) = random.of(withdrawals.suffix(5))
        let command: ServiceRequest.Command =
            switch random.below(3) {
            case 0: .reviewWithdrawal(id, approved: random.isTrue)
            case 1: .exportPayouts([id])
            default: .returnPayout(id, paid: random.isTrue, reason: "closed")
            }
        return (command, world.newID(), payer)
    }

    private func reserve() -> Wish? {
        let someone = random.of(people)
        let region = random.isTrue ? someone.region : RegionCode(World.shanghai)
        let fen = 1 + Int64(random.below(30_00))
        let id = world.newID()
        transactions.append((id, region.province))
        return (
            .settleReserve(
                ServiceRequest.SettlementOrder(
                    wallet: someone.wallet, walletProvince: someone.province,
                    institution: Book.institution(.medical, in: region), category: .medicalCare,
                    amount: fen, mode: random.isTrue ? .exact : .upTo,
                    holdMilliseconds: Limits.holdMillisecondsMax, withoutOwnAccount: random.isTrue,
                    bill: world.bill(someone.wallet, fen: fen))), id, region.province
        )
    }

    private func transaction() -> Wish? {
        guard !transactions.isEmpty else { return nil }
        let (id, care) = random.of(transactions.suffix(12))
        let command: ServiceRequest.Command =
            switch random.below(6) {
            case 0: .settleCancel(transaction: id)
            case 1: .settleReverse(transaction: id)
            default: .settleCommit(transaction: id, final: 1 + Int64(random.below(20_00)))
            }
        return (command, world.newID(), care)
    }

    // MARK: Rest

    /// Everything is heard, and all that runs out has run out.
    func comeToRest() {
        world.deliver()
        for _ in 0..<30 {
            world.advance(days: 1)
            world.wake()
            world.deliver()
        }
    }

    func checkRest() throws {
        #expect(world.rejections.isEmpty)
        for province in world.provinces {
            try world.store(province).read { store in
                try store.forEachAnswer { request, answer in
                    #expect(answer.reply != nil, "\(province) \(request) was not answered")
                }
                try store.forEachRelation { relation in
                    #expect(relation.openHolds == 0)
                    #expect(![.proposed, .awaitingConsent, .ending].contains(relation.phase))
                    try checkKnown(relation, store)
                }
            }
        }
    }

    /// What the recipient's province knows is what is so.
    private func checkKnown(_ relation: Relation, _ store: any StoreReading) throws {
        guard let wallet = relation.recipient, relation.recipientRegion != nil,
            let grant = world.grant(relation.id, of: wallet, at: relation.recipientProvince)
        else { return }
        #expect(grant.phase == relation.phase)
        #expect(grant.version == relation.noticeVersion)
        #expect(
            grant.available.value == (try store.balance(.available(relation: relation.id))))
        #expect(grant.consentUntil == nil)
        #expect(grant.status == relation.ended?.status)
    }
}

/// The same seed gives the same lives.
struct Chance {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed &* 0x9e37_79b9_7f4a_7c15) }

    mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
    var isTrue: Bool { mutating get { below(2) == 0 } }
    mutating func of<C: Collection>(_ elements: C) -> C.Element {
        elements[elements.index(elements.startIndex, offsetBy: below(elements.count))]
    }
}
