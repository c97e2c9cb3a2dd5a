package import Domain

extension RuleSet {
    /// In which order several quotas pay; the national default where the set names none.
    package var drawOrder: DrawOrder { settings.drawOrder ?? .oldestGrantFirst }

    /// When the recipient's own account pays; nil: the set does not say (rules Z6, S5).
    package var ownAccount: Check.OwnAccount? { settings.ownAccount }

    /// From which age on, in full years, a recipient consents, within how many days, and verified by
    /// what in them; nil: nobody is asked (rule G11).
    package var consent: (fromAge: Int, withinDays: Int, verifiedBy: [VerificationMethod])? {
        settings.consent.map { ($0.fromAge, $0.withinDays, $0.verifiedBy) }
    }

    /// Whether a recipient of this age must consent; one whose age is not known must.
    package func needsConsent(age: Int?) -> Bool {
        guard let consent = settings.consent else { return false }
        return age.map { $0 >= consent.fromAge } ?? true
    }

    package var asksForAge: Bool { settings.consent != nil }

    /// An age as another province may know it: whether it reaches the one that is asked for.
    package func told(age: Int) -> Int? {
        consent.map { min(max(age, $0.fromAge - 1, 0), $0.fromAge) }
    }

    /// So many givers and no more matter to a rule (Z2, Z4); nil: it sets no limit.
    package var giversMax: Int? { settings.giversMax }

    /// Relations rest while the giver's insurance is suspended (rule Z3).
    package var suspendsWithInsurance: Bool { settings.suspendsWithInsurance }

    /// Relations rest while a violation of the giver stands (rule W7).
    package var suspendsOnViolation: Bool { settings.suspendsOnViolation }

    /// Relations end by themselves when insurance moves or ends (rule N14).
    package var endsWithInsurance: Bool { settings.endsWithInsurance }

    package var keepsFamilyGroups: Bool { settings.keepsFamilyGroups }

    /// A relation stays proposed until the proof is there (rule G18).
    package var asksForKinshipProof: Bool { settings.asksForKinshipProof }

    /// Reasons of withdrawals that someone else reviews, in the order of the file, each once.
    package var reviewed: [WithdrawalReason] { settings.reviewed }

    /// Reasons of withdrawals for which a document is shown, in the order of the file, each once.
    package var documented: [WithdrawalReason] { settings.documented }
}
