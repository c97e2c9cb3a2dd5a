import Domain
import RuleSets

/// As the other slow answers: from the lowest status number up.
func slowAnswer(_ set: RuleSet, _ asked: UseQuestion) -> Told? {
    let bill = asked.bill
    let forAnother = asked.wallet != bill.patient
    var hasCardRule = false
    var hasCredentialRule = false
    var hasCategories = false
    for rule in set.rules {
        if case .relativesCard = rule.check { hasCardRule = true }
        if case .ownCredential = rule.check { hasCredentialRule = true }
        if case .categories = rule.check { hasCategories = true }
    }
    // 19
    for rule in set.rules {
        if case .visits(let visits) = rule.check {
            if asked.category == .medicalCare {
                if bill.visit == nil || !visits.contains(bill.visit!) {
                    return Told(.visitNotAllowed, rule.id.text)
                }
            }
        }
    }
    // 24
    for rule in set.rules {
        if case .burdenOnly = rule.check {
            if bill.total.value != bill.pooled.value + bill.burden.value + bill.selfPaid.value {
                return Told(.billIncomplete, rule.id.text)
            }
        }
    }
    // 25
    for rule in set.rules {
        if case .burdenOnly = rule.check {
            if bill.burden.value < asked.amount.value { return Told(.aboveBurden, rule.id.text) }
        }
    }
    // 26
    for rule in set.rules {
        if case .categories(let allowed) = rule.check {
            if !allowed.contains(asked.category) {
                return Told(.categoryNotAllowed, rule.id.text)
            }
        }
        if case .neverFor(let never) = rule.check {
            if never.contains(asked.category) { return Told(.categoryNotAllowed, rule.id.text) }
        }
    }
    if !hasCategories { return Told(.categoryNotAllowed, nil) }
    // 27
    for rule in set.rules {
        if case .familySchemeOnly = rule.check {
            if bill.pooledScheme { return Told(.pooledScheme, rule.id.text) }
        }
    }
    // 28
    for rule in set.rules {
        if case .apartFromPooling = rule.check {
            if bill.asksForPooling || bill.countsTowardsDeductible {
                return Told(.notForPooling, rule.id.text)
            }
        }
        if case .nothingPooled = rule.check {
            if bill.pooled.value > 0 { return Told(.notForPooling, rule.id.text) }
        }
    }
    // 29
    for rule in set.rules {
        if case .designated = rule.check {
            if asked.designated == .some(false) {
                return Told(.institutionNotDesignated, rule.id.text)
            }
        }
    }
    // 30
    for rule in set.rules {
        if case .places(let places) = rule.check {
            for place in places {
                if place.category == asked.category {
                    if !place.kinds.contains(asked.institutionKind) {
                        return Told(.institutionOfAnotherKind, rule.id.text)
                    }
                }
            }
        }
    }
    // 31
    for rule in set.rules {
        if case .ownCredential = rule.check {
            if !(hasCardRule && forAnother) {
                if bill.credential == nil || bill.credential! != bill.patient || forAnother {
                    return Told(.impersonation, rule.id.text)
                }
            }
        }
        if case .relativesCard = rule.check {
            if forAnother {
                if bill.credential == nil || bill.credential! != asked.wallet {
                    return Told(.impersonation, rule.id.text)
                }
            }
        }
    }
    if forAnother && !hasCardRule && !hasCredentialRule { return Told(.impersonation, nil) }
    // 32
    for rule in set.rules {
        if case .relativesCard(let card) = rule.check {
            if forAnother {
                if card.until != nil && card.until! < asked.date {
                    return Told(.relativesCardNotAllowed, rule.id.text)
                }
                if case .quota = asked.source {
                    return Told(.relativesCardNotAllowed, rule.id.text)
                }
            }
        }
    }
    // 33
    for rule in set.rules {
        if case .ownCredential = rule.check {
            if !forAnother && bill.proxy != nil {
                if bill.proxy!.patientIdentity == nil || bill.proxy!.proxyIdentity == nil {
                    return Told(.identityRecordMissing, rule.id.text)
                }
            }
        }
        if case .relativesCard(let card) = rule.check {
            if forAnother && asked.institutionKind == .pharmacy {
                if card.pharmacyRecordFrom != nil {
                    if !(asked.bill.total.value < card.pharmacyRecordFrom!.value) {
                        if bill.identityRecord == nil {
                            return Told(.identityRecordMissing, rule.id.text)
                        }
                    }
                }
            }
        }
    }
    // 34
    for rule in set.rules {
        if case .relativesCard(let card) = rule.check {
            if forAnother && card.note {
                if bill.cardNote == nil || bill.cardNote!.kinship == nil
                    || bill.cardNote!.contact == nil || bill.cardNote!.holderCard == nil
                    || bill.cardNote!.patientCard == nil
                {
                    return Told(.cardNoteMissing, rule.id.text)
                }
            }
        }
    }
    // 44
    for rule in set.rules {
        if case .kinship(let kinds) = rule.check {
            if case .quota(let kinship, _, _, _) = asked.source {
                if !kinds.contains(kinship) { return Told(.kinshipNotAllowed, rule.id.text) }
            }
        }
        if case .relativesCard(let card) = rule.check {
            if forAnother {
                if bill.cardNote == nil || bill.cardNote!.kinship == nil {
                    return Told(.kinshipNotAllowed, rule.id.text)
                }
                if !card.kinships.contains(bill.cardNote!.kinship!) {
                    return Told(.kinshipNotAllowed, rule.id.text)
                }
            }
        }
    }
    // 45
    for rule in set.rules {
        if case .commitment = rule.check {
            if case .quota(_, _, _, let shown) = asked.source {
                if !shown.hasCommitment { return Told(.commitmentMissing, rule.id.text) }
            }
        }
    }
    // 47
    for rule in set.rules {
        if case .kinshipProof = rule.check {
            if case .quota(_, _, _, let shown) = asked.source {
                if !shown.hasKinshipProof { return Told(.kinshipProofMissing, rule.id.text) }
            }
        }
    }
    // 51
    for rule in set.rules {
        if case .giverNotSuspended = rule.check {
            if case .quota(_, .suspended, _, _) = asked.source {
                return Told(.giverSuspended, rule.id.text)
            }
        }
    }
    // 55
    for rule in set.rules {
        if case .verification(let methods, _) = rule.check {
            if case .quota(_, _, _, let shown) = asked.source {
                if shown.verification == nil || !methods.contains(shown.verification!) {
                    return Told(.verificationMissing, rule.id.text)
                }
            }
        }
    }
    // 59
    for rule in set.rules {
        if case .noViolation = rule.check {
            if case .quota(_, _, true, _) = asked.source {
                return Told(.violationRecorded, rule.id.text)
            }
        }
    }
    // 63
    for rule in set.rules {
        if case .premiumInFull = rule.check {
            if asked.category == .residentInsurancePremium
                || asked.category == .longTermCarePremium
            {
                if asked.source == .ownAccount || !asked.exact
                    || asked.amount.value != bill.total.value
                {
                    return Told(.premiumInPart, rule.id.text)
                }
            }
        }
    }
    return nil
}
