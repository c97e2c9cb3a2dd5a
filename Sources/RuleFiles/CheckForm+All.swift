import Domain
import RuleSets

extension CheckForm {
    /// In the order of ``Check``.
    package static let all: [CheckForm] = people + money + use + withdrawals

    private static let people: [CheckForm] = [
        CheckForm(
            "giver_insurance", "The giver is insured under one of these.",
            [Key("allow", .words(Insurance.words))]
        ) { $0.words("allow", Insurance.self).map { .giverInsurance($0) } },
        CheckForm(
            "recipient_insurance", "The recipient is insured, under one of these.",
            [Key("allow", .words(Insurance.words))]
        ) { $0.words("allow", Insurance.self).map { .recipientInsurance($0) } },
        CheckForm(
            "recipient_in_region", "The recipient is insured in the region of the giver."
        ) { _ in .recipientInRegion },
        CheckForm(
            "kinship", "What the recipient is to the giver is one of these.",
            [Key("allow", .words(Kinship.words))]
        ) { $0.words("allow", Kinship.self).map { .kinship($0) } },
        CheckForm(
            "commitment",
            "The giver signed a commitment letter; a relation made without one pays nothing."
        ) { _ in .commitment },
        CheckForm(
            "channels", "Relations are made and ended over one of these.",
            [Key("allow", .words(Channel.words))]
        ) { $0.words("allow", Channel.self).map { .channels($0) } },
        CheckForm(
            "joined",
            "The regions of both sides take part, each since its day and over its channels.",
            [
                Key(
                    "rows",
                    .rows([
                        Key("regions", .regions), Key("since", .date),
                        Key("channels", .words(Channel.words)),
                    ]))
            ], joined),
        CheckForm(
            "givers_of_recipient", "A recipient has at most so many givers.",
            [Key("at_most", .number(1...1000))]
        ) { $0.number("at_most").map { .giversOfRecipient(atMost: $0) } },
        CheckForm(
            "one_way",
            "A recipient has no other giver and gives to nobody, and a giver receives from nobody."
        ) { _ in .oneWay },
        CheckForm(
            "giver_not_suspended",
            "A giver whose insurance is suspended neither binds nor pays until it resumes."
        ) { _ in .giverNotSuspended },
        CheckForm(
            "verification",
            "The giver was verified by one of these, at most so many days before.",
            [
                Key("allow", .words(VerificationMethod.words)),
                Key("within_days", .number(1...365)),
            ]
        ) { fields in
            let methods = fields.words("allow", VerificationMethod.self)
            guard let days = fields.number("within_days"), let methods else { return nil }
            return .verification(methods, withinDays: days)
        },
        CheckForm(
            "consent",
            "A recipient of this age or over consents within so many days, verified by one of these "
                + "in them; a younger one need not.",
            [
                Key("from_age", .number(0...150)), Key("within_days", .number(1...365)),
                Key("verified_by", .words(VerificationMethod.words)),
            ]
        ) { fields in
            let methods = fields.words("verified_by", VerificationMethod.self)
            guard let age = fields.number("from_age"), let days = fields.number("within_days"),
                let methods
            else { return nil }
            return .consent(fromAge: age, withinDays: days, verifiedBy: methods)
        },
        CheckForm(
            "family_group",
            "Members of a family group see and may bind each other; a person is in one group."
        ) { _ in .familyGroup },
        CheckForm(
            "no_violation",
            "While a violation stands on record, no new relations, no withdrawals, no payments."
        ) { _ in .noViolation },
        CheckForm(
            "kinship_proof",
            "A digest of the proof of kinship is there before a relation is active."
        ) { _ in .kinshipProof },
        CheckForm(
            "agent_identity", "An agent who acts for a person is recorded with identity."
        ) { _ in .agentIdentity },
        CheckForm(
            "ends_with_insurance",
            "A relation ends by itself when the insurance of a side moves or ends."
        ) { _ in .endsWithInsurance },
    ]

    private static let money: [CheckForm] = [
        CheckForm(
            "sharable",
            "Only this part of the giver's balance may be shared: what is above a threshold "
                + "(that of the latest row which has begun), or what past years left; one of the two.",
            [
                Key("above", .rows([Key("from", .date), Key("amount", .amount)]), optional: true),
                Key("carried_over", .flag, optional: true),
            ], sharable),
        CheckForm(
            "quota_limits",
            "Limits on setting quota: changes a day, the most that one adds, hours without; "
                + "at least one of them.",
            [
                Key("per_day", .number(1...10_000), optional: true),
                Key("raise_at_most", .amount, optional: true),
                Key(
                    "closed", .fields([Key("from", .clock), Key("to", .clock)]), optional: true),
            ], quotaLimits),
        CheckForm("not_passed_on", "Quota that was received is not given on.") { _ in
            .notPassedOn
        },
        CheckForm(
            "own_account",
            "The recipient's own money comes first: used up before quota in one settlement, "
                + "or quota only when there is none.",
            [Key("use", .word(Check.OwnAccount.words))]
        ) { $0.word("use", Check.OwnAccount.self).map { .ownAccount($0) } },
        CheckForm(
            "draw_order", "In which order several givers pay.",
            [Key("order", .word(DrawOrder.words))]
        ) { $0.word("order", DrawOrder.self).map { .drawOrder($0) } },
    ]

    private static let use: [CheckForm] = [
        CheckForm(
            "categories", "A shared payment is for one of these.",
            [Key("allow", .words(Category.words))]
        ) { $0.words("allow", Category.self).map { .categories($0) } },
        CheckForm(
            "never_for", "A shared payment is for none of these.",
            [Key("refuse", .words(Category.words))]
        ) { $0.words("refuse", Category.self).map { .neverFor($0) } },
        CheckForm(
            "burden_only",
            "The bill has all its parts, and at most its personal burden is paid."
        ) { _ in .burdenOnly },
        CheckForm(
            "premium_in_full", "A premium is paid in full and from quota alone."
        ) { _ in .premiumInFull },
        CheckForm(
            "designated", "The institution is in the register on the day."
        ) { _ in .designated },
        CheckForm(
            "places", "For these categories, of which kind the institution is.",
            [
                Key(
                    "rows",
                    .rows([
                        Key("category", .word(Category.words)),
                        Key("kinds", .words(InstitutionKind.words)),
                    ]))
            ], places),
        CheckForm(
            "visits", "Care is of one of these types.",
            [Key("allow", .words(VisitType.words))]
        ) { $0.words("allow", VisitType.self).map { .visits($0) } },
        CheckForm(
            "apart_from_pooling",
            "A shared payment counts towards no deductible and no pooled reimbursement."
        ) { _ in .apartFromPooling },
        CheckForm(
            "nothing_pooled", "The bill has no pooled part."
        ) { _ in .nothingPooled },
        CheckForm(
            "family_scheme_only", "Only the family scheme; pooled outpatient money is refused."
        ) { _ in .familySchemeOnly },
        CheckForm(
            "own_credential",
            "The patient's own credential is shown, and whoever buys for a patient shows both "
                + "identities."
        ) { _ in .ownCredential },
        CheckForm(
            "relatives_card", "The card of one of these relatives may be used.",
            [
                Key("kinships", .words(Kinship.words)), Key("note", .flag),
                Key("until", .date, optional: true),
                Key("pharmacy_record_from", .amount, optional: true),
            ], relativesCard),
    ]

    private static let withdrawals: [CheckForm] = [
        CheckForm(
            "withdrawal_reasons", "Money is withdrawn for one of these reasons.",
            [Key("allow", .words(WithdrawalReason.words))]
        ) { $0.words("allow", WithdrawalReason.self).map { .withdrawalReasons($0) } },
        CheckForm(
            "document",
            "For these reasons a document is shown, whose amount is paid, and which serves once.",
            [Key("reasons", .words(WithdrawalReason.words))]
        ) { $0.words("reasons", WithdrawalReason.self).map { .document($0) } },
        CheckForm(
            "issuer_elsewhere",
            "For these reasons the document is of a designated institution outside the regions of "
                + "the set.",
            [Key("reasons", .words(WithdrawalReason.words))]
        ) { $0.words("reasons", WithdrawalReason.self).map { .issuerElsewhere($0) } },
        CheckForm(
            "whole_balance_once", "For these reasons the whole balance is paid, once.",
            [Key("reasons", .words(WithdrawalReason.words))]
        ) { $0.words("reasons", WithdrawalReason.self).map { .wholeBalanceOnce($0) } },
        CheckForm(
            "resettlement_record",
            "For these reasons the resettlement was filed: its record and day are there.",
            [Key("reasons", .words(WithdrawalReason.words))]
        ) { $0.words("reasons", WithdrawalReason.self).map { .resettlementRecord($0) } },
        CheckForm(
            "review", "For these reasons another person than the handler reviews.",
            [Key("reasons", .words(WithdrawalReason.words))]
        ) { $0.words("reasons", WithdrawalReason.self).map { .review($0) } },
        CheckForm(
            "withdrawal_commitment",
            "For these reasons the form of withdrawal carries a signed commitment.",
            [Key("reasons", .words(WithdrawalReason.words))]
        ) { $0.words("reasons", WithdrawalReason.self).map { .withdrawalCommitment($0) } },
        CheckForm(
            "payout_banks",
            "Money goes to the person's own card account, by a bank that has an outlet here.",
            [
                Key(
                    "outlets",
                    .rows([
                        Key("bank", .bank), Key("name", .line(100)), Key("address", .line(200)),
                        Key("phone", .line(50)),
                    ]))
            ]
        ) { fields in
            fields.rows("outlets").flatMap { rows in
                complete(rows.map(outlet)).map { .payoutBanks($0) }
            }
        },
    ]

    // MARK: Checks with parts

    private static func joined(_ fields: Fields) -> Check? {
        guard let rows = fields.rows("rows") else { return nil }
        var seen: Set<RegionCode> = []
        var joined: [Check.Joined] = []
        for row in rows {
            // All three are read before one is missed, so that every fault is told.
            let regions = row.regions("regions")
            let since = row.date("since")
            let channels = row.words("channels", Channel.self)
            guard let regions, let since, let channels else { continue }
            for region in regions {
                if !seen.insert(region).inserted {
                    row.refuse("regions", "has \(region), which an earlier row has")
                }
                joined.append(Check.Joined(region: region, since: since, channels: channels))
            }
        }
        return .joined(joined)
    }

    private static func sharable(_ fields: Fields) -> Check? {
        guard fields.has("above") != fields.has("carried_over") else {
            fields.faults.add(
                line: fields.line, "\(fields.owner) needs one of two keys",
                allowed: "above or carried_over")
            return nil
        }
        if fields.has("carried_over") {
            guard let flag = fields.flag("carried_over") else { return nil }
            if !flag { fields.refuse("carried_over", "is true or not there") }
            return .sharable(.carriedOver)
        }
        guard let rows = fields.rows("above") else { return nil }
        var thresholds: [Check.Threshold] = []
        for row in rows {
            let from = row.date("from")
            let amount = row.amount("amount")
            guard let from, let amount else { continue }
            if let last = thresholds.last, last.from >= from {
                row.refuse("from", "is not after that of the row before")
            }
            thresholds.append(Check.Threshold(from: from, amount: amount))
        }
        return .sharable(.above(thresholds))
    }

    private static func quotaLimits(_ fields: Fields) -> Check? {
        guard fields.has("per_day") || fields.has("raise_at_most") || fields.has("closed") else {
            fields.faults.add(
                line: fields.line, "\(fields.owner) limits nothing",
                allowed: "per_day, raise_at_most, closed")
            return nil
        }
        var closed: Check.Closed?
        if let hours = fields.fields("closed") {
            let from = hours.clock("from")
            let to = hours.clock("to")
            if let from, let to {
                if from == to { hours.refuse("to", "is the same as from") }
                closed = Check.Closed(from: from, to: to)
            }
        }
        return .quotaLimits(
            Check.QuotaLimits(
                perDay: fields.number("per_day"), raiseAtMost: fields.amount("raise_at_most"),
                closed: closed))
    }

    private static func places(_ fields: Fields) -> Check? {
        guard let rows = fields.rows("rows") else { return nil }
        var seen: Set<Category> = []
        var places: [Check.Place] = []
        for row in rows {
            let category = row.word("category", Category.self)
            let kinds = row.words("kinds", InstitutionKind.self)
            guard let category, let kinds else { continue }
            if !seen.insert(category).inserted {
                row.refuse("category", "is \(category.word), which an earlier row has")
            }
            places.append(Check.Place(category: category, kinds: kinds))
        }
        return .places(places)
    }

    private static func relativesCard(_ fields: Fields) -> Check? {
        let kinships = fields.words("kinships", Kinship.self)
        let note = fields.flag("note")
        let until = fields.date("until")
        let amount = fields.amount("pharmacy_record_from")
        guard let kinships, let note else { return nil }
        return .relativesCard(
            Check.RelativesCard(
                until: until, kinships: kinships, note: note, pharmacyRecordFrom: amount))
    }

    private static func outlet(_ row: Fields) -> Check.Outlet? {
        let bank = row.bank("bank")
        let name = row.text("name")
        let address = row.text("address")
        let phone = row.text("phone")
        guard let bank, let name, let address, let phone else { return nil }
        return Check.Outlet(bank: bank, name: name, address: address, phone: phone)
    }
}
