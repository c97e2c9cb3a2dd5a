import Domain
import RuleSets

/// What `gongji rules explain` is asked: a question to a rule set, and which set answers.
struct ExplainRequest {
    enum Kind: String, CaseIterable {
        case binding, quota, use, withdrawal
    }

    enum Question {
        case binding(BindingQuestion)
        case quota(QuotaQuestion)
        case use(UseQuestion)
        case withdrawal(WithdrawalQuestion)

        var kind: Kind {
            switch self {
            case .binding: .binding
            case .quota: .quota
            case .use: .use
            case .withdrawal: .withdrawal
            }
        }
    }

    enum Place {
        /// Everywhere that it touches.
        case places([RegionCode])
        case ruleSet(String)
    }

    let place: Place
    let date: BusinessDate
    let question: Question

    /// Throws everything that is wrong with it. What may be left out and depends on the time is
    /// taken from `now`.
    init(_ bytes: Bytes, now: Instant) throws(RequestFaults) {
        let fields = try RequestFields(bytes)
        let kind = fields.word("ask", Kind.self, \.rawValue)
        // Without it every other key would be told as unknown.
        guard fields.has("ask"),
            Kind.allCases.contains(where: { fields.isText("ask", $0.rawValue) })
        else {
            throw RequestFaults(faults: [
                RequestFault(
                    path: "ask", what: fields.has("ask") ? "unknown word" : "missing",
                    allowed: Kind.allCases.map(\.rawValue).joined(separator: ", "))
            ])
        }
        let places = fields.regions("places")
        let ruleSet = fields.optionalText("rule_set")
        if fields.has("places") == fields.has("rule_set") {
            fields.fault(nil, "needs one of two keys", allowed: "places, rule_set")
        }
        place = ruleSet.map { .ruleSet($0) } ?? .places(places ?? [.national])
        switch kind {
        case .quota:
            let moment = fields.instant("now") ?? now
            date = BusinessDate(at: moment)
            question = .quota(Self.quota(fields, moment))
        case .binding:
            date = fields.date("date") ?? BusinessDate(at: now)
            question = .binding(Self.binding(fields, date))
        case .use:
            date = fields.date("date") ?? BusinessDate(at: now)
            question = .use(Self.use(fields, date))
        case .withdrawal:
            date = fields.date("date") ?? BusinessDate(at: now)
            question = .withdrawal(Self.withdrawal(fields, date))
        }
        try fields.finish()
    }

    // MARK: The questions

    private static func binding(_ fields: RequestFields, _ date: BusinessDate) -> BindingQuestion {
        let giver = fields.object("giver")
        let recipient = fields.object("recipient")
        return BindingQuestion(
            date: date,
            giver: BindingQuestion.Giver(
                insurance: giver.word("insurance", Insurance.self, \.word),
                standing: giver.word("standing", Standing.self, \.word),
                region: giver.region("region"), violation: giver.flag("violation"),
                receives: giver.flag("receives")),
            recipient: BindingQuestion.Recipient(
                insurance: recipient.optionalWord("insurance", Insurance.self, \.word),
                standing: recipient.word("standing", Standing.self, \.word),
                region: recipient.region("region"), violation: recipient.flag("violation"),
                age: recipient.optionalCount("age"), givers: recipient.count("givers"),
                gives: recipient.flag("gives")),
            kinship: fields.optionalWord("kinship", Kinship.self, \.word),
            channel: fields.word("channel", Channel.self, \.word),
            hasCommitment: fields.flag("has_commitment"),
            verification: fields.optionalWord("verification", VerificationMethod.self, \.word),
            verifiedDaysAgo: fields.optionalCount("verified_days_ago") ?? 0,
            agentIdentified: fields.optionalFlag("agent_identified"),
            hasKinshipProof: fields.flag("has_kinship_proof"),
            groups: fields.word("groups", BindingQuestion.Groups.self, \.requestWord))
    }

    private static func quota(_ fields: RequestFields, _ now: Instant) -> QuotaQuestion {
        QuotaQuestion(
            now: now, balance: fields.amount("balance"),
            carriedOver: fields.amount("carried_over"), raise: fields.amount("raise"),
            changesToday: fields.count("changes_today"), received: fields.amount("received"))
    }

    private static func use(_ fields: RequestFields, _ date: BusinessDate) -> UseQuestion {
        let source = source(fields)
        let wallet = fields.wallet("wallet") ?? WalletID(Identifier(high: 0, low: 1))
        return UseQuestion(
            date: date, source: source, wallet: wallet,
            category: fields.word("category", Category.self, \.word),
            amount: fields.amount("amount"), exact: fields.flag("exact"),
            bill: bill(fields.object("bill"), of: wallet),
            institutionKind: fields.word("institution_kind", InstitutionKind.self, \.word),
            designated: fields.optionalFlag("designated"))
    }

    private static func source(_ fields: RequestFields) -> UseQuestion.Source {
        if fields.isText("source", "own_account") {
            fields.skip("source")
            return .ownAccount
        }
        let before = fields.object("source")
        let quota = before.object("quota")
        return .quota(
            kinship: quota.word("kinship", Kinship.self, \.word),
            standing: quota.word("standing", Standing.self, \.word),
            violation: quota.flag("violation"),
            shown: UseQuestion.Shown(
                hasCommitment: quota.flag("has_commitment"),
                verification: quota.optionalWord(
                    "verification", VerificationMethod.self, \.word),
                hasKinshipProof: quota.flag("has_kinship_proof")))
    }

    /// The patient is the person of the wallet and shows the own credential unless it is said
    /// otherwise; `"credential": null` is none.
    private static func bill(_ fields: RequestFields, of wallet: WalletID) -> Bill {
        let patient = fields.wallet("patient") ?? wallet
        let credential = fields.wallet("credential")
        let proxy = fields.optionalObject("proxy").map {
            Bill.Proxy(
                patientIdentity: $0.digest("patient_identity"),
                proxyIdentity: $0.digest("proxy_identity"))
        }
        let note = fields.optionalObject("card_note").map {
            Bill.CardNote(
                kinship: $0.optionalWord("kinship", Kinship.self, \.word),
                holderCard: $0.digest("holder_card"), patientCard: $0.digest("patient_card"),
                contact: $0.digest("contact"))
        }
        return Bill(
            total: fields.amount("total"), pooled: fields.amount("pooled"),
            burden: fields.amount("burden"), selfPaid: fields.amount("self_paid"),
            visit: fields.optionalWord("visit", VisitType.self, \.word),
            patient: patient, credential: fields.has("credential") ? credential : wallet,
            proxy: proxy, identityRecord: fields.digest("identity_record"), cardNote: note,
            countsTowardsDeductible: fields.optionalFlag("counts_towards_deductible") ?? false,
            asksForPooling: fields.optionalFlag("asks_for_pooling") ?? false,
            pooledScheme: fields.optionalFlag("pooled_scheme") ?? false)
    }

    /// Of a document: where its issuer is, and of which kind by the register of this province; without
    /// a kind it is elsewhere, without a region in no register.
    private static func issuer(_ fields: RequestFields) -> WithdrawalQuestion.Issuer? {
        guard let issuer = fields.optionalObject("issuer") else { return nil }
        let kind = issuer.optionalWord("kind", InstitutionKind.self, \.word)
        guard let region = issuer.optionalRegion("region") else { return .unregistered }
        return kind.map { .registered(region, $0) } ?? .elsewhere(region)
    }

    private static func withdrawal(
        _ fields: RequestFields, _ date: BusinessDate
    ) -> WithdrawalQuestion {
        WithdrawalQuestion(
            date: date, reason: fields.word("reason", WithdrawalReason.self, \.word),
            amount: fields.amount("amount"), balance: fields.amount("balance"),
            documentAmount: fields.optionalAmount("document_amount"),
            issuer: issuer(fields),
            userKinship: fields.optionalWord("user_kinship", Kinship.self, \.word),
            isForAnother: fields.optionalFlag("for_another") ?? false,
            resettlementFiled: fields.date("resettlement_filed"),
            violation: fields.flag("violation"), paidBefore: fields.flag("paid_before"),
            hasCommitment: fields.flag("has_commitment"),
            handler: fields.optionalText("handler"), reviewer: fields.optionalText("reviewer"),
            agentIdentified: fields.optionalFlag("agent_identified"),
            bank: fields.optionalText("bank"), hasCardAccount: fields.flag("has_card_account"))
    }
}

extension BindingQuestion.Groups {
    fileprivate var requestWord: String {
        switch self {
        case .open: "open"
        case .same: "same"
        case .different: "different"
        }
    }
}
