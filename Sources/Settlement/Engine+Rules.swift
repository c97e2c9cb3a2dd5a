import Domain
import Ledger
import RuleSets
import Wire

/// What this node asks its rule sets. Who, how much and for what is decided there; here is only which
/// set governs, and with which facts it is asked.
extension Engine {
    var today: BusinessDate { BusinessDate(at: now) }

    func ruleSet(of relation: Relation) -> RuleSet? {
        let recipient = relation.recipientRegion ?? RegionCode(relation.recipientProvince)
        return environment.rules.set(for: [relation.giverRegion, recipient], on: today)
    }

    /// No set is in force, so nothing is allowed.
    static let noRules = RefusalReason(.provinceNotJoined)

    // MARK: Settlements

    /// Rules Z8 W8: only the care province has the register of its institutions.
    func undesignated(
        _ institution: InstitutionCode, _ order: ServiceRequest.SettlementOrder,
        _ walletProvince: ProvinceCode
    ) -> RefusalReason? {
        // Nobody knows where an institution is that no register names: as if it were where the
        // patient is insured.
        let home =
            walletProvince == province
            ? rows.persons[order.wallet]?.region ?? RegionCode(province)
            : RegionCode.national
        guard let set = environment.rules.set(for: [home], on: today) else {
            return Engine.noRules
        }
        let grounds = set.grounds(
            compared: institution.text, limit: "in the register of \(province) on \(today)"
        ) { $0 == .designated }
        return grounds.map { RefusalReason(.institutionNotDesignated, $0) }
    }

    /// Whether the rules of the money's home let `draw` pay for the plan; nil: they do.
    func refusal(of draw: Draw, _ plan: Plan) -> RefusalReason? {
        let source: UseQuestion.Source
        let regions: [RegionCode]
        switch draw.source {
        case .quota(let id):
            guard let relation = rows.relations[id] else {
                return RefusalReason(.relationUnknown)
            }
            guard relation.recipient == plan.wallet,
                relation.recipientProvince == plan.walletProvince
            else { return RefusalReason(.relationOfAnother) }
            switch relation.phase {
            case .proposed, .awaitingConsent: return RefusalReason(.relationNotActive)
            case .suspended: return RefusalReason(.relationSuspended)
            case .ending, .ended: return RefusalReason(.relationEnded)
            case .active: break
            }
            guard let giver = rows.persons[relation.giver] else {
                return RefusalReason(.walletUnknown)
            }
            if let reason = standingRefusal(of: giver, relation) { return reason }
            source = .quota(
                kinship: relation.kinship, standing: giver.standing,
                violation: giver.hasViolation(on: today),
                shown: UseQuestion.Shown(
                    hasCommitment: relation.commitmentDigest != nil,
                    verification: relation.verification?.method,
                    hasKinshipProof: relation.kinshipProof != nil))
            regions = [
                relation.giverRegion,
                relation.recipientRegion ?? RegionCode(relation.recipientProvince),
                plan.careRegion,
            ]
        case .ownAccount:
            guard let person = rows.persons[plan.wallet] else {
                return RefusalReason(.walletUnknown)
            }
            source = .ownAccount
            regions = [person.region, plan.careRegion]
        }
        guard let set = environment.rules.set(for: regions, on: today) else {
            return Engine.noRules
        }
        return set.refusal(
            of: UseQuestion(
                date: today, source: source, wallet: plan.wallet, category: plan.category,
                amount: plan.amount, exact: plan.mode == .exact, bill: plan.bill,
                institutionKind: plan.institutionKind, designated: nil))
    }

    /// Rules Z3 W7 N14 as they are on this day: a relation's phase is from when its giver was last
    /// looked at, and rules may have changed since.
    private func standingRefusal(of giver: Person, _ relation: Relation) -> RefusalReason? {
        guard let set = ruleSet(of: relation) else { return Engine.noRules }
        if set.endsWithInsurance, !giver.isInsured || giver.insurance != .employee {
            return RefusalReason(.insuranceChanged)
        }
        let rests =
            set.suspendsWithInsurance && giver.standing == .suspended
            || set.suspendsOnViolation && giver.hasViolation(on: today)
        return rests ? RefusalReason(.relationSuspended) : nil
    }

    /// Rules Z6 S5: where the wallet's own account is here, it comes before each quota as the rules of
    /// that quota say.
    func ownAccountRefusal(_ plan: Plan) -> RefusalReason? {
        guard plan.walletProvince == province, !plan.category.isPremium,
            let person = rows.persons[plan.wallet]
        else { return nil }
        let own = plan.draws.filter { $0.source == .ownAccount }.map(\.limit).sum()
        let balance = clamped(rows.books.balance(.personal(plan.wallet)))
        for draw in plan.draws {
            guard case .quota(let id) = draw.source else { continue }
            let giver = draw.province == province ? rows.relations[id]?.giverRegion : nil
            let regions = [
                person.region, plan.careRegion, giver ?? RegionCode(draw.province),
            ]
            guard let set = environment.rules.set(for: regions, on: today),
                let first = set.ownAccount
            else { continue }
            let keeps: Bool =
                switch first {
                case .first: own >= min(balance, plan.amount)
                case .onlyWhenEmpty: balance == .zero
                }
            guard !keeps else { continue }
            let grounds = set.grounds(
                compared: "\(own.value) fen of the own account",
                limit: first == .first
                    ? "its balance first" : "quota only when its balance is 0 fen"
            ) { $0 == .ownAccount(first) }
            return RefusalReason(.ownAccountFirst, grounds)
        }
        return nil
    }

    // MARK: Verification

    /// Nobody was verified at a time that is still to come.
    func isPast(_ verification: Verification?) -> Bool {
        guard let verification else { return true }
        return verification.at.milliseconds(since: now) <= Limits.clockSkewMillisecondsMax
    }

    /// By the days of Asia/Shanghai.
    func daysSince(_ verification: Verification) -> Int {
        max(0, Int(today.daysSince1970) - Int(BusinessDate(at: verification.at).daysSince1970))
    }

    /// Rule G11: what a consent is verified by, and that it was in the days within which it is given.
    func consentVerificationRefusal(
        _ verification: Verification, _ set: RuleSet?
    ) -> RefusalReason? {
        for rule in set?.rules ?? [] {
            guard case .consent(_, let days, let methods) = rule.check else { continue }
            if daysSince(verification) > days {
                return RefusalReason(
                    .verificationTooOld,
                    Grounds(
                        rule: rule.id, compared: "verified \(daysSince(verification)) days ago",
                        limit: "at most \(days) days"))
            }
            guard !methods.contains(verification.method) else { continue }
            return RefusalReason(
                .verificationMissing,
                Grounds(
                    rule: rule.id, compared: verification.method.word,
                    limit: methods.map(\.word).joined(separator: ", ")))
        }
        return nil
    }

    /// Rules Z5 Z9: whether the giver was verified as the set asks.
    func verificationRefusal(
        _ verification: Verification?, _ set: RuleSet?
    ) -> RefusalReason? {
        for rule in set?.rules ?? [] {
            guard case .verification(let methods, let days) = rule.check else { continue }
            if let verification, daysSince(verification) > days {
                return RefusalReason(
                    .verificationTooOld,
                    Grounds(
                        rule: rule.id, compared: "verified \(daysSince(verification)) days ago",
                        limit: "at most \(days) days"))
            }
            if let verification, methods.contains(verification.method) { continue }
            return RefusalReason(
                .verificationMissing,
                Grounds(
                    rule: rule.id, compared: verification?.method.word ?? "none",
                    limit: methods.map(\.word).joined(separator: ", ")))
        }
        return nil
    }
}

extension Person {
    /// Whether a recorded violation stands on `date` (rule W7).
    func hasViolation(on date: BusinessDate) -> Bool {
        violation.map { date <= $0.until } ?? false
    }

    /// Insured somewhere here, even if contributions are interrupted (rule N3).
    var isInsured: Bool {
        switch standing {
        case .insured, .suspended: true
        case .ended, .moved: false
        }
    }

    func age(on date: BusinessDate) -> Int? {
        born.map { born in
            let (birth, day) = (born.civil, date.civil)
            let hadBirthday = (day.month, day.day) >= (birth.month, birth.day)
            return day.year - birth.year - (hadBirthday ? 0 : 1)
        }
    }
}

extension Category {
    /// Where it is had, of an institution that no register names.
    var usualPlace: InstitutionKind {
        switch self {
        case .pharmacy, .medicalDevice, .medicalConsumable: .pharmacy
        case .residentInsurancePremium, .longTermCarePremium: .collector
        case .commercialInsurance: .insurer
        case .medicalCare, .healthCheckup, .publicHealth, .sportAndFitness, .wellness,
            .cosmeticMedicine, .plasticSurgery, .weightLoss, .bodybuilding:
            .medical
        }
    }
}
