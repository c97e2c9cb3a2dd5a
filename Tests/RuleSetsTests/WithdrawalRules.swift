import Domain
import RuleSets
import Testing

@Suite struct WithdrawalRules {
    let weihai = FiveSets.weihai

    static let premium = Plain.withdrawal.with {
        $0.reason = .premium
        $0.documentAmount = fen(30_000)
    }

    static let resettlement = Plain.withdrawal.with {
        $0.reason = .resettlement
        $0.amount = fen(200_000)
        $0.handler = "staff-1"
        $0.hasCommitment = false
        $0.resettlementFiled = day(2026, 7, 1)
    }

    static let visit = premium.with {
        $0.reason = .visit
        $0.issuer = .elsewhere(region(310_101))
        $0.isForAnother = true
        $0.userKinship = .parentInLaw
    }

    @Test("W1: a premium is withdrawn with its voucher, at the amount of the voucher")
    func voucher() { expectDocument(Self.premium, "W1") }

    @Test("W4: a visit elsewhere is withdrawn with its settlement sheet, at its amount")
    func sheet() { expectDocument(Self.visit, "W4-A") }

    @Test("W4: the sheet is of a designated institution outside the city")
    func elsewhere() {
        expect(
            weihai,
            allows: Self.visit.with { $0.issuer = .registered(region(370_102), .medical) })
        for place in [371_000, 371_002] as [UInt32] {
            let here = Self.visit.with { $0.issuer = .registered(region(place), .medical) }
            expect(weihai, refuses: here, .issuerNotElsewhere, by: "W4-B")
        }
        let unknown = Self.visit.with { $0.issuer = .unregistered }
        expect(weihai, refuses: unknown, .institutionNotDesignated, by: "W4-B")
        let drugs = Self.visit.with { $0.issuer = .registered(region(370_102), .pharmacy) }
        expect(weihai, refuses: drugs, .institutionOfAnotherKind, by: "W4-B")
        expect(weihai, allows: Self.premium.with { $0.issuer = .unregistered })
    }

    @Test("W1: what is withdrawn was paid for a spouse, a child, a parent or one of the spouse's")
    func forWhom() {
        for question in [Self.premium, Self.visit] {
            for kinship in Kinship.allCases {
                let asked = question.with {
                    $0.isForAnother = true
                    $0.userKinship = kinship
                }
                if [.spouse, .child, .parent, .parentInLaw].contains(kinship) {
                    expect(weihai, allows: asked)
                } else {
                    expect(weihai, refuses: asked, .kinshipNotAllowed, by: "W2-A")
                }
            }
            let untold = question.with {
                $0.isForAnother = true
                $0.userKinship = nil
            }
            expect(weihai, refuses: untold, .kinshipNotAllowed, by: "W2-A")
            let own = question.with {
                $0.isForAnother = false
                $0.userKinship = nil
            }
            expect(weihai, allows: own)
        }
    }

    @Test("W6: the resettlement was filed, and not after today")
    func filed() {
        for filed in [nil, day(2026, 7, 16)] {
            let question = Self.resettlement.with { $0.resettlementFiled = filed }
            expect(weihai, refuses: question, .resettlementRecordMissing, by: "W6-C")
        }
        expect(weihai, allows: Self.resettlement.with { $0.resettlementFiled = $0.date })
    }

    private func expectDocument(_ question: WithdrawalQuestion, _ id: String) {
        expect(weihai, allows: question)
        expect(
            weihai, refuses: question.with { $0.documentAmount = nil }, .documentMissing, by: id)
        for amount in [29_999, 30_001] as [Int64] {
            let other = question.with { $0.amount = fen(amount) }
            expect(weihai, refuses: other, .amountNotOfDocument, by: id)
        }
        #expect(weihai.documented == [.premium, .visit])
    }

    @Test("W6: resettlement pays the whole balance, once")
    func wholeBalance() {
        expect(weihai, allows: Self.resettlement)
        let part = Self.resettlement.with { $0.amount = fen(199_999) }
        expect(weihai, refuses: part, .notWholeBalance, by: "W6-A")
        let again = Self.resettlement.with { $0.paidBefore = true }
        expect(weihai, refuses: again, .resettledBefore, by: "W6-A")
        expect(weihai, allows: Plain.withdrawal.with { $0.paidBefore = true })
    }

    @Test("W6: resettlement needs a handler and, when it is reviewed, someone else")
    func review() {
        for handler in [nil, "", " ", "\u{3000}"] {
            let question = Self.resettlement.with { $0.handler = handler }
            expect(weihai, refuses: question, .handlerMissing, by: "W6-B")
        }
        for reviewer in ["staff-1", "STAFF 1", "staff1", "ｓｔａｆｆ－１"] {
            let alone = Self.resettlement.with { $0.reviewer = reviewer }
            expect(weihai, refuses: alone, .reviewerIsHandler, by: "W6-B")
        }
        let nobody = Self.resettlement.with { $0.reviewer = " " }
        expect(weihai, refuses: nobody, .handlerMissing, by: "W6-B")
        expect(weihai, allows: Self.resettlement.with { $0.reviewer = "staff-2" })
        #expect(weihai.reviewed == [.resettlement])
        #expect(weihai.without("W6").reviewed.isEmpty)
    }

    @Test("W10: an agent at a withdrawal is recorded with identity")
    func agent() {
        let question = Plain.withdrawal.with { $0.agentIdentified = false }
        expect(weihai, refuses: question, .agentIdentityMissing, by: "W10")
        expect(weihai, allows: Plain.withdrawal.with { $0.agentIdentified = true })
    }

    @Test("W9: the reasons of the form, no other; a set that names none allows none")
    func reasons() {
        for question in [Plain.withdrawal, Self.premium, Self.resettlement] {
            expect(weihai, allows: question)
            let other = weihai.with("W9-A", .withdrawalReasons([.checkup]))
            let refusal = other.verdict(on: question).refusal
            #expect(refusal?.status == .withdrawalReasonNotAllowed)
            #expect(refusal?.grounds?.rule.text == "W9-A")
            let silent = weihai.without("W9").verdict(on: question)
            #expect(silent.silence == .withdrawalReasonNotAllowed)
            #expect(silent.refusal == RefusalReason(.withdrawalReasonNotAllowed))
            #expect(
                FiveSets.national.verdict(on: question).refusal
                    == RefusalReason(.withdrawalReasonNotAllowed))
        }
    }

    @Test("W9: the form carries a signed commitment")
    func commitment() {
        let question = Plain.withdrawal.with { $0.hasCommitment = false }
        expect(weihai, refuses: question, .commitmentMissing, by: "W9-B")
        // Form 2 has none.
        expect(weihai, allows: Self.resettlement)
    }

    @Test("W7: a recorded violation refuses a withdrawal")
    func violation() {
        let question = Plain.withdrawal.with { $0.violation = true }
        expect(weihai, refuses: question, .violationRecorded, by: "W7")
    }

    @Test("W11: paid to the person's card account by a bank with an outlet")
    func payout() {
        expect(weihai, allows: Plain.withdrawal)
        for bank in ["CCB", nil] {
            let question = Plain.withdrawal.with { $0.bank = bank }
            expect(weihai, refuses: question, .bankNotListed, by: "W11")
            #expect(weihai.verdict(on: question).refusal?.grounds?.limit == "ICBC")
        }
        for bank in ["ICBC", nil] {
            let question = Plain.withdrawal.with {
                $0.bank = bank
                $0.hasCardAccount = false
            }
            expect(weihai, refuses: question, .cardAccountMissing, by: "W11")
        }
    }
}

@Suite struct NothingMoreIsAsked {
    /// Everything that can be shown, for the steps at which it can.
    static let nothingShown = (
        binding: Plain.binding.with {
            $0.hasCommitment = false
            $0.verification = nil
            $0.agentIdentified = false
        },
        use: Plain.visit.with {
            $0.bill = Plain.bill.with(
                credential: .some(nil),
                proxy: Bill.Proxy(patientIdentity: nil, proxyIdentity: nil))
        },
        withdrawal: WithdrawalRules.premium.with {
            $0.hasCommitment = false
            $0.documentAmount = nil
            $0.agentIdentified = false
            $0.hasCardAccount = false
            $0.bank = nil
        }
    )

    /// The refusals that ask for something, and for what.
    static let asking: [Status: [DocumentAsked]] = [
        .commitmentMissing: [.commitmentLetter], .verificationMissing: [.verification],
        .agentIdentityMissing: [.agentIdentity], .impersonation: [.credential],
        .identityRecordMissing: [.proxyIdentities, .identityRecord],
        .cardNoteMissing: [.cardNote], .documentMissing: [.document],
        .cardAccountMissing: [.cardAccount], .bankNotListed: [.cardAccount],
        .resettlementRecordMissing: [.resettlementRecord], .verificationTooOld: [.verification],
        .kinshipProofMissing: [.kinshipProof],
    ]

    /// Each that was asked for is one that the set names; a silence asks for nothing.
    private func expectOnlyNamed(_ verdict: Verdict, _ named: [DocumentAsked]) {
        for finding in verdict.findings {
            guard case .refuses(let status) = finding.said else { continue }
            guard let asked = Self.asking[status] else { continue }
            #expect(asked.contains(where: named.contains), "\(verdict.set) \(finding)")
        }
    }

    @Test("W12: no step asks for more than the set names", arguments: FiveSets.all)
    func fiveSets(_ set: RuleSet) {
        let named = set.documentsAsked
        for rules in [set.rules] + set.rules.map({ set.without($0.id.text).rules }) {
            let set = set.with(rules)
            let named = set.documentsAsked
            expectOnlyNamed(set.verdict(on: Self.nothingShown.binding), named.binding)
            expectOnlyNamed(set.verdict(on: Self.nothingShown.use), named.use)
            let card = Plain.visitWithCard(note: nil)
            expectOnlyNamed(set.verdict(on: card), named.use)
            expectOnlyNamed(set.verdict(on: Self.nothingShown.withdrawal), named.withdrawal)
        }
        #expect(named.quota.isEmpty)
    }

    @Test("W12: what is named is what the document names, and without its rule it is not named")
    func named() {
        #expect(FiveSets.national.documentsAsked.binding.map(\.word) == ["commitment_letter"])
        #expect(FiveSets.zibo.documentsAsked.binding == [.verification])
        #expect(
            FiveSets.guide.documentsAsked.binding
                == [.verification, .commitmentLetter, .consent, .kinshipProof])
        #expect(FiveSets.weihai.documentsAsked.binding == [.agentIdentity])
        #expect(
            FiveSets.weihai.documentsAsked.use == [
                .credential, .cardNote, .identityRecord, .proxyIdentities,
            ])
        #expect(
            FiveSets.weihai.documentsAsked.withdrawal
                == [
                    .agentIdentity, .document, .resettlementRecord, .commitmentLetter, .cardAccount,
                ])
        #expect(
            FiveSets.shenzhen.documentsAsked.use == [.credential, .proxyIdentities, .cardNote])
        #expect(FiveSets.national.without("N6").documentsAsked.binding.isEmpty)
        #expect(
            FiveSets.guide.without("G11").documentsAsked.binding
                == [.verification, .commitmentLetter, .kinshipProof])
    }

    @Test("W12: a set that names nothing binds, pays and sets quota with nothing shown")
    func nothingNamed() {
        let bare = FiveSets.national.with([
            rule("N4", .kinship([.spouse])), rule("N12", .categories([.medicalCare])),
            rule("W9", .withdrawalReasons([.premium])),
        ])
        #expect(bare.documentsAsked.binding.isEmpty && bare.documentsAsked.use.isEmpty)
        expect(bare, allows: Self.nothingShown.binding)
        expect(bare, allows: Self.nothingShown.use)
        expect(bare, allows: Self.nothingShown.withdrawal)
        let asking = bare.with(bare.rules + [rule("N6", .commitment)])
        expect(asking, refuses: Self.nothingShown.binding, .commitmentMissing, by: "N6")
    }
}
