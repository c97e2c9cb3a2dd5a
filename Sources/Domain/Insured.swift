/// How the insurance of a person stands (rules Z3, N14).
package enum Standing: UInt8, Sendable, CaseIterable {
    case insured = 1
    /// Contributions are interrupted (减员中断参保); may resume.
    case suspended = 2
    /// No longer insured, or no longer under what made them a giver.
    case ended = 3
    /// Insured in another province now.
    case moved = 4

    package var word: String {
        switch self {
        case .insured: "insured"
        case .suspended: "suspended"
        case .ended: "ended"
        case .moved: "moved"
        }
    }
}

/// How it was made sure that a person is who they say (rules Z5, Z9, G11).
package enum VerificationMethod: UInt8, Sendable, CaseIterable {
    /// 刷脸验证
    case face = 1
    /// 实名认证 with an account of the person.
    case realName = 2
    /// The person stood at a window and showed an identity document.
    case inPerson = 3

    package var word: String {
        switch self {
        case .face: "face"
        case .realName: "real_name"
        case .inPerson: "in_person"
        }
    }
}

/// The proof that a person was verified: how, when, and under which reference it can be looked up
/// where it was made.
package struct Verification: Hashable, Sendable {
    package let method: VerificationMethod
    package let at: Instant
    /// Digest of the reference; the reference itself stays where it was made.
    package let reference: Digest

    package init(method: VerificationMethod, at: Instant, reference: Digest) {
        self.method = method
        self.at = at
        self.reference = reference
    }
}

/// What an institution of the register is.
package enum InstitutionKind: UInt8, Sendable, CaseIterable {
    /// 定点医疗机构
    case medical = 1
    /// 定点零售药店
    case pharmacy = 2
    /// The agency that collects premiums.
    case collector = 3
    /// Sells commercial insurance.
    case insurer = 4

    package var word: String {
        switch self {
        case .medical: "medical"
        case .pharmacy: "pharmacy"
        case .collector: "collector"
        case .insurer: "insurer"
        }
    }
}

/// Why money is withdrawn (rules W1, W4, W6, W9).
package enum WithdrawalReason: UInt8, Sendable, CaseIterable {
    /// The premium of a relative; the document is the voucher.
    case premium = 1
    /// Care of a relative elsewhere; the document is the settlement sheet.
    case visit = 2
    /// Check-up of the person or a relative; the document is the bill.
    case checkup = 3
    case other = 4
    /// 省外异地安置: the whole balance, once.
    case resettlement = 5

    package var word: String {
        switch self {
        case .premium: "premium"
        case .visit: "visit"
        case .checkup: "checkup"
        case .other: "other"
        case .resettlement: "resettlement"
        }
    }
}
