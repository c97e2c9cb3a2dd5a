import Domain

/// What a set refuses because no rule of it speaks of it: a set without rules refuses everything.
struct Silences: Hashable, Sendable {
    let namesCategories: Bool
    let hasOwnCredential: Bool
    let hasRelativesCard: Bool
    let namesWithdrawalReasons: Bool

    init(_ rules: [Rule]) {
        namesCategories = rules.contains { if case .categories = $0.check { true } else { false } }
        hasOwnCredential = rules.contains { $0.check == .ownCredential }
        hasRelativesCard = rules.contains {
            if case .relativesCard = $0.check { true } else { false }
        }
        namesWithdrawalReasons = rules.contains {
            if case .withdrawalReasons = $0.check { true } else { false }
        }
    }

    /// Every use where no categories are named; payment for another person where no rule says whose
    /// credential counts.
    func onUse(_ question: UseQuestion) -> Status? {
        if !namesCategories { return .categoryNotAllowed }
        let looksAtPatient = hasOwnCredential || hasRelativesCard
        return !looksAtPatient && question.isForAnother ? .impersonation : nil
    }

    /// Every withdrawal where no reasons are named.
    var onWithdrawal: Status? {
        namesWithdrawalReasons ? nil : .withdrawalReasonNotAllowed
    }
}
