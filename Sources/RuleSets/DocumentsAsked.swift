/// What a person may be asked to show, by the rule sets; nothing else ever is (rule W12).
package enum DocumentAsked: UInt8, Hashable, Sendable, CaseIterable {
    case commitmentLetter = 1
    case verification = 2
    /// Of the recipient; the relation waits for it.
    case consent = 3
    /// The relation waits for it.
    case kinshipProof = 4
    /// Of an agent, if one acts.
    case agentIdentity = 5
    /// 医保电子凭证 or 社会保障卡: the patient's, or of the holder of a relative's card.
    case credential = 6
    /// Of patient and proxy, if a proxy buys.
    case proxyIdentities = 7
    /// With the card of a relative.
    case cardNote = 8
    /// At a pharmacy with the card of a relative, from an amount on.
    case identityRecord = 9
    /// A voucher, a settlement sheet or a bill.
    case document = 10
    /// Of the person's social-security card.
    case cardAccount = 11
    /// The filed record of 异地安置.
    case resettlementRecord = 12

    package var word: String {
        switch self {
        case .commitmentLetter: "commitment_letter"
        case .verification: "verification"
        case .consent: "consent"
        case .kinshipProof: "kinship_proof"
        case .agentIdentity: "agent_identity"
        case .credential: "credential"
        case .proxyIdentities: "proxy_identities"
        case .cardNote: "card_note"
        case .identityRecord: "identity_record"
        case .document: "document"
        case .cardAccount: "card_account"
        case .resettlementRecord: "resettlement_record"
        }
    }
}

/// What a set asks for at each step, each once, in the order of the file.
package struct DocumentsAsked: Hashable, Sendable {
    package private(set) var binding: [DocumentAsked] = []
    package private(set) var quota: [DocumentAsked] = []
    package private(set) var use: [DocumentAsked] = []
    package private(set) var withdrawal: [DocumentAsked] = []

    init(_ rules: [Rule]) { for rule in rules { take(rule.check) } }

    private mutating func take(_ check: Check) {
        switch check {
        case .commitment: binding.appendNew([.commitmentLetter])
        case .verification: binding.appendNew([.verification])
        case .consent: binding.appendNew([.consent])
        case .kinshipProof: binding.appendNew([.kinshipProof])
        case .agentIdentity:
            binding.appendNew([.agentIdentity])
            withdrawal.appendNew([.agentIdentity])
        case .ownCredential: use.appendNew([.credential, .proxyIdentities])
        case .relativesCard(let card):
            use.appendNew([.credential, .cardNote])
            if card.pharmacyRecordFrom != nil { use.appendNew([.identityRecord]) }
        case .document: withdrawal.appendNew([.document])
        case .resettlementRecord: withdrawal.appendNew([.resettlementRecord])
        case .withdrawalCommitment: withdrawal.appendNew([.commitmentLetter])
        case .payoutBanks: withdrawal.appendNew([.cardAccount])
        case .giverInsurance, .recipientInsurance, .recipientInRegion, .kinship, .channels,
            .joined, .giversOfRecipient, .oneWay, .giverNotSuspended, .familyGroup,
            .noViolation, .endsWithInsurance, .sharable, .quotaLimits, .notPassedOn,
            .ownAccount, .drawOrder, .categories, .neverFor, .burdenOnly, .premiumInFull,
            .designated, .places, .visits, .apartFromPooling, .nothingPooled, .familySchemeOnly,
            .withdrawalReasons, .issuerElsewhere, .wholeBalanceOnce, .review:
            return
        }
    }
}

extension RuleSet {
    /// What the set asks a person for; the steps never ask for more (rule W12).
    package var documentsAsked: DocumentsAsked { DocumentsAsked(rules) }
}
