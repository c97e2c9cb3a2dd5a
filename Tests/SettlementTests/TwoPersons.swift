import Domain
import Ledger
import Storage
import Testing
import Wire

@testable import Settlement

/// What one member of staff cannot do alone (`protocol/service.md`, Two persons).
@Suite struct TwoPersons {
    let world = World(rules: WithdrawalStates.rules)
    private let agency = World.guangdong
    private let alone = "S-17"

    init() { world.controls = Controls() }

    private func open(fen: Int64) -> WalletID {
        let wallet = world.newWallet()
        _ = world.refusal(
            .openAccount(
                ServiceRequest.AccountOrder(wallet: wallet, insurance: .employee, balance: fen)),
            at: agency, by: alone)
        return wallet
    }

    private func setCard(_ wallet: WalletID, _ number: String = "6222021614000017") -> Status? {
        world.refusal(
            .setCardAccount(wallet: wallet, bank: "ICBC", account: number), at: agency, by: alone)
    }

    private func confirm(
        _ wallet: WalletID, _ number: String = "6222021614000017", by person: String
    ) -> Status? {
        world.refusal(
            .confirmCardAccount(wallet: wallet, bank: "ICBC", account: number), at: agency,
            by: person)
    }

    private func withdraw(_ wallet: WalletID, fen: Int64, _ reason: WithdrawalReason = .other)
        -> Identifier
    {
        world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: wallet, amount: fen, reason: reason,
                    commitmentDigest: world.digest(1))), at: agency, by: alone)
    }

    private func export(_ ids: [Identifier], by person: String) -> Status? {
        world.refusal(.exportPayouts(ids), at: agency, by: person)
    }

    private func history(_ wallet: WalletID) throws -> [PersonChange] {
        try world.store(agency).read { try $0.personChanges(of: wallet, after: 0, limit: 100) }
    }

    @Test func oneKeyMakesMoneyAndCannotPayItOut() {
        #expect(
            world.status(
                world.command(
                    .openAccount(
                        ServiceRequest.AccountOrder(
                            wallet: world.newWallet(), insurance: .employee,
                            balance: 9_000_000_000_00)), at: agency, by: alone))
                == .depositAboveLimit)
        let wallet = open(fen: 100_00)
        #expect(setCard(wallet) == nil)
        let id = withdraw(wallet, fen: 100_00)
        // No rule asks for a review: it is approved at once.
        #expect(world.withdrawal(id, at: agency)?.state == .approved)
        #expect(export([id], by: alone) == .cardAccountTooNew)
        #expect(confirm(wallet, by: alone) == .secondPersonMissing)
        world.advance(days: 2)
        #expect(export([id], by: alone) == .secondPersonMissing)
        // Other letters and spaces make no other person.
        #expect(export([id], by: " s-17") == .secondPersonMissing)
        #expect(world.withdrawal(id, at: agency)?.state == .approved)
        #expect(export([id], by: "S-18") == nil)
        #expect(world.withdrawal(id, at: agency)?.exporter == "S-18")
        #expect(world.withdrawal(id, at: agency)?.handler == alone)
        world.audit()
    }

    @Test func aListWithOneOfTheExportersOwnIsNotHandedOver() {
        let wallet = open(fen: 100_00)
        #expect(setCard(wallet) == nil)
        world.advance(days: 2)
        let own = withdraw(wallet, fen: 1_00)
        let another = world.command(
            .withdraw(
                ServiceRequest.WithdrawalOrder(
                    wallet: wallet, amount: 1_00, reason: .other,
                    commitmentDigest: world.digest(1))), at: agency, by: "S-18")
        #expect(export([another, own], by: alone) == .secondPersonMissing)
        #expect(export([another, own], by: "S-18") == .secondPersonMissing)
        #expect(export([another, own], by: "S-19") == nil)
        world.audit()
    }

    @Test func theReviewerIsThePersonWhoAsks() {
        let wallet = open(fen: 100_00)
        #expect(setCard(wallet) == nil)
        let id = withdraw(wallet, fen: 100_00, .resettlement)
        func review(by person: String) -> Status? {
            world.refusal(
                .reviewWithdrawal(id, approved: true), at: agency, by: person)
        }
        #expect(review(by: alone) == .reviewerIsHandler)
        #expect(review(by: " s-17 ") == .reviewerIsHandler)
        #expect(review(by: "S-18") == nil)
        #expect(world.withdrawal(id, at: agency)?.reviewer == "S-18")
        world.audit()
    }

    @Test func aNewCardIsPaidToAfterItsTimeOrWhenAnotherHasConfirmedIt() {
        let wallet = open(fen: 100_00)
        #expect(setCard(wallet) == nil)
        let id = withdraw(wallet, fen: 1_00)
        world.advance(milliseconds: 24 * 3_600_000 - 1)
        #expect(export([id], by: "S-18") == .cardAccountTooNew)
        // The same number once more does not begin anew.
        #expect(setCard(wallet) == nil)
        world.advance(milliseconds: 1)
        #expect(export([id], by: "S-18") == nil)

        #expect(setCard(wallet, "6222021614000025") == nil)
        let next = withdraw(wallet, fen: 1_00)
        #expect(export([next], by: "S-18") == .cardAccountTooNew)
        #expect(confirm(wallet, "6222021614000017", by: "S-18") == .cardAccountMissing)
        #expect(confirm(wallet, "6222021614000025", by: "S-18") == nil)
        #expect(export([next], by: "S-18") == nil)
        // A confirmation is of one account; the next one has none.
        #expect(setCard(wallet, "6222021614000033") == nil)
        #expect(export([withdraw(wallet, fen: 1_00)], by: "S-18") == .cardAccountTooNew)
        world.audit()
    }

    @Test func deposits() {
        let most = Controls().depositFenMax
        let wallet = open(fen: Controls().openingBalanceFenMax)
        func deposit(_ fen: Int64) -> Status? {
            world.refusal(.deposit(wallet: wallet, amount: fen), at: agency, by: alone)
        }
        #expect(deposit(most + 1) == .depositAboveLimit)
        #expect(deposit(most - 1) == nil)
        // In parts it is no more.
        #expect(deposit(2) == .depositAboveLimit)
        #expect(deposit(1) == nil)
        #expect(deposit(1) == .depositAboveLimit)
        world.advance(days: 1)
        #expect(deposit(most) == nil)
        #expect(
            world.balance(.personal(wallet), at: agency)
                == Controls().openingBalanceFenMax + 2 * most)
        let above = world.newWallet()
        #expect(
            world.refusal(
                .openAccount(
                    ServiceRequest.AccountOrder(
                        wallet: above, insurance: .employee,
                        balance: Controls().openingBalanceFenMax + 1)), at: agency)
                == .depositAboveLimit)
        #expect(world.person(above, at: agency) == nil)
        world.audit()
    }

    @Test func whatIsRecordedIsNeverOverwritten() throws {
        let wallet = open(fen: 100_00)
        #expect(setCard(wallet) == nil)
        #expect(setCard(wallet) == nil)
        #expect(setCard(wallet, "62220") == nil)
        #expect(confirm(wallet, "62220", by: "S-18") == nil)
        #expect(confirm(wallet, "62220", by: "S-19") == nil)
        let until = BusinessDate(at: world.now)
        let violation = world.command(
            .recordViolation(wallet: wallet, reason: "lent the card", until: until), at: agency,
            by: "S-20")
        _ = world.refusal(
            .changeInsurance(wallet: wallet, insurance: .employee, standing: .suspended),
            at: agency, by: "S-21")
        let kept = try history(wallet)
        #expect(kept.map(\.number) == [1, 2, 3, 4, 5, 6])
        #expect(
            kept.map(\.what)
                == [
                    .opened, .cardAccount, .cardAccount, .cardConfirmed, .violation, .insurance,
                ])
        #expect(kept.map(\.by.person) == [alone, alone, alone, "S-18", "S-20", "S-21"])
        #expect(kept[1].before.isEmpty)
        #expect(kept[1].after == "ICBC …0017")
        #expect(kept[2].before == "ICBC …0017")
        // Too short to show a part of it.
        #expect(kept[2].after == "ICBC …")
        #expect(kept[4].after == "until \(until): lent the card")
        #expect(kept[4].request == violation)
        #expect(kept[5].before == "employee insured")
        #expect(kept[5].after == "employee suspended")
        // A command that is refused records nothing.
        #expect(confirm(wallet, "1", by: "S-18") == .cardAccountMissing)
        #expect(try history(wallet) == kept)
    }

    @Test(arguments: [
        ("local", "local", false), ("local", "local:wang", false), ("local:wang", "local", false),
        ("local:wang", "local:wang", false), ("local:wang", "local:li", true),
        ("local", "S-17", true), ("S-17", "S-18", true), ("S-17", " s-17 ", false),
    ])
    func twoPersonsAreTwo(_ one: String, _ other: String, _ areTwo: Bool) {
        #expect(Principal.areTwo(one, other) == areTwo)
    }
}
