import Domain
import Ledger
import RuleSets
import Storage
import Testing
import Wire

@testable import Settlement

/// Withdrawals in Weihai, with documents of other provinces (rules W1, W4, W6, W9 to W11).
@Suite struct WithdrawalStories {
    let world = World()
    let giver: WalletID
    let father: WalletID

    init() {
        giver = world.person(.employee, in: World.shandong, fen: 100_00, region: Book.weihai)
        father = world.person(.resident, in: World.zhejiang, fen: 0)
        setCard(giver)
    }

    private func setCard(_ wallet: WalletID, at province: ProvinceCode = World.shandong) {
        world.command(
            .setCardAccount(wallet: wallet, bank: "ICBC", account: "6222"), at: province)
    }

    private func order(
        _ reason: WithdrawalReason, fen: Int64, of wallet: WalletID? = nil,
        document: UInt8? = nil, says: Int64? = nil, handler: String = "H1",
        byAgent: Bool = false, commitment: Bool = true
    ) -> ServiceRequest.WithdrawalOrder {
        ServiceRequest.WithdrawalOrder(
            wallet: wallet ?? giver, amount: fen, reason: reason,
            document: document.map { document in
                .init(
                    digest: world.digest(document), amount: says ?? fen, user: father,
                    userProvince: World.zhejiang)
            },
            userKinship: .parent, commitmentDigest: commitment ? world.digest(1) : nil,
            handler: handler, byAgent: byAgent,
            resettlement: reason == .resettlement
                ? .init(record: world.digest(4), filed: BusinessDate(at: world.now)) : nil)
    }

    @discardableResult
    private func withdraw(
        _ order: ServiceRequest.WithdrawalOrder, id: Identifier? = nil,
        at province: ProvinceCode = World.shandong
    ) -> Identifier {
        world.command(.withdraw(order), at: province, id: id)
    }

    private func account(_ wallet: WalletID? = nil) -> Int64 {
        world.balance(.personal(wallet ?? giver), at: World.shandong)
    }

    private func state(_ id: Identifier, at province: ProvinceCode = World.shandong)
        -> WithdrawalState?
    {
        world.withdrawal(id, at: province)?.state
    }

    @Test("W1: the amount is the document's, and the document serves once")
    func documents() {
        #expect(world.status(withdraw(order(.premium, fen: 40_00))) == .documentMissing)
        #expect(
            world.status(withdraw(order(.premium, fen: 40_00, document: 9, says: 39_00)))
                == .amountNotOfDocument)
        let first = withdraw(order(.premium, fen: 40_00, document: 9))
        #expect(state(first) == .claiming)
        #expect(account() == 60_00)
        world.deliver()
        #expect(state(first) == .approved)
        #expect(world.balance(.payout, at: World.shandong) == 40_00)
        let again = withdraw(order(.visit, fen: 40_00, document: 9))
        world.deliver()
        #expect(world.status(again) == .documentUsed)
        #expect(world.withdrawal(again) == nil)
        #expect(account() == 60_00)
        world.audit()
    }

    @Test(
        "W1: of two provinces that use a document at the same time exactly one may",
        arguments: [true, false])
    func twoProvincesAtOnce(_ isFirstHeardFirst: Bool) {
        world.rules = WithdrawalStates.rules
        let sister = world.person(.employee, in: World.guangdong, fen: 100_00)
        setCard(sister, at: World.guangdong)
        let one = withdraw(order(.premium, fen: 40_00, document: 9))
        let two = withdraw(
            order(.premium, fen: 40_00, of: sister, document: 9), at: World.guangdong)
        if !isFirstHeardFirst { world.waiting.reverse() }
        world.deliver()
        let states = [state(one), state(two, at: World.guangdong)]
        #expect(states == (isFirstHeardFirst ? [.approved, .refused] : [.refused, .approved]))
        #expect(world.status(isFirstHeardFirst ? two : one) == .documentUsed)
        world.audit()
    }

    @Test func theSameWithdrawalAskedAgainIsTheSame() {
        let form = order(.premium, fen: 40_00, document: 9)
        let id = withdraw(form)
        withdraw(form, id: id)
        // The claim comes twice; the second time it is known, and this withdrawal's.
        let claim = world.waiting[0]
        world.waiting.append(claim)
        world.deliver()
        #expect(state(id) == .approved)
        let first = world.replies[id]?.last
        withdraw(form, id: id)
        #expect(world.replies[id]?.last == first)
        withdraw(order(.premium, fen: 41_00, document: 9), id: id)
        #expect(world.status(id) == .idReused)
        #expect(account() == 60_00)
        #expect(world.rejections.isEmpty)
        world.audit()
    }

    @Test func aDocumentOfSomebodyWhoIsNotThereIsRefused() {
        let form = ServiceRequest.WithdrawalOrder(
            wallet: giver, amount: 1, reason: .premium,
            document: .init(
                digest: world.digest(9), amount: 1, user: world.newWallet(),
                userProvince: World.zhejiang), userKinship: .parent,
            commitmentDigest: world.digest(1))
        let id = withdraw(form)
        world.deliver()
        #expect(world.status(id) == .recipientUnknown)
        #expect(account() == 100_00)
        world.audit()
    }

    @Test("W9 W10 W11: what the form must have, in the order of the numbers")
    func forms() {
        let poor = world.person(.employee, in: World.shandong, fen: 1, region: Book.weihai)
        let elsewhere = world.person(.employee, in: World.shandong, fen: 1, region: Book.zibo)
        let other = world.person(.employee, in: World.shandong, fen: 1, region: Book.weihai)
        world.command(
            .setCardAccount(wallet: other, bank: "ABC", account: "1"), at: World.shandong)
        let cases: [(ServiceRequest.WithdrawalOrder, Status)] = [
            (order(.other, fen: 0), .amountNotPositive),
            (order(.other, fen: 1, of: world.newWallet()), .walletUnknown),
            (order(.other, fen: 1, commitment: false), .commitmentMissing),
            (order(.other, fen: 1, byAgent: true), .agentIdentityMissing),
            (order(.other, fen: 1, of: elsewhere), .withdrawalReasonNotAllowed),
            (order(.resettlement, fen: 100_00, handler: ""), .handlerMissing),
            (order(.other, fen: 1, of: other), .bankNotListed),
            (order(.other, fen: 1, of: poor), .cardAccountMissing),
            (order(.resettlement, fen: 99_99), .notWholeBalance),
            (order(.other, fen: 100_01), .insufficientBalance),
        ]
        for (form, expected) in cases { #expect(world.status(withdraw(form)) == expected) }
        let today = BusinessDate(at: world.now)
        world.command(
            .recordViolation(wallet: giver, reason: "x", until: today), at: World.shandong)
        #expect(world.status(withdraw(order(.other, fen: 1))) == .violationRecorded)
        #expect(account() == 100_00)
        world.audit()
    }

    // MARK: Review

    private func review(_ id: Identifier, by reviewer: String, _ approved: Bool = true) -> Status? {
        world.refusal(
            .reviewWithdrawal(id, reviewer: reviewer, approved: approved), at: World.shandong)
    }

    @Test("W6: somebody else than the handler reviews, and who declines sends the money back")
    func reviews() {
        let id = withdraw(order(.resettlement, fen: 100_00))
        #expect(state(id) == .awaitingReview)
        #expect(account() == 0)
        #expect(review(id, by: "H1") == .reviewerIsHandler)
        #expect(review(id, by: "") == .handlerMissing)
        #expect(review(world.newID(), by: "R1") == .withdrawalUnknown)
        #expect(review(id, by: "R1", false) == nil)
        #expect(state(id) == .refused)
        #expect(world.withdrawal(id)?.refusal?.status == .withdrawalDeclined)
        #expect(account() == 100_00)
        #expect(review(id, by: "R2") == .withdrawalNotOpen)
        let next = withdraw(order(.resettlement, fen: 100_00))
        #expect(review(next, by: "R1") == nil)
        #expect(state(next) == .approved)
        world.audit()
    }

    @Test("W6: a resettlement is once, and once more when the bank returned it")
    func resettlement() {
        let id = withdraw(order(.resettlement, fen: 100_00))
        // What comes in while it is reviewed is not resettled too.
        world.command(.deposit(wallet: giver, amount: 7_00), at: World.shandong)
        #expect(
            world.status(withdraw(order(.resettlement, fen: 7_00))) == .resettledBefore)
        #expect(review(id, by: "R1") == nil)
        #expect(
            world.status(withdraw(order(.resettlement, fen: 7_00))) == .resettledBefore)
        world.command(.exportPayouts([id]), at: World.shandong)
        world.command(.returnPayout(id, paid: false, reason: "closed"), at: World.shandong)
        #expect(account() == 107_00)
        let again = withdraw(order(.resettlement, fen: 107_00))
        #expect(review(again, by: "R1") == nil)
        world.command(.exportPayouts([again]), at: World.shandong)
        world.command(.returnPayout(again, paid: true, reason: ""), at: World.shandong)
        world.command(.deposit(wallet: giver, amount: 1), at: World.shandong)
        #expect(world.status(withdraw(order(.resettlement, fen: 1))) == .resettledBefore)
        world.audit()
    }

    // MARK: The bank

    @Test func aListWithOneBadNameHandsOverNone() {
        let good = (0..<2).map { _ in withdraw(order(.other, fen: 1_00)) }
        let open = withdraw(order(.premium, fen: 1_00, document: 9))
        for (list, expected) in [
            (good + [open], Status.withdrawalNotOpen), (good + [world.newID()], .withdrawalUnknown),
            (good + [good[0]], .malformed), ([], .malformed),
        ] {
            #expect(world.refusal(.exportPayouts(list), at: World.shandong) == expected)
            #expect(good.map { state($0) } == [.approved, .approved])
        }
        let export = world.command(.exportPayouts(good), at: World.shandong)
        guard case .payout(let list) = world.reply(export) else {
            Issue.record("no list")
            return
        }
        #expect(list.instructions.map(\.amountFen) == [1_00, 1_00])
        #expect(list.instructions.map(\.bank) == ["ICBC", "ICBC"])
        #expect(good.allSatisfy { state($0) == .handedOver })
        #expect(world.withdrawal(good[0])?.payout == export)
        world.deliver()
        world.audit()
    }

    @Test func theBankSaysPaidOrNotAndMayRepeatItself() {
        let ids = (0..<2).map { _ in withdraw(order(.other, fen: 30_00)) }
        world.command(.exportPayouts(ids), at: World.shandong)
        func bank(_ id: Identifier, _ paid: Bool) -> Status? {
            world.refusal(
                .returnPayout(id, paid: paid, reason: "account closed"), at: World.shandong)
        }
        for _ in 0..<2 {
            #expect(bank(ids[0], true) == nil)
            #expect(bank(ids[1], false) == nil)
        }
        #expect(bank(ids[0], false) == .withdrawalNotOpen)
        #expect(bank(ids[1], true) == .withdrawalNotOpen)
        #expect(ids.map { state($0) } == [.paid, .returned])
        #expect(world.withdrawal(ids[1])?.bankReason == "account closed")
        #expect(account() == 70_00)
        #expect(world.balance(.payout, at: World.shandong) == 30_00)
        world.audit()
    }

    @Test func aDocumentForWhichNoMoneyLeftServesAgain() {
        let id = withdraw(order(.premium, fen: 40_00, document: 9))
        world.deliver()
        world.command(.exportPayouts([id]), at: World.shandong)
        world.command(.returnPayout(id, paid: false, reason: "closed"), at: World.shandong)
        world.deliver()
        let again = withdraw(order(.premium, fen: 40_00, document: 9))
        world.deliver()
        #expect(state(again) == .approved)
        #expect(account() == 60_00)
        world.audit()
    }
}
