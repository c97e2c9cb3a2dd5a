import Domain
import Ledger
import Storage
import Testing
import Wire

@testable import Settlement

/// To whom an answer belongs, and of which refusals nothing is kept.
@Suite struct AnswersAndAskers {
    private let ward = Principal(client: "hospital-1", person: "Li", role: .institution)
    private let other = Principal(client: "hospital-2", person: "Wang", role: .institution)
    private let hospital = Book.institution(.medical, in: RegionCode(World.shanghai))

    private func ask(
        _ world: World, _ command: ServiceRequest.Command, id: Identifier, as principal: Principal,
        connection: UInt64 = 1
    ) -> Status? {
        world.run(
            [
                .command(
                    command, id: id, digest: world.digest(of: command),
                    caller: Caller(connection: connection, principal: principal))
            ], at: World.shanghai)
        return world.status(id)
    }

    private func answers(_ world: World) throws -> [Identifier] {
        var ids: [Identifier] = []
        try world.store(World.shanghai).read { try $0.forEachAnswer { id, _ in ids.append(id) } }
        return ids
    }

    /// Whoever had another's octets had its answer.
    @Test func whoRepeatsTheOctetsOfAnotherGetsNoAnswer() throws {
        let world = World()
        let wallet = WalletID(world.newID())
        world.command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: wallet, insurance: .employee, balance: 100, region: nil,
                    sealedIdentity: nil)), at: World.shanghai)
        let deposit = ServiceRequest.Command.deposit(wallet: wallet, amount: 5)
        let id = world.newID()
        #expect(ask(world, deposit, id: id, as: ward) == nil)
        let told = world.replies[id]?.last
        #expect(ask(world, deposit, id: id, as: other) == .idReused)
        #expect(ask(world, deposit, id: id, as: .local()) == .idReused)
        // Another person with the same key is the same client.
        let colleague = Principal(client: "hospital-1", person: "Zhao", role: .institution)
        #expect(ask(world, deposit, id: id, as: colleague) == nil)
        #expect(world.replies[id]?.last == told)
        #expect(world.balance(.personal(wallet), at: World.shanghai) == 105)
    }

    /// The same while there is no answer yet: nobody waits for another's.
    @Test func whoRepeatsTheOctetsOfAnotherDoesNotWaitForItsAnswer() throws {
        let world = World()
        let wallet = WalletID(world.newID())
        let order = ServiceRequest.SettlementOrder(
            wallet: wallet, walletProvince: World.shandong,
            institution: hospital, category: .medicalCare, amount: 100, mode: .exact,
            holdMilliseconds: 0, withoutOwnAccount: false, bill: world.bill(wallet, fen: 100))
        let id = world.newID()
        #expect(ask(world, .settleReserve(order), id: id, as: ward) == nil)
        #expect(world.replies[id] == nil)
        #expect(ask(world, .settleReserve(order), id: id, as: other) == .idReused)
        world.deliver()
        #expect(world.replies[id]?.count == 2, "the refusal, and one answer")
    }

    /// One hospital kept 96,000 rows in eight seconds, for ever.
    @Test func nothingIsKeptOfARequestThatChangedNothing() throws {
        let world = World()
        let unknown = world.newID()
        let bill = world.bill(WalletID(unknown), fen: 100)
        func order(
            amount: Int64 = 100, in province: ProvinceCode? = World.shandong,
            category: Domain.Category? = .medicalCare, bill: Bill?
        ) -> ServiceRequest.Command {
            .settleReserve(
                ServiceRequest.SettlementOrder(
                    wallet: WalletID(unknown), walletProvince: province,
                    institution: hospital, category: category, amount: amount, mode: .exact,
                    holdMilliseconds: 0, withoutOwnAccount: false, bill: bill))
        }
        let cases: [(ServiceRequest.Command, Status)] = [
            (.settleCommit(transaction: unknown, final: 1), .transactionUnknown),
            (.settleCommit(transaction: unknown, final: 0), .amountNotPositive),
            (.settleReverse(transaction: unknown), .transactionUnknown),
            (.settleCancel(transaction: unknown), .transactionUnknown),
            (.resolveInDoubt(transaction: unknown, certificate: nil), .transactionUnknown),
            (order(amount: -1, bill: bill), .amountNotPositive),
            (order(in: nil, bill: bill), .unknownProvince),
            (order(category: nil, bill: bill), .categoryUnknown),
            (order(bill: nil), .billIncomplete),
            (.setQuota(relation: unknown, available: 1), .relationUnknown),
            (.supplyProof(relation: unknown, proof: .zero), .relationUnknown),
            (.endRelation(relation: unknown, over: .agencyWindow, nil), .relationUnknown),
            (.reviewWithdrawal(unknown, approved: true), .withdrawalUnknown),
            (.exportPayouts([unknown]), .withdrawalUnknown),
            (.exportPayouts([]), .malformed),
            (.returnPayout(unknown, paid: true, reason: ""), .withdrawalUnknown),
            (.deposit(wallet: WalletID(unknown), amount: 0), .amountNotPositive),
            (
                .recordViolation(
                    wallet: WalletID(unknown), reason: "", until: BusinessDate(daysSince1970: 1)),
                .malformed
            ),
            (.resumeLink(World.shanghai), .unknownProvince),
        ]
        for (command, status) in cases {
            let id = world.newID()
            #expect(ask(world, command, id: id, as: ward) == status, "\(command)")
            #expect(try answers(world).isEmpty, "\(command)")
            // The id is as free as before.
            #expect(ask(world, command, id: id, as: other) == status)
        }
    }

    /// Money that was refused does not come later under the old id.
    @Test func whatCouldComeTwiceIsRefusedForEver() throws {
        let world = World()
        let wallet = WalletID(world.newID())
        let deposit = ServiceRequest.Command.deposit(wallet: wallet, amount: 5)
        let first = world.newID()
        #expect(ask(world, deposit, id: first, as: ward) == .walletUnknown)
        #expect(try Set(answers(world)) == [first])
        world.command(
            .openAccount(
                ServiceRequest.AccountOrder(
                    wallet: wallet, insurance: .employee, balance: 100, region: nil,
                    sealedIdentity: nil)), at: World.shanghai)
        #expect(ask(world, deposit, id: first, as: ward) == .walletUnknown)
        #expect(world.balance(.personal(wallet), at: World.shanghai) == 100)
    }
}
