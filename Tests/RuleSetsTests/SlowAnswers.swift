import Domain
import RuleSets

/// What refuses, and which rule is cited; no rule if it is a silence.
struct Told: Hashable {
    let status: Status
    let rule: String?
    init(_ status: Status, _ rule: String?) {
        self.status = status
        self.rule = rule
    }
}

extension RefusalReason {
    var told: Told { Told(status, grounds?.rule.text) }
}

// A second implementation, slow and obvious, written from docs/rules.md: one ladder for each question,
// from the lowest status number up, which looks through all rules on each rung.

func slowAnswer(_ set: RuleSet, _ asked: BindingQuestion) -> Told? {
    // 9
    for rule in set.rules {
        if case .joined(let entries) = rule.check {
            for place in [asked.giver.region, asked.recipient.region] {
                let since = slowEntry(entries, place)?.since
                if since == nil || asked.date < since! {
                    return Told(.provinceNotJoined, rule.id.text)
                }
            }
        }
    }
    // 15
    for rule in set.rules {
        if case .verification(_, let days) = rule.check {
            if asked.verification != nil && days < asked.verifiedDaysAgo {
                return Told(.verificationTooOld, rule.id.text)
            }
        }
    }
    // 42
    for rule in set.rules {
        if case .giverInsurance(let kinds) = rule.check {
            if !kinds.contains(where: { $0 == asked.giver.insurance }) {
                return Told(.giverNotEmployeeInsured, rule.id.text)
            }
        }
    }
    // 43
    for rule in set.rules {
        if case .recipientInsurance(let kinds) = rule.check {
            if asked.recipient.insurance == nil || asked.recipient.standing == .ended
                || asked.recipient.standing == .moved
                || !kinds.contains(asked.recipient.insurance!)
            {
                return Told(.recipientNotInsured, rule.id.text)
            }
        }
    }
    // 44
    for rule in set.rules {
        if case .kinship(let kinds) = rule.check {
            if asked.kinship == nil || !kinds.contains(asked.kinship!) {
                return Told(.kinshipNotAllowed, rule.id.text)
            }
        }
    }
    // 45
    for rule in set.rules {
        if case .commitment = rule.check {
            if !asked.hasCommitment { return Told(.commitmentMissing, rule.id.text) }
        }
    }
    // 51
    for rule in set.rules {
        if case .giverNotSuspended = rule.check {
            if asked.giver.standing == .suspended { return Told(.giverSuspended, rule.id.text) }
        }
    }
    // 52
    for rule in set.rules {
        if case .oneWay = rule.check {
            if asked.recipient.givers != 0 { return Told(.recipientHasGiver, rule.id.text) }
        }
        if case .giversOfRecipient(let most) = rule.check {
            if asked.recipient.givers + 1 > most { return Told(.recipientHasGiver, rule.id.text) }
        }
    }
    // 53, 54
    for rule in set.rules {
        if case .oneWay = rule.check {
            if asked.recipient.gives { return Told(.recipientIsGiver, rule.id.text) }
        }
    }
    for rule in set.rules {
        if case .oneWay = rule.check {
            if asked.giver.receives { return Told(.giverIsRecipient, rule.id.text) }
        }
    }
    // 55
    for rule in set.rules {
        if case .verification(let methods, _) = rule.check {
            if asked.verification == nil || !methods.contains(asked.verification!) {
                return Told(.verificationMissing, rule.id.text)
            }
        }
    }
    // 59
    for rule in set.rules {
        if case .noViolation = rule.check {
            if asked.giver.violation || asked.recipient.violation {
                return Told(.violationRecorded, rule.id.text)
            }
        }
    }
    // 100
    for rule in set.rules {
        if case .recipientInRegion = rule.check {
            let (giver, recipient) = (asked.giver.region.number, asked.recipient.region.number)
            let isProvince = giver % 10_000 == 0
            let isNear = giver / 100 == recipient / 100
            let isWithin = isProvince && giver / 10_000 == recipient / 10_000
            if giver != 100_000 && !isNear && !isWithin {
                return Told(.recipientNotInRegion, rule.id.text)
            }
        }
    }
    // 101
    for rule in set.rules {
        if case .channels(let channels) = rule.check {
            if !channels.contains(asked.channel) { return Told(.channelNotAllowed, rule.id.text) }
        }
        if case .joined(let entries) = rule.check {
            let channels = slowEntry(entries, asked.giver.region)?.channels ?? []
            if !channels.contains(asked.channel) { return Told(.channelNotAllowed, rule.id.text) }
        }
    }
    // 102
    for rule in set.rules {
        if case .agentIdentity = rule.check {
            if asked.agentIdentified == .some(false) {
                return Told(.agentIdentityMissing, rule.id.text)
            }
        }
    }
    // 106
    for rule in set.rules {
        if case .endsWithInsurance = rule.check {
            if asked.giver.standing == .ended || asked.giver.standing == .moved {
                return Told(.insuranceChanged, rule.id.text)
            }
        }
    }
    // 107
    for rule in set.rules {
        if case .familyGroup = rule.check {
            if asked.groups == .different { return Told(.familyGroupOfAnother, rule.id.text) }
        }
    }
    return nil
}

/// Of the county, else of the city, else of the province, else of the nation.
private func slowEntry(_ entries: [Check.Joined], _ place: RegionCode) -> Check.Joined? {
    for number in [place.number, place.number / 100 * 100, place.number / 10_000 * 10_000, 100_000]
    {
        for entry in entries where entry.region.number == number { return entry }
    }
    return nil
}

func slowAnswer(_ set: RuleSet, _ asked: QuotaQuestion) -> Told? {
    let minutes = asked.now.milliseconds / 60_000 + 8 * 60
    let today = Int32(minutes / 1440)
    let clock = Int(minutes % 1440)
    // 64
    for rule in set.rules {
        if asked.raise.value > 0 {
            if case .sharable(.carriedOver) = rule.check {
                if asked.raise.value > asked.carriedOver.value {
                    return Told(.notSharable, rule.id.text)
                }
            }
            if case .sharable(.above(let rows)) = rule.check {
                var threshold: Int64?
                for row in rows {
                    if row.from.daysSince1970 <= today { threshold = row.amount.value }
                }
                if threshold == nil || asked.balance.value - asked.raise.value < threshold! {
                    return Told(.notSharable, rule.id.text)
                }
            }
        }
    }
    // 65
    for rule in set.rules {
        if case .quotaLimits(let limits) = rule.check {
            if limits.raiseAtMost != nil {
                if asked.raise.value > limits.raiseAtMost!.value {
                    return Told(.quotaChangeTooLarge, rule.id.text)
                }
            }
        }
    }
    // 66
    for rule in set.rules {
        if case .quotaLimits(let limits) = rule.check {
            if limits.perDay != nil {
                if asked.changesToday + 1 > limits.perDay! {
                    return Told(.quotaChangedTooOften, rule.id.text)
                }
            }
        }
    }
    // 67: minute after minute from the one to the other
    for rule in set.rules {
        if case .quotaLimits(let limits) = rule.check {
            if limits.closed != nil {
                var minute = limits.closed!.from
                while minute != limits.closed!.to {
                    if minute == clock { return Told(.quotaClosedHours, rule.id.text) }
                    minute = (minute + 1) % 1440
                }
            }
        }
    }
    // 68
    for rule in set.rules {
        if case .notPassedOn = rule.check {
            if asked.raise.value > 0 && asked.received.value > 0 {
                if asked.balance.value < asked.raise.value {
                    return Told(.quotaNotPassedOn, rule.id.text)
                }
            }
        }
    }
    return nil
}

func slowAnswer(_ set: RuleSet, _ asked: WithdrawalQuestion) -> Told? {
    // 16
    for rule in set.rules {
        if case .issuerElsewhere(let reasons) = rule.check {
            if reasons.contains(asked.reason) {
                if case .registered(let place, _) = asked.issuer {
                    for region in set.regions {
                        if region.number / 100 == place.number / 100 {
                            return Told(.issuerNotElsewhere, rule.id.text)
                        }
                    }
                }
            }
        }
    }
    // 18
    for rule in set.rules {
        if case .resettlementRecord(let reasons) = rule.check {
            if reasons.contains(asked.reason) {
                if asked.resettlementFiled == nil || asked.date < asked.resettlementFiled! {
                    return Told(.resettlementRecordMissing, rule.id.text)
                }
            }
        }
    }
    // 29, 30
    for rule in set.rules {
        if case .issuerElsewhere(let reasons) = rule.check {
            if reasons.contains(asked.reason) && asked.issuer == .unregistered {
                return Told(.institutionNotDesignated, rule.id.text)
            }
        }
    }
    for rule in set.rules {
        if case .issuerElsewhere(let reasons) = rule.check {
            if reasons.contains(asked.reason) {
                if case .registered(_, let kind) = asked.issuer {
                    if kind != .medical { return Told(.institutionOfAnotherKind, rule.id.text) }
                }
            }
        }
    }
    // 44
    for rule in set.rules {
        if case .kinship(let kinds) = rule.check {
            if asked.userKinship == nil {
                if asked.isForAnother { return Told(.kinshipNotAllowed, rule.id.text) }
            } else if !kinds.contains(asked.userKinship!) {
                return Told(.kinshipNotAllowed, rule.id.text)
            }
        }
    }
    // 45
    for rule in set.rules {
        if case .withdrawalCommitment(let reasons) = rule.check {
            if reasons.contains(asked.reason) && !asked.hasCommitment {
                return Told(.commitmentMissing, rule.id.text)
            }
        }
    }
    // 59
    for rule in set.rules {
        if case .noViolation = rule.check {
            if asked.violation { return Told(.violationRecorded, rule.id.text) }
        }
    }
    // 102
    for rule in set.rules {
        if case .agentIdentity = rule.check {
            if asked.agentIdentified == .some(false) {
                return Told(.agentIdentityMissing, rule.id.text)
            }
        }
    }
    // 120
    var named = false
    for rule in set.rules {
        if case .withdrawalReasons(let reasons) = rule.check {
            named = true
            if !reasons.contains(asked.reason) {
                return Told(.withdrawalReasonNotAllowed, rule.id.text)
            }
        }
    }
    if !named { return Told(.withdrawalReasonNotAllowed, nil) }
    // 121
    for rule in set.rules {
        if case .document(let reasons) = rule.check {
            if reasons.contains(asked.reason) && asked.documentAmount == nil {
                return Told(.documentMissing, rule.id.text)
            }
        }
    }
    // 123
    for rule in set.rules {
        if case .document(let reasons) = rule.check {
            if reasons.contains(asked.reason) && asked.documentAmount!.value != asked.amount.value {
                return Told(.amountNotOfDocument, rule.id.text)
            }
        }
    }
    // 124
    for rule in set.rules {
        if case .review(let reasons) = rule.check {
            if reasons.contains(asked.reason) {
                if asked.handler == nil || asked.handler == "" || asked.reviewer == "" {
                    return Told(.handlerMissing, rule.id.text)
                }
            }
        }
    }
    // 125
    for rule in set.rules {
        if case .review(let reasons) = rule.check {
            if reasons.contains(asked.reason) {
                if asked.reviewer != nil && asked.reviewer == asked.handler {
                    return Told(.reviewerIsHandler, rule.id.text)
                }
            }
        }
    }
    // 128
    for rule in set.rules {
        if case .payoutBanks(let outlets) = rule.check {
            if asked.hasCardAccount {
                var listed = false
                for outlet in outlets {
                    if outlet.bank == asked.bank { listed = true }
                }
                if !listed { return Told(.bankNotListed, rule.id.text) }
            }
        }
    }
    // 129
    for rule in set.rules {
        if case .payoutBanks = rule.check {
            if !asked.hasCardAccount { return Told(.cardAccountMissing, rule.id.text) }
        }
    }
    // 130
    for rule in set.rules {
        if case .wholeBalanceOnce(let reasons) = rule.check {
            if reasons.contains(asked.reason) && asked.amount.value != asked.balance.value {
                return Told(.notWholeBalance, rule.id.text)
            }
        }
    }
    // 131
    for rule in set.rules {
        if case .wholeBalanceOnce(let reasons) = rule.check {
            if reasons.contains(asked.reason) && asked.paidBefore {
                return Told(.resettledBefore, rule.id.text)
            }
        }
    }
    return nil
}
