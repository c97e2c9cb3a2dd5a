import Domain
import TestSeeds
import Testing

@testable import RuleSets

/// The room and the slow answers agree on random questions to random sets.
@Suite struct SlowAndFast {
    static let cases = 20_000

    /// Also: each rule gives one finding, in order, and has no say at a step that is not its own.
    private func agree<Q: Question>(
        _ step: Chance.Step, _ asked: Steps, _ statuses: Set<Status>, silences: Set<Status>,
        _ question: (inout Chance) -> Q, _ slow: (RuleSet, Q) -> Told?
    ) {
        var chance = Chance(generator: .printed("SlowAndFast, \(step)"))
        var seen: [Told?: Int] = [:]
        for number in 0..<Self.cases {
            let (set, question) = (chance.set(for: step), question(&chance))
            let verdict = question.verdict(of: set)
            let (fast, slow) = (verdict.refusal?.told, slow(set, question))
            guard fast == slow else {
                Issue.record(
                    "case \(number): \(String(describing: fast)), slowly \(String(describing: slow)): \(set.rules) \(question)"
                )
                return
            }
            let isComplete =
                verdict.findings.map(\.rule) == set.rules.map(\.id)
                && zip(verdict.findings, set.rules).allSatisfy {
                    $0.said == .notAsked || !$1.check.steps.isDisjoint(with: asked)
                }
            guard isComplete else {
                Issue.record("case \(number): \(verdict.findings) of \(set.rules)")
                return
            }
            let rule = fast?.rule == nil ? nil : "any"
            seen[fast.map { Told($0.status, rule) }, default: 0] += 1
        }
        let expected = statuses.map { Told($0, "any") } + silences.map { Told($0, nil) }
        #expect(Set(seen.keys) == Set(expected + [nil]))
    }

    @Test func bindings() {
        agree(
            .binding, .binding,
            [
                .provinceNotJoined, .verificationTooOld, .giverNotEmployeeInsured,
                .recipientNotInsured,
                .kinshipNotAllowed, .commitmentMissing, .giverSuspended, .recipientHasGiver,
                .recipientIsGiver, .giverIsRecipient, .verificationMissing, .violationRecorded,
                .recipientNotInRegion, .channelNotAllowed, .agentIdentityMissing,
                .insuranceChanged, .familyGroupOfAnother,
            ],
            silences: [], { $0.binding() }, slowAnswer(_:_:))
    }

    @Test func quotas() {
        agree(
            .quota, .quota,
            [
                .notSharable, .quotaChangeTooLarge, .quotaChangedTooOften, .quotaClosedHours,
                .quotaNotPassedOn,
            ],
            silences: [], { $0.quota() }, slowAnswer(_:_:))
    }

    @Test func uses() {
        agree(
            .use, .use,
            [
                .visitNotAllowed, .commitmentMissing, .kinshipProofMissing, .verificationMissing,
                .billIncomplete, .aboveBurden, .categoryNotAllowed, .pooledScheme, .notForPooling,
                .institutionNotDesignated, .institutionOfAnotherKind, .impersonation,
                .relativesCardNotAllowed, .identityRecordMissing, .cardNoteMissing,
                .kinshipNotAllowed, .giverSuspended, .violationRecorded, .premiumInPart,
            ],
            silences: [.categoryNotAllowed, .impersonation], { $0.use() }, slowAnswer(_:_:))
    }

    @Test func withdrawals() {
        agree(
            .withdrawal, .withdrawal,
            [
                .issuerNotElsewhere, .resettlementRecordMissing, .institutionNotDesignated,
                .institutionOfAnotherKind, .kinshipNotAllowed,
                .commitmentMissing, .violationRecorded, .agentIdentityMissing,
                .withdrawalReasonNotAllowed, .documentMissing, .amountNotOfDocument,
                .handlerMissing, .reviewerIsHandler, .bankNotListed, .cardAccountMissing,
                .notWholeBalance, .resettledBefore,
            ],
            silences: [.withdrawalReasonNotAllowed], { $0.withdrawal() }, slowAnswer(_:_:))
    }

    @Test func theFastPathGivesTheRefusalOfTheVerdictWithItsTexts() {
        var chance = Chance(generator: .printed("SlowAndFast, fast path"))
        for _ in 0..<Self.cases {
            let (set, question) = (chance.set(for: .use), chance.use())
            let (fast, told) = (set.refusal(of: question), set.verdict(on: question).refusal)
            guard fast == told else {
                Issue.record("\(String(describing: fast)), \(String(describing: told))")
                return
            }
        }
    }

    @Test func settingsAreThoseOfTheFirstRule() {
        var chance = Chance(generator: .printed("SlowAndFast, settings"))
        for _ in 0..<5_000 {
            let set = chance.set(for: chance.any(Chance.Step.self))
            var order: DrawOrder?
            var own: Check.OwnAccount?
            var age: Int?
            var reviewed: [WithdrawalReason] = []
            for rule in set.rules {
                if case .drawOrder(let said) = rule.check { order = order ?? said }
                if case .ownAccount(let said) = rule.check { own = own ?? said }
                if case .consent(let said, _, _) = rule.check { age = age ?? said }
                if case .review(let reasons) = rule.check {
                    for reason in reasons where !reviewed.contains(reason) { reviewed += [reason] }
                }
            }
            #expect(set.drawOrder == order ?? .oldestGrantFirst)
            #expect(set.ownAccount == own)
            #expect(set.consent?.fromAge == age)
            #expect(set.asksForAge == (age != nil))
            #expect(set.reviewed == reviewed)
            #expect(set.needsConsent(age: nil) == (age != nil))
            #expect(set.needsConsent(age: 16) == (age.map { 16 >= $0 } ?? false))
        }
    }
}
