import Domain
import Ledger
import RuleSets
import Testing
import Wire

@testable import Settlement

/// One document and two withdrawals (rules W1, W4); what is looked at again before the bank is told
/// (rules W7, W11).
@Suite struct DocumentStories {
    let world = World(rules: WithdrawalStates.rules)
    let one: WalletID
    let two: WalletID
    /// In Zhejiang.
    let father: WalletID
    /// In Shandong.
    let mother: WalletID

    init() {
        one = world.person(.employee, in: World.guangdong, fen: 100_00)
        two = world.person(.employee, in: World.guangdong, fen: 100_00)
        father = world.person(.resident, in: World.zhejiang, fen: 0)
        mother = world.person(.resident, in: World.shandong, fen: 0)
        setCard(one)
        setCard(two)
    }

    private func setCard(
        _ wallet: WalletID, _ bank: String = "ICBC", _ account: String = "6222",
        at province: ProvinceCode = World.guangdong
    ) {
        world.command(
            .setCardAccount(wallet: wallet, bank: bank, account: account), at: province)
    }

    /// With the document that all these stories are about.
    private func withdraw(
        _ wallet: WalletID, for user: WalletID, of userProvince: ProvinceCode,
        _ reason: WithdrawalReason = .premium, at province: ProvinceCode = World.guangdong
    ) -> Identifier {
        world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: wallet, amount: 40_00, reason: reason,
                    document: .init(
                        digest: world.digest(9), amount: 40_00, user: user,
                        userProvince: userProvince),
                    userKinship: .parent, commitmentDigest: world.digest(1))),
            at: province)
    }

    private func state(_ id: Identifier, at province: ProvinceCode = World.guangdong)
        -> WithdrawalState?
    {
        world.withdrawal(id, at: province)?.state
    }

    // MARK: Documents

    @Test(
        "W1: a paper names one person, so a second withdrawal of it is refused at once",
        arguments: [false, true])
    func namedForTwo(_ isDelivered: Bool) {
        let first = withdraw(one, for: father, of: World.zhejiang)
        if isDelivered { world.deliver() }
        let waiting = world.waiting.count
        let second = withdraw(two, for: mother, of: World.shandong)
        #expect(world.status(second) == .documentUsed)
        #expect(world.waiting.count == waiting)
        world.deliver()
        #expect(state(first) == .approved)
        #expect(state(second) == nil)
        #expect(world.balance(.personal(two), at: World.guangdong) == 100_00)
        world.audit()
    }

    @Test(
        "W1: when no money left for it, a document serves again",
        arguments: ["declined", "returned"], [false, true])
    func servesAgain(_ end: String, _ isElsewhere: Bool) {
        let first = withdraw(
            one, for: father, of: World.zhejiang, end == "declined" ? .visit : .premium)
        world.deliver()
        if end == "declined" {
            world.command(
                .reviewWithdrawal(first, approved: false), at: World.guangdong)
            #expect(state(first) == .refused)
        } else {
            world.command(.exportPayouts([first]), at: World.guangdong)
            world.command(
                .returnPayout(first, paid: false, reason: "closed"), at: World.guangdong)
            #expect(state(first) == .returned)
        }
        world.deliver()
        let payer = isElsewhere ? World.liaoning : World.guangdong
        let wallet = isElsewhere ? world.person(.employee, in: payer, fen: 100_00) : two
        setCard(wallet, at: payer)
        // The form was wrong about whose paper it is, or is now.
        for (user, home, expected) in [
            (mother, World.shandong, WithdrawalState.approved), (father, World.zhejiang, nil),
        ] {
            let next = withdraw(wallet, for: user, of: home, at: payer)
            world.deliver()
            #expect(state(next, at: payer) == expected)
        }
        world.audit()
    }

    @Test("W1: a claim that was refused leaves the paper to whom it names")
    func refusedClaim() {
        let wrong = withdraw(one, for: mother, of: World.zhejiang)
        world.deliver()
        #expect(world.status(wrong) == .recipientUnknown)
        let right = withdraw(one, for: mother, of: World.shandong)
        world.deliver()
        #expect(state(right) == .approved)
        world.audit()
    }

    @Test("W1: what another province remembers is refused there, and forgotten here")
    func usedElsewhere() {
        let sister = world.person(.employee, in: World.liaoning, fen: 100_00)
        setCard(sister, at: World.liaoning)
        let first = withdraw(sister, for: father, of: World.zhejiang, .visit, at: World.liaoning)
        world.deliver()
        let second = withdraw(one, for: father, of: World.zhejiang)
        world.deliver()
        #expect(world.status(second) == .documentUsed)
        world.command(
            .reviewWithdrawal(first, approved: false), at: World.liaoning)
        world.deliver()
        let third = withdraw(one, for: father, of: World.zhejiang)
        world.deliver()
        #expect(state(third) == .approved)
        world.audit()
    }

    @Test func whoHasMovedRemembersNoDocuments() {
        world.change(father, .moved, .resident, at: World.zhejiang)
        world.command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: father, insurance: .resident, balance: 0, region: nil,
                    sealedIdentity: nil)), at: World.shandong)
        let old = withdraw(one, for: father, of: World.zhejiang)
        world.deliver()
        #expect(world.status(old) == .recipientUnknown)
        let new = withdraw(one, for: father, of: World.shandong)
        world.deliver()
        #expect(state(new) == .approved)
        world.audit()
    }

    @Test func withinOneProvinceTheUserOfADocumentIsThereToo() {
        for moved in [false, true] {
            let user =
                moved
                ? world.person(.resident, in: World.guangdong, fen: 0) : world.newWallet()
            if moved { world.change(user, .moved, .resident, at: World.guangdong) }
            let id = withdraw(one, for: user, of: World.guangdong)
            world.deliver()
            #expect(world.status(id) == .recipientUnknown)
        }
        world.audit()
    }

    // MARK: Export

    private func withdrawOther(_ wallet: WalletID) -> Identifier {
        let id = world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: wallet, amount: 40_00, reason: .other,
                    commitmentDigest: world.digest(1))), at: World.guangdong)
        #expect(state(id) == .approved)
        return id
    }

    @Test(
        "W7 W11: what has come to stand against one payment since stops the list, and names it",
        arguments: [
            ("a violation", Status.violationRecorded), ("another bank", .bankNotListed),
            ("no account", .cardAccountMissing), ("another account", .cardAccountMissing),
        ])
    func exportLooksAgain(_ change: String, _ expected: Status) {
        // A set that asks for no bank lets somebody without card account withdraw.
        let checks: [Check] = [
            .withdrawalReasons([.other]), .withdrawalCommitment(WithdrawalReason.allCases),
        ]
        world.enforce(checks)
        let bad = world.person(.employee, in: World.guangdong, fen: 100_00)
        if change != "no account" { setCard(bad) }
        let ids = [one, bad, two].map { withdrawOther($0) }
        switch change {
        case "a violation":
            world.command(
                .recordViolation(
                    wallet: bad, reason: "x", until: BusinessDate(at: world.now)),
                at: World.guangdong)
        case "another bank": setCard(bad, "ABC")
        case "another account": setCard(bad, "ICBC", "6223")
        default: break
        }
        world.enforce(
            checks + [
                .noViolation,
                .payoutBanks([.init(bank: "ICBC", name: "x", address: "x", phone: "1")]),
            ])
        let export = world.command(.exportPayouts(ids), at: World.guangdong)
        guard case .refused(let refused) = world.reply(export) else {
            Issue.record("handed over")
            return
        }
        #expect(Status(rawValue: refused.status) == expected)
        #expect(refused.grounds.compared.contains("\(ids[1])"))
        #expect(ids.map { state($0) } == [.approved, .approved, .approved])
        #expect(world.refusal(.exportPayouts([ids[0], ids[2]]), at: World.guangdong) == nil)
        #expect(ids.map { state($0) } == [.handedOver, .approved, .handedOver])
        // Whose account was set back to what it was can be paid after all.
        if change == "another bank" || change == "another account" {
            setCard(bad)
            #expect(world.refusal(.exportPayouts([ids[1]]), at: World.guangdong) == nil)
        }
        world.audit()
    }

    // MARK: Staff

    @Test(
        "W6: upper case and spaces make no other person",
        arguments: ["anna li 7", "Anna Li7", " ANNA LI 7 ", "Anna\u{3000}Li\u{a0}7"])
    func onePersonOfTheStaff(_ reviewer: String) {
        let id = world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: one, amount: 100_00, reason: .resettlement,
                    commitmentDigest: world.digest(1))), at: World.guangdong, by: "Anna Li 7")
        func review(by reviewer: String) -> Status? {
            world.refusal(
                .reviewWithdrawal(id, approved: true), at: World.guangdong, by: reviewer)
        }
        #expect(review(by: reviewer) == .reviewerIsHandler)
        #expect(state(id) == .awaitingReview)
        #expect(review(by: "Anna Li 8") == nil)
        world.audit()
    }
}
