import Domain
import RuleSets
import Testing
import Wire

@testable import Settlement

/// Every event in every state of a withdrawal, against the table of `protocol/states.md`.
@Suite struct WithdrawalStates {
    static let columns: [WithdrawalState?] = [nil] + WithdrawalState.allCases
    static let words = columns.map { $0?.word ?? "none" }

    static let rules = Book.national([
        .withdrawalReasons(WithdrawalReason.allCases), .document([.premium, .visit]),
        .review([.visit, .resettlement]), .wholeBalanceOnce([.resettlement]),
        .withdrawalCommitment(WithdrawalReason.allCases),
        .payoutBanks([.init(bank: "ICBC", name: "x", address: "x", phone: "1")]),
    ])

    /// A withdrawal in Guangdong with a document of somebody in Shandong.
    final class Stage {
        let world = World(rules: WithdrawalStates.rules)
        let payer = World.guangdong
        let home = World.shandong
        let wallet: WalletID
        let user: WalletID
        private(set) var id: Identifier
        private(set) var order: ServiceRequest.WithdrawalOrder

        init(_ state: WithdrawalState?, reviewed: Bool) {
            wallet = world.person(.employee, in: World.guangdong, fen: 100_00)
            user = world.person(.resident, in: World.shandong, fen: 0)
            world.command(
                .setCardAccount(wallet: wallet, bank: "ICBC", account: "62220001"),
                at: World.guangdong)
            id = world.newID()
            order = ServiceRequest.WithdrawalOrder(wallet: wallet, amount: 40_00, reason: .other)
            order = form(reviewed ? .visit : .premium, document: true)
            if let state { make(state, reviewed: reviewed) }
            #expect(label == state?.word ?? "none")
        }

        func form(
            _ reason: WithdrawalReason, fen: Int64 = 40_00, document: Bool = false
        ) -> ServiceRequest.WithdrawalOrder {
            ServiceRequest.WithdrawalOrder(
                wallet: wallet, amount: fen, reason: reason,
                document: document
                    ? .init(
                        digest: world.digest(50), amount: fen, user: user, userProvince: home)
                    : nil,
                userKinship: document ? .parent : nil, commitmentDigest: world.digest(1),
                handler: "H1")
        }

        private func make(_ state: WithdrawalState, reviewed: Bool) {
            if state == .refused && !reviewed { useDocument() }
            withdraw(order)
            guard state != .claiming else {
                world.deliver(without: "document_answer")
                world.waiting = []
                return
            }
            world.deliver()
            if reviewed && state != .awaitingReview { review("R1", state != .refused) }
            guard state.rawValue > WithdrawalState.approved.rawValue, state != .refused else {
                return
            }
            world.command(.exportPayouts([id]), at: payer)
            if state == .paid { _ = bank(paid: true) }
            if state == .returned { _ = bank(paid: false) }
        }

        /// Somebody else withdraws with the same document first.
        func useDocument() {
            world.tell(
                .documentClaim(
                    DocumentClaim(
                        withdrawal: world.newID(), wallet: user, document: world.digest(50))),
                from: World.zhejiang, to: home)
            world.waiting = []
        }

        @discardableResult
        func withdraw(_ order: ServiceRequest.WithdrawalOrder) -> Identifier {
            world.command(.withdraw(order), at: payer, id: id)
        }

        @discardableResult
        func review(_ reviewer: String, _ approved: Bool) -> Identifier {
            world.command(
                .reviewWithdrawal(id, reviewer: reviewer, approved: approved), at: payer)
        }

        func bank(paid: Bool) -> Identifier {
            world.command(.returnPayout(id, paid: paid, reason: "closed"), at: payer)
        }

        func answer(
            _ status: Status? = nil, document: UInt8 = 50, from province: ProvinceCode? = nil
        ) {
            world.tell(
                .documentAnswer(
                    DocumentAnswer(
                        withdrawal: id, document: world.digest(document), status: status)),
                from: province ?? home, to: payer)
        }

        var label: String { world.withdrawal(id, at: payer)?.state.word ?? "none" }

        func watch(_ event: (Stage) -> Identifier?) -> Set<String> {
            let probe = StatesProbe(world, at: payer, personal: "account")
            let before = label
            let first = world.replies[id]?.last
            let count = world.replies[id]?.count ?? 0
            let request = event(self)
            var state: String?
            if label != before {
                state = "**→ \(label)**"
                if let reason = world.withdrawal(id, at: payer)?.refusal {
                    state? += " (\(reason.status.rawValue))"
                }
            }
            if request == id, let first, world.replies[id]?.count == count + 1,
                world.replies[id]?.last == first
            {
                return ["again"]
            }
            return probe.parts(state: state, request: request, earlier: id)
        }
    }

    struct Event {
        let title: String
        let columns: [WithdrawalState?]
        var reviewed: Bool?
        let happens: (Stage) -> Identifier?
    }

    static let known: [WithdrawalState?] = WithdrawalState.allCases

    private static func withdraw(
        _ title: String, _ form: @escaping (Stage) -> ServiceRequest.WithdrawalOrder
    ) -> Event {
        Event(title: title, columns: [nil]) { $0.withdraw(form($0)) }
    }

    static var asked: [Event] {
        [
            withdraw("`Withdraw`, nobody reviews") { $0.form(.other) },
            withdraw("`Withdraw`, somebody reviews") { $0.form(.resettlement, fen: 100_00) },
            withdraw("`Withdraw` with a document") { $0.form(.premium, document: true) },
            withdraw("`Withdraw` above the balance") { $0.form(.other, fen: 100_01) },
            Event(title: "`Withdraw`, the same again", columns: known) { $0.withdraw($0.order) },
            Event(
                title: "`document_answer`, nobody reviews",
                columns: columns.filter { $0 != .awaitingReview }, reviewed: false
            ) { stage in
                stage.answer()
                return nil
            },
            Event(
                title: "`document_answer`, somebody reviews", columns: columns, reviewed: true
            ) { stage in
                stage.answer()
                return nil
            },
            Event(title: "`document_answer`, used before", columns: columns) { stage in
                stage.answer(.documentUsed)
                return nil
            },
            Event(
                title: "`document_answer` of another province, or of another document",
                columns: columns
            ) { stage in
                stage.answer(from: World.zhejiang)
                stage.answer(document: 51)
                return nil
            },
        ]
    }

    static var decided: [Event] {
        [
            Event(title: "`ReviewWithdrawal`, approved", columns: columns) {
                $0.review("R1", true)
            },
            Event(title: "`ReviewWithdrawal`, declined", columns: columns) {
                $0.review("R1", false)
            },
            Event(title: "`ReviewWithdrawal` by the handler", columns: columns) {
                $0.review("H1", true)
            },
            Event(title: "`ReviewWithdrawal` by nobody", columns: columns) { $0.review("", true) },
            Event(title: "`ExportPayouts`", columns: columns) { stage in
                stage.world.command(.exportPayouts([stage.id]), at: stage.payer)
            },
            Event(title: "`ReturnPayout`, paid", columns: columns) { $0.bank(paid: true) },
            Event(title: "`ReturnPayout`, not paid", columns: columns) { $0.bank(paid: false) },
        ]
    }

    static var events: [Event] { asked + decided }
    static let titles = events.map(\.title)

    static func rows() throws -> [String: [String]] {
        StatesPage.rows(of: try StatesPage.tables(under: "## Withdrawal"), columns: words)
    }

    @Test func theTableHasEveryEvent() throws {
        #expect(Set(try Self.rows().keys) == Set(Self.titles))
    }

    @Test(arguments: titles)
    func everyCellIsWhatHappens(_ title: String) throws {
        let event = try #require(Self.events.first { $0.title == title })
        StatesPage.compare(try Self.rows(), title, columns: Self.words) { index in
            let column = Self.columns[index]
            guard event.columns.contains(column) else { return nil }
            let stage = Stage(column, reviewed: event.reviewed ?? (column == .awaitingReview))
            let parts = stage.watch(event.happens)
            stage.world.deliver()
            stage.world.audit()
            return parts
        }
    }
}
