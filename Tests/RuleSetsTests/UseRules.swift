import Domain
import RuleSets
import Testing

/// For what a shared payment may be, where, and with whose credential.
@Suite struct UseRules {
    let national = FiveSets.national

    @Test(
        "N10: only the personal burden, of a bill with all its parts",
        arguments: [
            (FiveSets.national, "N10-A"), (FiveSets.weihai, "W3-A"), (FiveSets.zibo, "Z7-B"),
        ])
    func burden(_ set: RuleSet, _ id: String) { expectBurden(set, id) }

    @Test("G5: never the part outside the insurance")
    func burdenOfGuide() { expectBurden(FiveSets.guide, "G5-A") }

    @Test("S3: only the personal burden of a visit")
    func burdenOfShenzhen() {
        expectBurden(FiveSets.shenzhen, "S3-A")
        let premium = FiveSets.shenzhen.verdict(on: Plain.premium).refusal
        #expect(premium?.status == .categoryNotAllowed)
        #expect(premium?.grounds?.rule.text == "S3-B")
    }

    private func expectBurden(_ set: RuleSet, _ id: String) {
        expect(set, allows: Plain.visit)
        let above = Plain.visit.with { $0.amount = fen(50_001) }
        expect(set, refuses: above, .aboveBurden, by: id)
        let grounds = set.verdict(on: above).refusal?.grounds
        #expect(grounds?.compared == "50001 fen")
        #expect(grounds?.limit == "personal burden 50000 fen")
        for total in [59_999, 60_001] as [Int64] {
            let torn = Plain.visit.with { $0.bill = Plain.bill.with(total: fen(total)) }
            expect(set, refuses: torn, .billIncomplete, by: id)
        }
    }

    @Test("N12: what the list names is paid, all else is refused, and so is all without a list")
    func categoriesOfNation() {
        let places: [Category: InstitutionKind] = [
            .medicalCare: .medical, .pharmacy: .pharmacy, .medicalDevice: .pharmacy,
            .medicalConsumable: .pharmacy,
        ]
        let unnamed = national.without("N12")
        for category in Category.allCases where !category.isPremium {
            let question = Plain.visit.with {
                $0.category = category
                $0.institutionKind = places[category] ?? .medical
            }
            if places[category] != nil {
                expect(national, allows: question)
            } else {
                let refusal = national.verdict(on: question).refusal
                #expect(refusal?.status == .categoryNotAllowed)
                #expect(refusal?.grounds?.rule.text == "N12-A")
                expect(national.with("N12-A", .categories(Category.allCases)), allows: question)
            }
            #expect(unnamed.verdict(on: question).refusal == RefusalReason(.categoryNotAllowed))
        }
    }

    @Test("N12: drugs are bought at a pharmacy, care is given at a medical institution")
    func placesOfNation() {
        let drugs = Plain.visit.with { $0.category = .pharmacy }
        expect(national, allows: Plain.visit)
        expect(national, refuses: drugs, .institutionOfAnotherKind, by: "N12-B")
        let care = Plain.visit.with { $0.institutionKind = .pharmacy }
        expect(national, refuses: care, .institutionOfAnotherKind, by: "N12-B")
    }

    @Test("N13: a premium is paid in full, at once, from quota alone")
    func premium() {
        expect(national, allows: Plain.premium)
        let part = Plain.premium.with { $0.amount = fen(39_999) }
        expect(national, refuses: part, .premiumInPart, by: "N13")
        let loose = Plain.premium.with { $0.exact = false }
        expect(national, refuses: loose, .premiumInPart, by: "N13")
        let own = Plain.premium.with { $0.source = .ownAccount }
        expect(national, refuses: own, .premiumInPart, by: "N13")
        expect(national, allows: Plain.visit.with { $0.amount = fen(1) })
    }

    @Test("W3: Weihai pays for care, not for a premium")
    func categoriesOfWeihai() {
        let weihai = FiveSets.weihai
        expect(weihai, allows: Plain.visit)
        let refusal = weihai.verdict(on: Plain.premium).refusal
        #expect(refusal?.status == .categoryNotAllowed)
        #expect(refusal?.grounds?.rule.text == "W3-B")
        expect(weihai.with("W3-B", .categories(Category.allCases)), allows: Plain.premium)
    }

    @Test("W9: a check-up is paid in Weihai; the guide and the nation refuse it")
    func checkup() {
        let question = Plain.visit.with { $0.category = .healthCheckup }
        expect(FiveSets.weihai, allows: question)
        for (set, id) in [(FiveSets.guide, "G8"), (national, "N12-A")] {
            let refusal = set.verdict(on: question).refusal
            #expect(refusal?.status == .categoryNotAllowed)
            #expect(refusal?.grounds?.rule.text == id)
        }
    }

    @Test("G6: commercial insurance is paid by the guide, not nationally")
    func commercialInsurance() {
        let question = Plain.visit.with {
            $0.category = .commercialInsurance
            $0.institutionKind = .insurer
        }
        expect(FiveSets.guide, allows: question)
        #expect(national.verdict(on: question).refusal?.status == .categoryNotAllowed)
        let unnamed = FiveSets.guide.without("G6").verdict(on: question)
        #expect(unnamed.silence == .categoryNotAllowed)
    }

    @Test(
        "G7: never for public health, sport or wellness, even where all is listed",
        arguments: [Category.publicHealth, .sportAndFitness, .wellness])
    func never(_ category: Category) {
        let question = Plain.visit.with { $0.category = category }
        let generous = FiveSets.guide.with("G6", .categories(Category.allCases))
        expect(generous, refuses: question, .categoryNotAllowed, by: "G7")
    }

    @Test(
        "G8: never for looks, weight, muscles or check-ups, even where all is listed",
        arguments: [
            Category.cosmeticMedicine, .plasticSurgery, .weightLoss, .bodybuilding, .healthCheckup,
        ])
    func neverForLooks(_ category: Category) {
        let question = Plain.visit.with { $0.category = category }
        let generous = FiveSets.guide.with("G6", .categories(Category.allCases))
        expect(generous, refuses: question, .categoryNotAllowed, by: "G8")
    }

    @Test("W8: a bill that counts towards a deductible is refused in Weihai")
    func apartInWeihai() { expectApart(FiveSets.weihai, "W8-A") }

    @Test("Z7: a bill that asks for pooled reimbursement is refused in Zibo")
    func apartInZibo() { expectApart(FiveSets.zibo, "Z7-A") }

    @Test("G16: a shared payment stays apart from pooling")
    func apartInGuide() { expectApart(FiveSets.guide, "G16") }

    private func expectApart(_ set: RuleSet, _ id: String) {
        let deductible = Plain.visit.with { $0.bill = Plain.bill.with(deductible: true) }
        let pooling = Plain.visit.with { $0.bill = Plain.bill.with(pooling: true) }
        expect(set, refuses: deductible, .notForPooling, by: id)
        expect(set, refuses: pooling, .notForPooling, by: id)
        expect(set, allows: Plain.visit)
    }

    @Test("G17: a bill of the pooled outpatient scheme is refused")
    func familyScheme() {
        let question = Plain.visit.with { $0.bill = Plain.bill.with(pooledScheme: true) }
        expect(FiveSets.guide, refuses: question, .pooledScheme, by: "G17")
    }

    @Test("Z8: an institution outside the register is refused; who cannot tell is not asked")
    func designatedInZibo() {
        let outside = Plain.visit.with { $0.designated = false }
        expect(FiveSets.zibo, allows: Plain.visit.with { $0.designated = nil })
        expect(FiveSets.zibo, refuses: outside, .institutionNotDesignated, by: "Z8-A")
    }

    @Test("W8: an institution outside the register is refused in Weihai, and N10's nationally")
    func designatedElsewhere() {
        let outside = Plain.visit.with { $0.designated = false }
        expect(FiveSets.weihai, refuses: outside, .institutionNotDesignated, by: "W8-B")
        expect(national, refuses: outside, .institutionNotDesignated, by: "N10-B")
    }

    @Test(
        "G10: a credential that is not the patient's, or none, is impersonation",
        arguments: [(FiveSets.guide, "G10"), (FiveSets.national, "G10")])
    func credential(_ set: RuleSet, _ id: String) { expectOwnCredential(set, id) }

    @Test("S6: the patient's own card is shown in Shenzhen")
    func credentialInShenzhen() { expectOwnCredential(FiveSets.shenzhen, "S6") }

    private func expectOwnCredential(_ set: RuleSet, _ id: String) {
        let others = Plain.visit.with { $0.bill = Plain.bill.with(credential: Plain.stranger) }
        let none = Plain.visit.with { $0.bill = Plain.bill.with(credential: .some(nil)) }
        expect(set, refuses: others, .impersonation, by: id)
        expect(set, refuses: none, .impersonation, by: id)
    }

    @Test("G10: a proxy shows both identities")
    func proxy() {
        let digest = Plain.digest
        let guide = FiveSets.guide
        let both = Bill.Proxy(patientIdentity: digest, proxyIdentity: digest)
        expect(guide, allows: Plain.visit.with { $0.bill = Plain.bill.with(proxy: both) })
        for proxy in [
            Bill.Proxy(patientIdentity: digest, proxyIdentity: nil),
            Bill.Proxy(patientIdentity: nil, proxyIdentity: digest),
            Bill.Proxy(patientIdentity: nil, proxyIdentity: nil),
        ] {
            let question = Plain.visit.with { $0.bill = Plain.bill.with(proxy: proxy) }
            expect(guide, refuses: question, .identityRecordMissing, by: "G10")
        }
    }

    @Test("G10: the wallet of someone else pays nothing, and not either where no rule speaks")
    func walletOfAnother() {
        let question = Plain.visit.with {
            $0.bill = Plain.bill.with(patient: Plain.relative, credential: Plain.relative)
        }
        let refusal = FiveSets.guide.verdict(on: question).refusal
        #expect(refusal?.status == .impersonation)
        #expect(refusal?.grounds?.rule.text == "G10")
        let silent = FiveSets.guide.without("G10").verdict(on: question)
        #expect(silent.refusal == RefusalReason(.impersonation))
    }

    @Test(
        "W5: a purchase of 500.00 yuan with a relative's card needs the record, one of 499.99 does not"
    )
    func identityRecord() {
        let weihai = FiveSets.weihai
        expect(weihai, allows: Plain.purchase(49_999))
        expect(weihai, allows: Plain.purchase(50_000, record: Plain.digest))
        let refusal = weihai.verdict(on: Plain.purchase(50_000)).refusal
        #expect(refusal?.status == .identityRecordMissing)
        #expect(refusal?.grounds?.rule.text == "W5")
        #expect(refusal?.grounds?.compared == "50000 fen")
        #expect(refusal?.grounds?.limit == "a record from 50000 fen on")
        let without = Check.relativesCard(
            Check.RelativesCard(
                until: nil, kinships: [.spouse, .child, .parent, .parentInLaw], note: false,
                pharmacyRecordFrom: nil))
        expect(weihai.with("W5", without), allows: Plain.purchase(50_000))
        let ownCard = Plain.purchase(50_000).with {
            $0.bill = $0.bill.with(patient: Plain.wallet)
        }
        expect(weihai, allows: ownCard)
        let hospital = Plain.purchase(50_000).with {
            $0.institutionKind = .medical
            $0.category = .medicalCare
        }
        expect(weihai, allows: hospital)
    }

    @Test("W5: without the rule nobody pays for a relative with their card")
    func cardNeedsARule() {
        let weihai = FiveSets.weihai.without("W5")
        let refusal = weihai.verdict(on: Plain.purchase(100)).refusal
        #expect(refusal?.status == .impersonation)
        #expect(refusal?.grounds?.rule.text == "G10")
        let silent = weihai.without("G10").verdict(on: Plain.purchase(100))
        #expect(silent.refusal == RefusalReason(.impersonation))
    }

    @Test("S8: the relative's card serves until 2012-06-30, with a full note")
    func transitionalWay() {
        let shenzhen = FiveSets.shenzhen
        let lastDay = Plain.visitWithCard()
        expect(shenzhen, allows: lastDay)
        let over = lastDay.with { $0.date = day(2012, 7, 1) }
        expectCard(shenzhen, over, .relativesCardNotAllowed)
        #expect(shenzhen.verdict(on: over).refusal?.grounds?.limit == "until 2012-06-30")
        let fromQuota = lastDay.with {
            $0.source = .quota(kinship: .spouse, standing: .insured, violation: false)
        }
        expectCard(shenzhen, fromQuota, .relativesCardNotAllowed)
        let stolen = lastDay.with { $0.bill = $0.bill.with(credential: Plain.stranger) }
        expectCard(shenzhen, stolen, .impersonation)
        let (digest, parent) = (Plain.digest, Kinship.parent)
        for note in [
            nil,
            Bill.CardNote(kinship: nil, holderCard: digest, patientCard: digest, contact: digest),
            Bill.CardNote(kinship: parent, holderCard: nil, patientCard: digest, contact: digest),
            Bill.CardNote(kinship: parent, holderCard: digest, patientCard: nil, contact: digest),
            Bill.CardNote(kinship: parent, holderCard: digest, patientCard: digest, contact: nil),
        ] {
            let gap = Plain.visitWithCard(note: note)
            expectCard(shenzhen, gap, .cardNoteMissing)
        }
        let sibling = Bill.CardNote(
            kinship: .sibling, holderCard: digest, patientCard: digest, contact: digest)
        let tooFar = Plain.visitWithCard(note: sibling)
        expectCard(shenzhen, tooFar, .kinshipNotAllowed)
    }

    /// Without S8 the own credential (S6) is asked for again.
    private func expectCard(_ set: RuleSet, _ question: UseQuestion, _ status: Status) {
        let refusal = set.verdict(on: question).refusal
        #expect(refusal?.status == status)
        #expect(refusal?.grounds?.rule.text == "S8")
        let without = set.without("S8").verdict(on: question).refusal
        #expect(without?.status == .impersonation)
        #expect(without?.grounds?.rule.text == "S6")
    }

    @Test func aSetWithoutAnyRuleAllowsNothing() {
        let empty = national.with([])
        for question in [Plain.visit, Plain.purchase(1)] {
            #expect(empty.refusal(of: question) == RefusalReason(.categoryNotAllowed))
        }
    }
}
