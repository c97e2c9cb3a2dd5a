package import Domain

// Whose credential and whose card pay for whom.

extension UseQuestion {
    var isForAnother: Bool { bill.patient != wallet }
}

extension RuleSet {
    /// Whether the set wants the patient to be there (rules G10, S8) and `credential` is not that of `wallet`,
    /// whoever the patient is: the part of the rules on credentials that can be told without the bill.
    package func refusal(ofCredential credential: WalletID?, of wallet: WalletID) -> RefusalReason?
    {
        guard credential != wallet else { return nil }
        let compared = credential == nil ? "no credential" : "the credential of someone else"
        for rule in rules {
            switch rule.check {
            case .ownCredential where !silences.hasRelativesCard:
                return RefusalReason(
                    .impersonation,
                    Grounds(rule: rule.id, compared: compared, limit: UseJudge.ownCredentialWords))
            default: continue
            }
        }
        return nil
    }
}

extension UseJudge {
    var ownCredential: Judgement {
        if hasRelativesCard && question.isForAnother { return .notAsked }
        let bill = question.bill
        guard let credential = bill.credential else {
            return refuse(.impersonation, "no credential", limit: UseJudge.ownCredentialWords)
        }
        guard credential == bill.patient else {
            return refuse(
                .impersonation, "the credential of someone else", limit: UseJudge.ownCredentialWords
            )
        }
        guard !question.isForAnother else {
            return refuse(
                .impersonation, "the wallet of someone else", limit: UseJudge.ownCredentialWords)
        }
        guard let proxy = bill.proxy else {
            return hold("the patient's own", limit: UseJudge.ownCredentialWords)
        }
        let identities = [proxy.patientIdentity, proxy.proxyIdentity]
        let shown = identities.count { $0 != nil }
        return hold(
            if: shown == 2, else: .identityRecordMissing, count(shown, "identity record"),
            limit: "those of patient and proxy")
    }

    static let ownCredentialWords = "the patient's own credential"

    func relativesCard(_ card: Check.RelativesCard) -> Judgement {
        guard question.isForAnother else { return .notAsked }
        let bill = question.bill
        guard bill.credential == question.wallet else {
            return refuse(
                .impersonation,
                bill.credential == nil ? "no credential" : "the credential of someone else",
                limit: "the credential of the card's holder")
        }
        if let until = card.until, question.date > until {
            return refuse(
                .relativesCardNotAllowed, "\(question.date)", limit: "until \(until)")
        }
        guard case .ownAccount = question.source else {
            return refuse(
                .relativesCardNotAllowed, "quota", limit: "the account of the card's holder")
        }
        if let least = card.pharmacyRecordFrom, question.institutionKind == .pharmacy,
            bill.total >= least, bill.identityRecord == nil
        {
            return refuse(
                .identityRecordMissing, bill.total.inWords,
                limit: "a record from \(least.inWords) on")
        }
        if card.note {
            let note = bill.cardNote
            guard note?.holderCard != nil, note?.patientCard != nil, note?.contact != nil,
                note?.kinship != nil
            else {
                return refuse(
                    .cardNoteMissing, note == nil ? "no note" : "a note with gaps",
                    limit: "both cards, kinship and contact")
            }
        }
        let kinship = bill.cardNote?.kinship
        return hold(
            if: kinship.map(card.kinships.contains) ?? false, else: .kinshipNotAllowed,
            kinship?.word ?? "not told", limit: list(card.kinships.map(\.word)))
    }
}
