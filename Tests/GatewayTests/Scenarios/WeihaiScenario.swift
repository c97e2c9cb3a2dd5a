import Domain
import Foundation
import Gateway
import Ledger
import Settlement
import Storage
import Testing
import Wire

/// The notice of Weihai (2020), in its province, with a second province that has rules of its own for
/// withdrawals: the same voucher may turn up there.
@Suite(.serialized, .scene { try provinceOfWeihaiAndAnother() })
struct WeihaiScenario {
    private let scene = Scene.current!
    private let weihai = RegionCode(371_000)!
    private let shandong = ProvinceNetwork.shandong
    private let zhejiang = ProvinceNetwork.zhejiang
    private let elsewhere = RegionCode(ProvinceNetwork.zhejiang)
    // MARK: Cards

    @Test("W5: from 500 yuan on a pharmacy records who used the card of a relative")
    func cardOfARelative() throws {
        let holder = try scene.citizen(of: weihai, fen: 200_000)
        let wife = try scene.citizen(of: weihai, .resident)
        func purchase(
            fen: Int64, _ category: Gongji_V1_Category = .pharmacy,
            _ kinship: Gongji_V1_Kinship = .spouse, record: Bool = false,
            credential: Citizen? = nil
        ) -> Gongji_V1_ServiceRequest {
            scene.bill(holder, at: weihai, fen: fen, category) {
                $0.bill.patient = wife.wallet.data
                $0.bill.credential = (credential ?? holder).wallet.data
                $0.bill.cardNote.kinship = kinship
                if record { $0.bill.identityRecord = Data(repeating: 9, count: 32) }
            }
        }
        #expect(try scene.pay(purchase(fen: 49_999), at: weihai) == [.own(49_999)])
        try scene.expectRefusal(
            purchase(fen: 50_000), at: shandong, .identityRecordMissing, by: "W5", "50000 fen",
            limit: "a record from 50000 fen on")
        #expect(
            try scene.pay(purchase(fen: 50_000, record: true), at: weihai) == [.own(50_000)])
        // Only a pharmacy keeps such a record.
        #expect(
            try scene.pay(purchase(fen: 60_000, .medicalCare), at: weihai) == [.own(60_000)])
        try scene.expectRefusal(
            purchase(fen: 100, .pharmacy, .sibling), at: shandong, .kinshipNotAllowed, by: "W5",
            "sibling",
            limit: "spouse, child, parent, parent_in_law")
        try scene.expectRefusal(
            purchase(fen: 100, credential: wife), at: shandong, .impersonation, by: "W5",
            "the credential of someone else", limit: "the credential of the card's holder")

        #expect(try scene.balance(holder) == 40_001)
        let records = try scene.usage(.recipient, of: holder, count: 3)
        #expect(records.map(\.amountFen).sorted() == [49_999, 50_000, 60_000])
        #expect(records.allSatisfy { $0.insured == shandong.number && $0.other.isEmpty })
        let pharmacy = try scene.usage(.recipient, of: holder, count: 2) {
            $0.category = .pharmacy
        }
        #expect(Set(pharmacy.map(\.institution)) == ["P37100000001"])
        try scene.network.waitUntilBooksAgree()
    }

    @Test("W8: a bill that counts towards a deductible, or asks for pooled money, is refused")
    func apartFromPooling() throws {
        let holder = try scene.citizen(of: weihai, fen: 10_000)
        try scene.expectRefusal(
            scene.bill(holder, at: weihai, fen: 100) {
                $0.bill.countsTowardsDeductible = true
            }, at: shandong, .notForPooling, by: "W8-A", "counts towards a deductible",
            limit: "apart from pooling")
        try scene.expectRefusal(
            scene.bill(holder, at: weihai, fen: 100) { $0.bill.asksForPooling = true },
            at: shandong, .notForPooling, by: "W8-A", "asks for pooled reimbursement",
            limit: "apart from pooling")
        // In which city it lies, nobody knows: the national rules hold for the whole province.
        try scene.expectRefusal(
            scene.bill(holder, at: weihai, fen: 100) { $0.institution = "P37100099999" },
            at: shandong, .institutionNotDesignated, by: "W8-B", "P37100099999",
            limit: "in the register of 370000 on …")
        #expect(try scene.balance(holder) == 10_000)
        try scene.network.waitUntilBooksAgree()
    }

    // MARK: Relations

    @Test("W2 N4 W9: parents of the spouse are relatives inside Weihai, and nowhere else")
    func parentsInLaw() throws {
        let eight =
            "spouse, parent, child, sibling, paternal_grandparent, maternal_grandparent, "
            + "sons_child, daughters_child"
        let giver = try scene.citizen(of: weihai, fen: 50_000)
        let inLaw = try scene.citizen(of: weihai, .resident)
        let far = try scene.citizen(of: elsewhere, .resident)
        let relation = try scene.bind(giver, inLaw, .parentInLaw, quota: 20_000)
        #expect(
            try scene.pay(scene.bill(inLaw, at: weihai, fen: 3000), at: weihai)
                == [.quota(relation, 3000)])
        // W9: a health check-up, reason 3 of the form.
        #expect(
            try scene.pay(scene.bill(inLaw, at: weihai, fen: 1500, .healthCheckup), at: weihai)
                == [.quota(relation, 1500)])

        try scene.expectRefusal(
            scene.proposal(giver, far, .parentInLaw), at: shandong, .kinshipNotAllowed, by: "N4",
            "parent_in_law", limit: eight)
        // The relation was made under the rules of the city; care elsewhere is under the national ones.
        try scene.expectRefusal(
            scene.bill(inLaw, at: elsewhere, fen: 1000), at: zhejiang, .kinshipNotAllowed,
            by: "N4", "parent_in_law", limit: eight)

        try scene.waitUntilKnown(relation, to: inLaw, available: 15_500)
        #expect(try scene.balance(giver) == 30_000)
        let records = try scene.usage(.giver, of: giver, count: 2)
        #expect(Set(records.map(\.category)) == [.medicalCare, .healthCheckup])
        #expect(records.allSatisfy { $0.other == inLaw.wallet.data })
        #expect(
            try scene.usage(.recipient, of: inLaw, count: 2).map(\.other).allSatisfy {
                $0 == giver.wallet.data
            })
        try scene.network.waitUntilBooksAgree()
        #expect(try scene.network.books().values.allSatisfy { $0.held == 0 })
    }

    @Test("W7: while a violation stands there is nothing new, and what there is rests")
    func violation() throws {
        let giver = try scene.citizen(of: weihai, fen: 50_000)
        let mother = try scene.citizen(of: weihai, .resident)
        let father = try scene.citizen(of: weihai, .resident)
        try scene.setCard(giver, bank: "ICBC")
        let relation = try scene.bind(giver, mother, quota: 20_000)
        let today = scene.today
        try scene.ask(
            .recordViolation(
                giver.wallet, until: BusinessDate(daysSince1970: today.daysSince1970 + 30)),
            at: shandong)

        try scene.expectRefusal(
            scene.proposal(giver, father), at: shandong, .violationRecorded, by: "W7",
            "a violation on …", limit: "no violation")
        try scene.expectRefusal(
            form(giver, fen: 100, .other), at: shandong, .violationRecorded, by: "W7",
            "a violation on …", limit: "no violation")
        let resting = try scene.relation(relation, of: giver)
        #expect(resting.phase == .suspended)
        #expect(resting.waitsFor == "the giver's standing")
        #expect(resting.availableFen == 20_000)
        try scene.expectRefusal(
            .setQuota(relation, fen: 25_000), at: shandong, .relationSuspended)
        try scene.expectRefusal(
            scene.bill(mother, at: weihai, fen: 100), at: shandong, .insufficientQuota)

        // A day that is over lifts it.
        try scene.ask(
            .recordViolation(
                giver.wallet, until: BusinessDate(daysSince1970: today.daysSince1970 - 1)),
            at: shandong)
        #expect(try scene.relation(relation, of: giver).phase == .active)
        #expect(
            try scene.pay(scene.bill(mother, at: weihai, fen: 100), at: weihai)
                == [.quota(relation, 100)])
        _ = try scene.bind(giver, father)
        try scene.ask(form(giver, fen: 100, .other), at: shandong)
        #expect(try scene.balance(giver) == 29_900)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("W10: an agent who does not show who they are is refused")
    func agent() throws {
        let giver = try scene.citizen(of: weihai, fen: 50_000)
        let mother = try scene.citizen(of: weihai, .resident)
        try scene.setCard(giver, bank: "ICBC")
        try scene.expectRefusal(
            scene.proposal(giver, mother) { $0.byAgent = true }, at: shandong,
            .agentIdentityMissing, by: "W10", "none", limit: "identity of the agent")
        try scene.expectRefusal(
            form(giver, fen: 100, .other) { $0.byAgent = true }, at: shandong,
            .agentIdentityMissing, by: "W10", "missing", limit: "identity of the agent")
        let identity = Data(repeating: 4, count: 32)
        let relation = try scene.bind(giver, mother) {
            $0.byAgent = true
            $0.agentIdentity = identity
        }
        let kept = try scene.network[shandong].read { try $0.relation(relation) }
        #expect(kept?.agentIdentity == Digest(identity))
        try scene.ask(
            form(giver, fen: 100, .other) {
                $0.byAgent = true
                $0.agentIdentity = identity
            }, at: shandong)
        #expect(try scene.balance(giver) == 49_900)
    }

    // MARK: Withdrawals

    /// The form as the rule set wants it.
    private func form(
        _ citizen: Citizen, fen: Int64, _ reason: Gongji_V1_WithdrawalReason,
        _ document: Gongji_V1_Document? = nil,
        _ change: (inout Gongji_V1_Withdraw) -> Void = { _ in }
    ) -> Gongji_V1_ServiceRequest {
        .withdraw(citizen.wallet, fen: fen, reason) {
            $0.commitmentDigest = Data(repeating: 7, count: 32)
            if let document {
                $0.document = document
                $0.userKinship = .child
            }
            change(&$0)
        }
    }

    /// What was withdrawn and has not come back.
    private func payout(_ province: ProvinceCode) throws -> Int64 {
        try scene.network[province].read { try $0.balance(.payout) }
    }

    @Test("W1: a voucher is paid once, in whatever province it is shown again")
    func voucher() throws {
        let first = try scene.citizen(of: weihai, fen: 100_000)
        let second = try scene.citizen(of: elsewhere, fen: 100_000)
        let child = try scene.citizen(of: elsewhere, .resident)
        try scene.setCard(first, bank: "ICBC")
        let before = (try payout(shandong), try payout(zhejiang))

        let voucher = Gongji_V1_Document.new(fen: 38_000, for: child.wallet, of: zhejiang)
        let withdrawal = form(first, fen: 38_000, .premium, voucher)
        let octets = try scene.desk(shandong, for: withdrawal).octets(withdrawal)
        #expect(try ServiceClient.decode(octets).withdrawal.state == .approved)
        // The province of the person for whom it was issued remembers.
        let use = try scene.network[zhejiang].read {
            try $0.documentUse(#require(Digest(voucher.digest)))
        }
        #expect(use?.withdrawal == withdrawal.identifier)
        #expect(use?.payer == shandong)

        try scene.expectRefusal(
            form(second, fen: 38_000, .premium, voucher), at: zhejiang, .documentUsed,
            by: "LOCAL-2", "used before", limit: "once")
        try scene.expectRefusal(
            form(first, fen: 38_000, .premium, voucher), at: shandong, .documentUsed, by: "W1",
            "used before", limit: "once")
        #expect(
            try scene.desk(shandong, for: withdrawal).octets(withdrawal) == octets,
            "the first answer again")

        try scene.expectRefusal(
            form(first, fen: 37_000, .premium, .new(fen: 38_000, for: child.wallet, of: zhejiang)),
            at: shandong, .amountNotOfDocument, by: "W1", "37000 fen",
            limit: "38000 fen on the document")
        #expect(try scene.balance(first) == 62_000)
        #expect(try scene.balance(second) == 100_000)
        #expect(try payout(shandong) - before.0 == 38_000)
        #expect(try payout(zhejiang) == before.1)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("W1: of two who show one voucher at the same time exactly one is paid")
    func oneVoucherTwice() throws {
        let first = try scene.citizen(of: weihai, fen: 100_000)
        let second = try scene.citizen(of: elsewhere, fen: 100_000)
        let users = [
            try scene.citizen(of: elsewhere, .resident), try scene.citizen(of: weihai, .resident),
        ]
        try scene.setCard(first, bank: "ICBC")
        for round in 0..<8 {
            let user = users[round % 2]
            let voucher = Gongji_V1_Document.new(fen: 1000, for: user.wallet, of: user.province)
            let requests = [first, second].map { form($0, fen: 1000, .premium, voucher) }
            let desks = try zip([shandong, zhejiang], requests).map {
                try scene.desk($0, for: $1)
            }
            for (desk, request) in zip(desks, requests) { try desk.send(request) }
            var statuses: [Status?] = []
            for (desk, request) in zip(desks, requests) {
                let answer = try desk.answer(to: request.identifier)
                statuses.append(try ServiceClient.decode(answer).refusal)
            }
            #expect(statuses.count { $0 == nil } == 1, "\(statuses)")
            #expect(statuses.count { $0 == .documentUsed } == 1, "\(statuses)")
        }
        #expect(try scene.balance(first) + scene.balance(second) == 200_000 - 8 * 1000)
        try scene.network.waitUntilBooksAgree()
        #expect(try scene.network.books().values.allSatisfy { $0.held == 0 })
    }

    @Test("W4: of a settlement sheet the amount on it is paid, once")
    func settlementSheet() throws {
        let giver = try scene.citizen(of: weihai, fen: 100_000)
        let mother = try scene.citizen(of: weihai, .resident)
        try scene.setCard(giver, bank: "ICBC")
        var sheet = Gongji_V1_Document.new(fen: 30_000, for: mother.wallet, of: shandong)
        // In the city itself the card pays, and nobody knows what is in no register.
        for (issuer, status) in [
            ("H37100000001", Status.issuerNotElsewhere), ("h-371000-00001", .issuerNotElsewhere),
            ("H37010299999", .institutionNotDesignated), ("", .institutionNotDesignated),
            ("某某医院", .institutionNotDesignated),
        ] {
            sheet.issuer = issuer
            let request = form(giver, fen: 30_000, .visit, sheet)
            let answer = try scene.desk(shandong, for: request).ask(request)
            #expect(answer.refusal == status)
            #expect(answer.refused.grounds.rule == "W4-B")
        }
        sheet.issuer = "Ｈ３１０１０１００００１"
        for fen in [29_999, 30_001] as [Int64] {
            try scene.expectRefusal(
                form(giver, fen: fen, .visit, sheet), at: shandong, .amountNotOfDocument,
                by: "W4-A", "\(fen) fen", limit: "30000 fen on the document")
        }
        try scene.expectRefusal(
            form(giver, fen: 30_000, .visit), at: shandong, .documentMissing, by: "W4-A",
            "no document", limit: "a document")
        let withdrawal = form(giver, fen: 30_000, .visit, sheet)
        #expect(try scene.ask(withdrawal, at: shandong).withdrawal.state == .approved)
        try scene.expectRefusal(
            form(giver, fen: 30_000, .visit, sheet), at: shandong, .documentUsed, by: "W4-A",
            "used before", limit: "once")
        #expect(try scene.balance(giver) == 70_000)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("W6 W10: who moves away is paid the whole balance, once, and two people see to it")
    func resettlement() throws {
        let mover = try scene.citizen(of: weihai, fen: 80_000)
        try scene.setCard(mover, bank: "ICBC")
        func resettle(_ fen: Int64) -> Gongji_V1_ServiceRequest {
            form(mover, fen: fen, .resettlement) {
                $0.commitmentDigest = Data()
                $0.resettlementRecord = Data(repeating: 6, count: 32)
                $0.resettlementFiled = scene.today.daysSince1970
            }
        }
        for late in [Int32?.none, scene.today.daysSince1970 + 1] {
            var unfiled = resettle(80_000)
            unfiled.withdraw.resettlementRecord =
                late == nil ? Data() : unfiled.withdraw.resettlementRecord
            unfiled.withdraw.resettlementFiled = late ?? 0
            let answer = try scene.desk(shandong, for: unfiled).ask(unfiled)
            #expect(answer.refusal == .resettlementRecordMissing)
            #expect(answer.refused.grounds.rule == "W6-C")
        }
        try scene.expectRefusal(
            resettle(50_000), at: shandong, .notWholeBalance, by: "W6-A", "50000 fen",
            limit: "the whole 80000 fen")

        let declined = resettle(80_000)
        #expect(try scene.ask(declined, at: shandong).withdrawal.state == .awaitingReview)
        #expect(try scene.balance(mover) == 0)
        let no = Gongji_V1_ServiceRequest.review(declined.identifier, approved: false)
        let after = try scene.ask(no, at: shandong, by: "clerk-2").withdrawal
        #expect(after.state == .refused)
        #expect(after.status == Status.withdrawalDeclined.rawValue)
        #expect(try scene.balance(mover) == 80_000)

        let withdrawal = resettle(80_000)
        try scene.ask(withdrawal, at: shandong)
        let review = { Gongji_V1_ServiceRequest.review(withdrawal.identifier, approved: true) }
        try scene.expectRefusal(
            review(), at: shandong, .reviewerIsHandler, by: "W6-B", "one person",
            limit: "two persons", person: "clerk-1")
        let approved = try scene.ask(review(), at: shandong, by: "clerk-2").withdrawal
        #expect(approved.state == .approved)
        #expect(approved.handler == "clerk-1")
        #expect(approved.reviewer == "clerk-2")
        try scene.expectRefusal(
            review(), at: shandong, .withdrawalNotOpen, person: "cashier")

        try scene.ask(.deposit(mover.wallet, fen: 5000), at: shandong)
        try scene.expectRefusal(
            resettle(5000), at: shandong, .resettledBefore, by: "W6-A", "paid before",
            limit: "once")
        #expect(try scene.balance(mover) == 5000)
        try scene.network.waitUntilBooksAgree()
    }

    @Test("W11: money goes by the bank of the card, and comes back if the bank cannot pay")
    func bank() throws {
        let person = try scene.citizen(of: weihai, fen: 80_000)
        let other = try scene.citizen(of: weihai, fen: 3000)
        try scene.expectRefusal(
            form(person, fen: 100, .other), at: shandong, .cardAccountMissing, by: "W11",
            "no card account", limit: "a card account")
        try scene.setCard(person, bank: "CCB")
        try scene.expectRefusal(
            form(person, fen: 100, .other), at: shandong, .bankNotListed, by: "W11", "CCB",
            limit: "ICBC")
        try scene.setCard(person, bank: "ICBC")
        try scene.setCard(other, bank: "ICBC")
        let before = try payout(shandong)

        let moving = form(person, fen: 80_000, .resettlement) {
            $0.resettlementRecord = Data(repeating: 6, count: 32)
            $0.resettlementFiled = scene.today.daysSince1970
        }
        try scene.ask(moving, at: shandong)
        let early = Gongji_V1_ServiceRequest.exportPayouts([moving.identifier])
        try scene.expectRefusal(early, at: shandong, .withdrawalNotOpen)
        try scene.ask(
            .review(moving.identifier, approved: true), at: shandong, by: "clerk-2")
        let plain = form(other, fen: 1000, .other)
        try scene.ask(plain, at: shandong)
        #expect(try payout(shandong) - before == 81_000)

        let export = Gongji_V1_ServiceRequest.exportPayouts([
            moving.identifier, plain.identifier,
        ])
        // Nobody has confirmed the cards, and they are new; nor does the handler pay out.
        var tooEarly = export
        tooEarly.id = Clock.newIdentifier().data
        try scene.expectRefusal(
            tooEarly, at: shandong, .cardAccountTooNew, by: "W11",
            "withdrawal \(moving.identifier)", limit: "an account that stands longer",
            person: "cashier")
        for card in [person, other] {
            let confirm = Gongji_V1_ServiceRequest.confirmCardAccount(
                card.wallet, bank: "ICBC", account: "6222021614000000017")
            try scene.expectRefusal(
                confirm, at: shandong, .secondPersonMissing, person: "clerk-1")
            let again = Gongji_V1_ServiceRequest.confirmCardAccount(
                card.wallet, bank: "ICBC", account: "6222021614000000017")
            #expect(
                try scene.ask(again, at: shandong, by: "clerk-2").account.cardConfirmedBy
                    == "clerk-2")
        }
        var alone = export
        alone.id = Clock.newIdentifier().data
        try scene.expectRefusal(
            alone, at: shandong, .secondPersonMissing, by: "W6-B",
            "withdrawal \(moving.identifier)", limit: "two persons", person: "clerk-1")
        let batch = try scene.ask(export, at: shandong, by: "cashier").payout
        #expect(batch.totalFen == 81_000)
        #expect(batch.instructions.map(\.amountFen) == [80_000, 1000])
        #expect(batch.instructions.allSatisfy { $0.bank == "ICBC" })
        #expect(batch.instructions.allSatisfy { $0.account == "6222021614000000017" })
        try scene.expectRefusal(
            .exportPayouts([plain.identifier]), at: shandong, .withdrawalNotOpen)

        let failed = try scene.ask(
            .returnPayout(moving.identifier, paid: false, reason: "account closed"),
            at: shandong
        ).withdrawal
        #expect(failed.state == .returned)
        #expect(failed.bankReason == "account closed")
        #expect(failed.payout == export.id)
        #expect(try scene.balance(person) == 80_000)
        for _ in 0..<2 {
            let paid = Gongji_V1_ServiceRequest.returnPayout(plain.identifier, paid: true)
            #expect(try scene.ask(paid, at: shandong).withdrawal.state == .paid)
        }
        try scene.expectRefusal(
            .returnPayout(plain.identifier, paid: false), at: shandong, .withdrawalNotOpen)
        #expect(try scene.balance(other) == 2000)
        #expect(try payout(shandong) - before == 1000)
        // What the bank could not pay was not paid: it can be asked for once more.
        let again = form(person, fen: 80_000, .resettlement) {
            $0.resettlementRecord = Data(repeating: 6, count: 32)
            $0.resettlementFiled = scene.today.daysSince1970
        }
        #expect(try scene.ask(again, at: shandong).withdrawal.state == .awaitingReview)
        let kept = try scene.ask(.showWithdrawal(moving.identifier), at: shandong).withdrawal
        #expect(kept == failed)
        try scene.ask(
            .review(again.identifier, approved: false), at: shandong, by: "clerk-2")
        try scene.network.waitUntilBooksAgree()
    }

    @Test(
        "W9: the form needs its commitment and a reason that the city knows; elsewhere there is none"
    )
    func formOfWithdrawal() throws {
        let person = try scene.citizen(of: weihai, fen: 1000)
        try scene.setCard(person, bank: "ICBC")
        try scene.expectRefusal(
            form(person, fen: 100, .other) { $0.commitmentDigest = Data() }, at: shandong,
            .commitmentMissing, by: "W9-B", "missing", limit: "signed commitment")
        let outside = try scene.citizen(of: RegionCode(shandong), fen: 1000)
        try scene.expectRefusal(
            form(outside, fen: 100, .other), at: shandong, .withdrawalReasonNotAllowed)
        try scene.expectRefusal(
            form(person, fen: 1001, .other), at: shandong, .insufficientBalance)
        #expect(try scene.balance(person) == 1000)
    }
}

private func provinceOfWeihaiAndAnother() throws -> ProvinceNetwork {
    let network = try ProvinceNetwork(
        nodes: [ProvinceNetwork.shandong, ProvinceNetwork.zhejiang],
        cities: [RegionCode(371_000)!])
    try network.employ(["clerk-1", "clerk-2", "cashier"], in: ProvinceNetwork.shandong)
    try network.put(
        ruleSet: "zhejiang-test",
        """
        name: zhejiang-test
        title: Vouchers in another province
        source: this test
        regions: [330000]
        from: 2020-01-01
        rules:
          - id: LOCAL-1
            check: withdrawal_reasons
            allow: [premium]
          - id: LOCAL-2
            check: document
            reasons: [premium]
        ...

        """)
    return network
}
