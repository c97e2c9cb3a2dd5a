import Domain
import Ledger
import RuleSets
import Signing
import Storage
import Testing
import Wire

@testable import Settlement

/// Rules as the five documents have them, where a node once knew less than the paper.
@Suite struct RulesReadAgain {
    let world = World()

    private func citizen(
        _ region: RegionCode, _ insurance: Insurance = .resident, fen: Int64 = 0
    ) -> WalletID {
        world.person(
            insurance, in: region.province, fen: fen, region: region)
    }

    private func order(
        _ giver: WalletID, _ recipient: WalletID, of province: ProvinceCode,
        letter: Bool = true, dated: BusinessDate? = nil, over: Channel = .nationalApp,
        verified: Verification? = nil
    ) -> ServiceRequest.RelationOrder {
        ServiceRequest.RelationOrder(
            giver: giver, recipient: .wallet(recipient), recipientProvince: province,
            kinship: .child, commitmentDigest: letter ? world.digest(1) : nil,
            commitmentDate: dated ?? BusinessDate(at: world.now), over: over,
            verification: verified, kinshipProof: world.proof)
    }

    // MARK: Regions

    @Test("S1: a county goes by the rules of its city", arguments: [440_300, 440_305] as [UInt32])
    func county(_ number: UInt32) throws {
        let district = try #require(RegionCode(number))
        let other = try #require(RegionCode(440_306))
        let giver = citizen(district, .employee, fen: 5000_00)
        let mother = citizen(other)
        let relation = world.command(
            .createRelation(
                order(giver, mother, of: World.guangdong, letter: false, over: .cityPlatform)),
            at: World.guangdong)
        #expect(world.phase(relation) == .active)
        #expect(world.setQuota(relation, 405_01, at: World.guangdong) == .notSharable)
        #expect(world.setQuota(relation, 405_00, at: World.guangdong) == nil)
        world.audit()
    }

    // MARK: Draw order

    /// Both givers are bound in the same moment, and the one with the higher id first.
    @Test(
        "S4: ties are broken by the relation's id, whatever the order",
        arguments: [DrawOrder.oldestGrantFirst, .giverPriority, .balanceDescending])
    func ties(_ draws: DrawOrder) throws {
        world.rules = Book.book([(RegionCode(World.shandong), [.drawOrder(draws)])])
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let ids = [world.newID(), world.newID(), world.newID()]
        for id in [ids[2], ids[0], ids[1]] {
            let giver = world.person(.employee, in: World.shandong, fen: 20_00)
            world.command(
                .createRelation(order(giver, mother, of: World.shandong)), at: World.shandong,
                id: id)
            #expect(world.setQuota(id, 10_00, at: World.shandong) == nil)
        }
        world.deliver()
        let transaction = world.reserve(mother, fen: 30_00, at: World.shandong)
        world.deliver()
        let plan = try #require(
            try world.store(World.shandong).read { try $0.coordination(transaction)?.plan })
        #expect(plan.plan.draws.map(\.source) == ids.map { .quota(relation: $0) })
        world.audit()
    }

    // MARK: What a relation was made with

    @Test("N6: a relation made without the letter does not pay across a province")
    func withoutLetter() {
        let mother = citizen(Book.weihai)
        for hasLetter in [false, true] {
            let giver = citizen(Book.weihai, .employee, fen: 100_00)
            let relation = world.command(
                .createRelation(order(giver, mother, of: World.shandong, letter: hasLetter)),
                at: World.shandong)
            #expect(world.phase(relation, at: World.shandong) == .active)
            #expect(world.setQuota(relation, 50_00, at: World.shandong) == nil)
            world.deliver()
            let far = world.reserve(mother, fen: 10_00)
            world.deliver()
            #expect(world.status(far) == (hasLetter ? nil : .commitmentMissing))
            let near = world.reserve(
                mother, fen: 10_00, at: World.shandong, region: Book.weihai)
            world.deliver()
            #expect(world.status(near) == nil)
            #expect(world.end(relation, at: World.shandong) == nil)
            world.deliver()
        }
    }

    @Test("N5: a relation is ended over the channels over which it may be made")
    func endingChannels() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let giver = world.person(.employee, in: World.guangdong, fen: 10_00)
        let relation = world.bind(giver, of: World.guangdong, to: mother, of: World.shandong)
        for channel in [Channel.institutionOffice, .cityPlatform] {
            #expect(
                world.refusal(
                    .endRelation(relation: relation, over: channel, world.verification),
                    at: World.guangdong) == .channelNotAllowed)
        }
        #expect(world.phase(relation) == .active)
        let inCity = world.command(
            .createRelation(
                order(
                    citizen(Book.shenzhen, .employee), citizen(Book.shenzhen),
                    of: World.guangdong, over: .institutionOffice)), at: World.guangdong)
        #expect(
            world.refusal(
                .endRelation(relation: inCity, over: .institutionOffice, nil),
                at: World.guangdong) == nil)
        #expect(
            world.refusal(
                .endRelation(relation: relation, over: .agencyWindow, nil), at: World.guangdong)
                == nil)
    }

    // MARK: Dates

    private func verified(daysAgo days: Int64, _ method: VerificationMethod = .face) -> Verification
    {
        Verification(
            method: method, at: world.now.advanced(byMilliseconds: -days * 86_400_000),
            reference: world.digest(2))
    }

    @Test("N6: a letter is not dated after today")
    func letterOfTomorrow() {
        let mother = world.person(.resident, in: World.shandong, fen: 0)
        let giver = world.person(.employee, in: World.guangdong, fen: 10_00)
        let today = BusinessDate(at: world.now)
        for (date, expected) in [
            (BusinessDate(year: 2030, month: 1, day: 1), Status?.some(.commitmentInFuture)),
            (today.next, .commitmentInFuture), (today, nil),
        ] {
            let refused = world.command(
                .createRelation(order(giver, mother, of: World.shandong, dated: date)),
                at: World.guangdong)
            world.deliver()
            #expect(world.status(refused) == expected)
        }
    }

    @Test("Z5: a verification is neither from tomorrow nor older than the set lets it be")
    func verificationOfAnotherDay() {
        let mother = citizen(Book.zibo)
        let cases: [(Int64, Status?)] = [
            (-1, .verificationInFuture), (31, .verificationTooOld), (2000, .verificationTooOld),
            (30, nil),
        ]
        var relation = Identifier.zero
        for (days, expected) in cases {
            let giver = citizen(Book.zibo, .employee, fen: 10_00)
            relation = world.command(
                .createRelation(
                    order(
                        giver, mother, of: World.shandong, verified: verified(daysAgo: days))),
                at: World.shandong)
            #expect(world.status(relation) == expected)
        }
        for (days, expected) in cases {
            #expect(
                world.refusal(
                    .endRelation(
                        relation: relation, over: .nationalApp, verified(daysAgo: days)),
                    at: World.shandong) == expected)
        }
    }

    @Test("G11: a consent is given with a face, in the days within which it is asked for")
    func consentOfAnotherDay() {
        let giver = citizen(Book.fuxin, .employee, fen: 10_00)
        let son = citizen(Book.fuxin)
        let relation = world.command(
            .createRelation(
                order(giver, son, of: World.liaoning, verified: verified(daysAgo: 0))),
            at: World.liaoning)
        #expect(world.phase(relation, at: World.liaoning) == .awaitingConsent)
        let cases: [(Verification, Status?)] = [
            (verified(daysAgo: -1), .verificationInFuture),
            (verified(daysAgo: 31), .verificationTooOld),
            (verified(daysAgo: 0, .realName), .verificationMissing),
            (verified(daysAgo: 0), nil),
        ]
        for (verification, expected) in cases {
            let id = world.command(
                .consent(relation: relation, wallet: son, accepted: true, verification),
                at: World.liaoning)
            #expect(world.status(id) == expected)
        }
        #expect(world.phase(relation, at: World.liaoning) == .active)
    }

    @Test func nobodyIsBornTomorrow() {
        let today = BusinessDate(at: world.now)
        for (born, expected) in [(today.next, Status?.some(.birthInFuture)), (today, nil)] {
            let id = world.newID()
            let box = world.boxes.seal("\(born)", born: born, to: World.shandong, context: id)
            world.command(
                .openAccount(
                    ServiceRequest.AccountOrder(
                        wallet: world.newWallet(), insurance: .resident, balance: 0,
                        sealedIdentity: box)), at: World.shandong, id: id)
            #expect(world.status(id) == expected)
        }
    }

    // MARK: Withdrawals

    private func withdraw(
        _ wallet: WalletID, for user: WalletID, _ kinship: Kinship?, issuer: String,
        _ reason: WithdrawalReason = .visit
    ) -> Identifier {
        let id = world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: wallet, amount: 10_00, reason: reason,
                    document: .init(
                        digest: world.sm3.digest(world.newID().bytes), amount: 10_00, user: user,
                        userProvince: World.shandong, issuer: issuer), userKinship: kinship,
                    commitmentDigest: world.digest(1))), at: World.shandong)
        world.deliver()
        return id
    }

    @Test("W1 W4: of whom, and from where, a paper is in Weihai")
    func papers() throws {
        let giver = citizen(Book.weihai, .employee, fen: 1000_00)
        let other = citizen(Book.weihai)
        world.command(
            .setCardAccount(wallet: giver, bank: "ICBC", account: "6222"), at: World.shandong)
        let far = "H31010100001"
        let cases: [(Kinship?, String, WithdrawalReason, Status?)] = [
            (.sibling, far, .visit, .kinshipNotAllowed),
            (.sibling, far, .premium, .kinshipNotAllowed),
            (nil, far, .visit, .kinshipNotAllowed), (.parentInLaw, far, .visit, nil),
            (.parent, "Ｈ３１０１０１－００００１", .visit, nil),
            (.parent, "H37100000001", .visit, .issuerNotElsewhere),
            (.parent, "h 371000 00001", .visit, .issuerNotElsewhere),
            (.parent, "H37030000001", .visit, nil),
            (.parent, "P37030000001", .visit, .institutionOfAnotherKind),
            (.parent, "H37030099999", .visit, .institutionNotDesignated),
            (.parent, "某某医院", .visit, .institutionNotDesignated),
            (.parent, "", .visit, .institutionNotDesignated),
            (.parent, "某某税务局", .premium, nil),
            (.parent, "Sample (medical) 370300", .visit, .issuerHasCode),
            (.parent, "ＳＡＭＰＬＥ　medical－370300", .premium, .issuerHasCode),
        ]
        for (kinship, issuer, reason, expected) in cases {
            let id = withdraw(giver, for: other, kinship, issuer: issuer, reason)
            #expect(world.status(id) == expected, "\(issuer) \(String(describing: kinship))")
            guard expected == .issuerHasCode, case .refused(let refused) = world.reply(id) else {
                continue
            }
            #expect(refused.grounds.limit == "its code H37030000001")
        }
        let own = withdraw(giver, for: giver, nil, issuer: far)
        #expect(world.status(own) == nil)
        world.audit()
    }

    @Test("W6: a quota that comes back after the balance was paid out is paid out too")
    func quotaStillOut() {
        let mover = citizen(Book.weihai, .employee, fen: 100_00)
        let mother = citizen(Book.weihai)
        world.command(
            .setCardAccount(wallet: mover, bank: "ICBC", account: "6222"), at: World.shandong)
        let relation = world.command(
            .createRelation(order(mover, mother, of: World.shandong)), at: World.shandong)
        #expect(world.setQuota(relation, 30_00, at: World.shandong) == nil)
        func resettle(_ fen: Int64) -> Identifier {
            world.command(
                .withdraw(
                    ServiceRequest.WithdrawalOrder(
                        wallet: mover, amount: fen, reason: .resettlement,
                        resettlement: .init(
                            record: world.digest(4), filed: BusinessDate(at: world.now)))),
                at: World.shandong)
        }
        let first = resettle(70_00)
        #expect(world.status(first) == nil)
        #expect(world.status(resettle(1)) == .notWholeBalance)
        world.command(.deposit(wallet: mover, amount: 5_00), at: World.shandong)
        #expect(world.end(relation, at: World.shandong) == nil)
        world.deliver()
        #expect(world.balance(.personal(mover), at: World.shandong) == 35_00)
        // What was paid in since is not of the balance that is moved.
        #expect(world.status(resettle(35_00)) == .notWholeBalance)
        let rest = resettle(30_00)
        #expect(world.status(rest) == nil)
        #expect(world.status(resettle(5_00)) == .resettledBefore)
        // Declined, it can be asked for once more.
        world.command(
            .reviewWithdrawal(rest, approved: false), at: World.shandong)
        #expect(world.status(resettle(30_00)) == nil)
        world.audit()
    }
}
