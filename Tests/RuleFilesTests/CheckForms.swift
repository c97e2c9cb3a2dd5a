import Foundation
import Domain
import RuleFiles
import RuleSets
import Testing

@Suite struct CheckForms {
    /// One way of writing each check, with what it is read as.
    static let samples: [(word: String, keys: String, check: Check)] = [
        ("giver_insurance", "allow: [employee]", .giverInsurance([.employee])),
        (
            "recipient_insurance", "allow: [employee, resident]",
            .recipientInsurance([.employee, .resident])
        ),
        ("recipient_in_region", "", .recipientInRegion),
        ("kinship", "allow: [spouse, parent_in_law]", .kinship([.spouse, .parentInLaw])),
        ("commitment", "", .commitment),
        ("channels", "allow: [institution_office]", .channels([.institutionOffice])),
        (
            "joined",
            "rows: [{regions: [370000, 440000], since: 1970-01-02, channels: [city_platform]}]",
            .joined(
                [370_000, 440_000].compactMap { RegionCode($0) }.map {
                    Check.Joined(
                        region: $0, since: BusinessDate(daysSince1970: 1), channels: [.cityPlatform]
                    )
                })
        ),
        ("givers_of_recipient", "at_most: 3", .giversOfRecipient(atMost: 3)),
        ("one_way", "", .oneWay),
        ("giver_not_suspended", "", .giverNotSuspended),
        (
            "verification", "allow: [in_person]\n    within_days: 30",
            .verification([.inPerson], withinDays: 30)
        ),
        (
            "consent", "from_age: 16\n    within_days: 7\n    verified_by: [face]",
            .consent(fromAge: 16, withinDays: 7, verifiedBy: [.face])
        ),
        ("visits", "allow: [outpatient, inpatient]", .visits([.outpatient, .inpatient])),
        ("nothing_pooled", "", .nothingPooled),
        ("issuer_elsewhere", "reasons: [visit]", .issuerElsewhere([.visit])),
        (
            "resettlement_record", "reasons: [resettlement]",
            .resettlementRecord([.resettlement])
        ),
        ("family_group", "", .familyGroup),
        ("no_violation", "", .noViolation),
        ("kinship_proof", "", .kinshipProof),
        ("agent_identity", "", .agentIdentity),
        ("ends_with_insurance", "", .endsWithInsurance),
        (
            "sharable", "above: [{from: 1970-01-01, amount: 0.5}]",
            .sharable(
                .above([
                    Check.Threshold(from: BusinessDate(daysSince1970: 0), amount: Fen(50) ?? .zero)
                ]))
        ),
        ("sharable", "carried_over: true", .sharable(.carriedOver)),
        (
            "quota_limits",
            "per_day: 3\n    raise_at_most: 2000\n    closed: {from: 22:00, to: 06:00}",
            .quotaLimits(
                Check.QuotaLimits(
                    perDay: 3, raiseAtMost: Fen(200_000),
                    closed: Check.Closed(from: 1320, to: 360)))
        ),
        (
            "quota_limits", "per_day: 3",
            .quotaLimits(Check.QuotaLimits(perDay: 3, raiseAtMost: nil, closed: nil))
        ),
        ("not_passed_on", "", .notPassedOn),
        ("own_account", "use: only_when_empty", .ownAccount(.onlyWhenEmpty)),
        ("draw_order", "order: giver-priority", .drawOrder(.giverPriority)),
        ("categories", "allow: [medical_care]", .categories([.medicalCare])),
        ("never_for", "refuse: [wellness]", .neverFor([.wellness])),
        ("burden_only", "", .burdenOnly),
        ("premium_in_full", "", .premiumInFull),
        ("designated", "", .designated),
        (
            "places", "rows: [{category: pharmacy, kinds: [medical, pharmacy]}]",
            .places([Check.Place(category: .pharmacy, kinds: [.medical, .pharmacy])])
        ),
        ("apart_from_pooling", "", .apartFromPooling),
        ("family_scheme_only", "", .familySchemeOnly),
        ("own_credential", "", .ownCredential),
        (
            "relatives_card", "kinships: [parent]\n    note: true",
            .relativesCard(
                Check.RelativesCard(
                    until: nil, kinships: [.parent], note: true, pharmacyRecordFrom: nil))
        ),
        ("withdrawal_reasons", "allow: [premium, other]", .withdrawalReasons([.premium, .other])),
        ("document", "reasons: [visit]", .document([.visit])),
        ("whole_balance_once", "reasons: [resettlement]", .wholeBalanceOnce([.resettlement])),
        ("review", "reasons: [checkup]", .review([.checkup])),
        (
            "withdrawal_commitment", "reasons: [premium, visit]",
            .withdrawalCommitment([.premium, .visit])
        ),
        (
            "payout_banks", "outlets: [{bank: CCB, name: 甲, address: 乙, phone: 1-2}]",
            .payoutBanks([Check.Outlet(bank: "CCB", name: "甲", address: "乙", phone: "1-2")])
        ),
    ]

    /// What some checks need beside them (`RuleSet.faults`).
    static let company = """
          - id: C1
            check: categories
            allow: [medical_care]
          - id: C2
            check: own_credential
          - id: C3
            check: withdrawal_reasons
            allow: [premium]
        """

    @Test(arguments: samples.indices)
    func aCheckIsReadAsItIsWritten(_ index: Int) throws {
        let (word, keys, check) = CheckForms.samples[index]
        #expect(CheckForm.word(of: check) == word)
        var text = rule(word, keys.isEmpty ? "" : "    \(keys)\n")
        let alone = ["categories", "own_credential", "withdrawal_reasons"]
        for part in CheckForms.company.components(separatedBy: "  - ").dropFirst() {
            let kind = try #require(alone.first { part.contains("check: \($0)") })
            if kind != word {
                text += "  - \(part.trimmingCharacters(in: .whitespacesAndNewlines))\n"
            }
        }
        let folder = try RuleFolder.read([
            RuleFolder.File(name: "local.yaml", bytes: Array(ended(text).utf8)),
            RuleFolder.File(name: "national.yaml", bytes: Array(national.utf8)),
        ])
        #expect(folder.loaded("local-2021")?.set.rules.first?.check == check)
    }

    @Test func everyWordHasASampleAndEverySampleAWord() {
        #expect(Set(CheckForms.samples.map(\.word)) == Set(CheckForm.all.map(\.word)))
        #expect(Set(CheckForm.all.map(\.word)).count == CheckForm.all.count)
        for form in CheckForm.all {
            #expect(CheckForm.named(form.word)?.meaning == form.meaning)
            #expect(form.meaning.hasSuffix("."), "\(form.word)")
        }
    }

    @Test func thePageTellsEveryCheckAsTheCodeDoes() throws {
        let page = try Repository.text("docs/rulesets.md").split(separator: "\n").map(String.init)
        func rows(after heading: String) -> [String] {
            let table = page.drop { $0 != heading }.dropFirst()
            return Array(table.prefix { $0.hasPrefix("|") }.dropFirst(2))
        }
        #expect(rows(after: "## Checks") == CheckForm.all.map(\.row))
        #expect(rows(after: "## Words") == CheckForm.wordRows)
    }
}
