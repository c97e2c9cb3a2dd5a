import Domain
import RuleSets

extension Chance {
    mutating func binding() -> BindingQuestion {
        let home = pick(Chance.regions)
        return BindingQuestion(
            date: date(),
            giver: BindingQuestion.Giver(
                insurance: mostly(.employee, Insurance.allCases),
                standing: mostly(.insured, Standing.allCases), region: home,
                violation: one(in: 8), receives: one(in: 3)),
            recipient: BindingQuestion.Recipient(
                insurance: mostly(.resident, [.employee, nil]),
                standing: mostly(.insured, Standing.allCases),
                region: mostly(home, Chance.regions), violation: one(in: 8),
                age: pick([nil, 0, 15, 16, 17]), givers: mostly(0, [1, 2, 3]), gives: one(in: 3)),
            kinship: mostly(.spouse, Kinship.allCases + [nil]), channel: any(Channel.self),
            hasCommitment: !one(in: 5),
            verification: mostly(.face, VerificationMethod.allCases + [nil]),
            verifiedDaysAgo: mostly(0, [1, 2, 30, 31]),
            agentIdentified: mostly(nil, [true, false]), hasKinshipProof: coin(),
            groups: mostly(.open, BindingQuestion.Groups.allCases))
    }

    mutating func quota() -> QuotaQuestion {
        let minutes = moment(date(), 0, Int64(pick(Chance.minutes)))
        return QuotaQuestion(
            now: minutes.advanced(byMilliseconds: pick([0, 1, 59_999])), balance: amount(),
            carriedOver: amount(), raise: amount(), changesToday: pick([0, 1, 2, 3]),
            received: coin() ? .zero : amount())
    }

    mutating func use() -> UseQuestion {
        let category = pick(Category.allCases + [.medicalCare, .pharmacy] + premiums + premiums)
        let bill = bill()
        return UseQuestion(
            date: date(),
            source: coin()
                ? .ownAccount
                : .quota(
                    kinship: any(Kinship.self), standing: mostly(.insured, Standing.allCases),
                    violation: one(in: 5),
                    shown: UseQuestion.Shown(
                        hasCommitment: !one(in: 5),
                        verification: mostly(.face, VerificationMethod.allCases + [nil]),
                        hasKinshipProof: !one(in: 5))),
            wallet: Plain.wallet, category: category,
            amount: pick([bill.total, bill.burden, bill.burden, amount()]), exact: !one(in: 4),
            bill: bill,
            institutionKind: any(InstitutionKind.self), designated: mostly(true, [false, nil]))
    }

    private var premiums: [Category] { [.residentInsurancePremium, .longTermCarePremium] }

    private mutating func bill() -> Bill {
        let (pooled, selfPaid) = (coin() ? .zero : amount(), coin() ? .zero : amount())
        let burden = amount()
        let patient = one(in: 3) ? Plain.relative : Plain.wallet
        let digests: [Digest?] = [Plain.digest]
        return Bill(
            total: one(in: 10) ? amount() : pooled + burden + selfPaid, pooled: pooled,
            burden: burden, selfPaid: selfPaid,
            visit: mostly(.outpatient, VisitType.allCases + [nil]), patient: patient,
            credential: mostly(
                one(in: 3) ? patient : Plain.wallet,
                [nil, Plain.wallet, Plain.relative, Plain.stranger]),
            proxy: coin()
                ? nil
                : Bill.Proxy(
                    patientIdentity: mostly(Plain.digest, digests + [nil]),
                    proxyIdentity: mostly(Plain.digest, digests + [nil])),
            identityRecord: coin() ? nil : Plain.digest,
            cardNote: one(in: 4)
                ? nil
                : Bill.CardNote(
                    kinship: mostly(.parent, Kinship.allCases + [nil]),
                    holderCard: mostly(Plain.digest, digests + [nil]),
                    patientCard: mostly(Plain.digest, digests + [nil]),
                    contact: mostly(Plain.digest, digests + [nil])),
            countsTowardsDeductible: one(in: 8), asksForPooling: one(in: 8),
            pooledScheme: one(in: 8))
    }

    mutating func withdrawal() -> WithdrawalQuestion {
        let amount = amount()
        return WithdrawalQuestion(
            date: date(), reason: any(WithdrawalReason.self), amount: amount,
            balance: mostly(amount, [self.amount()]),
            documentAmount: mostly(amount, [self.amount(), nil]),
            issuer: mostly(
                .elsewhere(region(310_101)),
                [
                    nil, .unregistered, .registered(region(370_303), .medical),
                    .registered(region(440_305), .medical), .registered(region(371_002), .pharmacy),
                ]), userKinship: mostly(.spouse, Kinship.allCases + [nil]), isForAnother: coin(),
            resettlementFiled: mostly(Chance.dates[0], Chance.dates + [nil]),
            violation: one(in: 8),
            paidBefore: one(in: 5), hasCommitment: !one(in: 5),
            handler: mostly("staff-1", ["staff-2", "", nil]),
            reviewer: mostly(nil, ["staff-1", "staff-2", ""]),
            agentIdentified: mostly(nil, [true, false]),
            bank: mostly("ICBC", ["ABC", "CCB", nil]), hasCardAccount: !one(in: 5))
    }
}
