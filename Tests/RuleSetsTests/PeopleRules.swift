import Domain
import RuleSets
import Testing

/// Who may be bound, by the rules of the documents.
@Suite struct PeopleRules {
    let national = FiveSets.national

    @Test("N3: a giver who is insured as a resident has no account to give from")
    func giverOfNation() {
        let question = Plain.binding.with { $0.giver.insurance = .resident }
        expect(national, refuses: question, .giverNotEmployeeInsured, by: "N3-A")
        expect(national, allows: Plain.binding)
    }

    @Test("N3: a recipient is insured under any basic insurance, in any province, or refused")
    func recipientOfNation() {
        for insurance in Insurance.allCases {
            expect(
                national,
                allows: Plain.binding.with {
                    $0.recipient.insurance = insurance
                    $0.recipient.region = region(330100)
                })
        }
        let none = Plain.binding.with { $0.recipient.insurance = nil }
        let ended = Plain.binding.with { $0.recipient.standing = .ended }
        let moved = Plain.binding.with { $0.recipient.standing = .moved }
        for question in [none, ended, moved] {
            expect(national, refuses: question, .recipientNotInsured, by: "N3-B")
        }
        expect(national, allows: Plain.binding.with { $0.recipient.standing = .suspended })
    }

    @Test("N4: eight kinships, no other, and it must be told")
    func kinshipOfNation() {
        for kinship in FiveSets.kinshipsOfNation {
            expect(national, allows: Plain.binding.with { $0.kinship = kinship })
        }
        for kinship in [Kinship.parentInLaw, nil] {
            let question = Plain.binding.with { $0.kinship = kinship }
            expect(national, refuses: question, .kinshipNotAllowed, by: "N4")
        }
    }

    @Test("N4: a relation with a parent-in-law, made under local rules, does not pay nationally")
    func kinshipAtUse() {
        let question = Plain.visit.with {
            $0.source = .quota(kinship: .parentInLaw, standing: .insured, violation: false)
        }
        expect(national, refuses: question, .kinshipNotAllowed, by: "N4")
        expect(FiveSets.weihai, allows: question)
    }

    @Test("N5: the app, the platform and the window are channels, a city's own app is not")
    func channelsOfNation() {
        let national = self.national.without("G9")
        for channel in [Channel.nationalApp, .provincialPlatform, .agencyWindow] {
            expect(national, allows: Plain.binding.with { $0.channel = channel })
        }
        for channel in [Channel.cityPlatform, .institutionOffice] {
            let question = Plain.binding.with { $0.channel = channel }
            expect(national, refuses: question, .channelNotAllowed, by: "N5")
        }
    }

    @Test("N6: without a commitment letter, refused")
    func commitment() {
        let question = Plain.binding.with { $0.hasCommitment = false }
        expect(national, refuses: question, .commitmentMissing, by: "N6")
    }

    @Test("N7: a recipient of many givers has one more; a set with Z2's rule refuses the same")
    func manyGivers() {
        let question = Plain.binding.with { $0.recipient.givers = 40 }
        expect(national, allows: question)
        let exclusive = national.with(
            national.rules + [rule("LOCAL", .giversOfRecipient(atMost: 1))])
        expect(exclusive, refuses: question, .recipientHasGiver, by: "LOCAL")
    }

    @Test("N14: a giver whose insurance ended or moved is not bound, and the relation would end")
    func endsWithInsurance() {
        for standing in [Standing.ended, .moved] {
            let question = Plain.binding.with { $0.giver.standing = standing }
            expect(national, refuses: question, .insuranceChanged, by: "N14")
        }
        expect(national, allows: Plain.binding.with { $0.giver.standing = .suspended })
        #expect(national.endsWithInsurance)
        #expect(!national.without("N14").endsWithInsurance)
    }

    @Test("W2: the spouse's parents are relatives in Weihai, siblings are not")
    func kinshipOfWeihai() {
        for kinship in [Kinship.spouse, .child, .parent, .parentInLaw] {
            expect(FiveSets.weihai, allows: Plain.binding.with { $0.kinship = kinship })
        }
        let question = Plain.binding.with { $0.kinship = .sibling }
        expect(FiveSets.weihai, refuses: question, .kinshipNotAllowed, by: "W2-A")
    }

    @Test(
        "Z1: spouse, parents and children only, not the spouse's parents",
        arguments: [
            (FiveSets.zibo, "Z1-A"), (FiveSets.guide, "G2"), (FiveSets.shenzhen, "S2-A"),
        ])
    func closestKinship(_ set: RuleSet, _ id: String) {
        for kinship in Kinship.allCases {
            let question = Plain.binding.with { $0.kinship = kinship }
            if FiveSets.closest.contains(kinship) {
                expect(set, allows: question)
            } else {
                expect(set, refuses: question, .kinshipNotAllowed, by: id)
            }
        }
    }

    @Test("G2: a parent-in-law is no relative by the guide")
    func kinshipOfGuide() {
        let question = Plain.binding.with { $0.kinship = .parentInLaw }
        expect(FiveSets.guide, refuses: question, .kinshipNotAllowed, by: "G2")
    }

    @Test("S2: giver and recipient are insured in Shenzhen, the giver as an employee")
    func shenzhen() {
        let elsewhere = Plain.binding.with { $0.recipient.region = region(440100) }
        expect(FiveSets.shenzhen, refuses: elsewhere, .recipientNotInRegion, by: "S2-B")
        let uninsured = Plain.binding.with { $0.recipient.insurance = nil }
        expect(FiveSets.shenzhen, refuses: uninsured, .recipientNotInsured, by: "S2-C")
        let resident = Plain.binding.with { $0.giver.insurance = .resident }
        expect(FiveSets.shenzhen, refuses: resident, .giverNotEmployeeInsured, by: "S2-D")
    }

    @Test("Z2: a recipient with one giver is refused a second")
    func exclusive() {
        let question = Plain.binding.with { $0.recipient.givers = 1 }
        expect(FiveSets.zibo.without("Z4"), refuses: question, .recipientHasGiver, by: "Z2")
        expect(FiveSets.zibo, allows: Plain.binding)
    }

    @Test("Z4: three reasons, each its own status, of several the first")
    func oneWay() {
        let zibo = FiveSets.zibo.without("Z2")
        let hasGiver = Plain.binding.with { $0.recipient.givers = 1 }
        let gives = Plain.binding.with { $0.recipient.gives = true }
        let receives = Plain.binding.with { $0.giver.receives = true }
        expect(zibo, refuses: hasGiver, .recipientHasGiver, by: "Z4")
        expect(zibo, refuses: gives, .recipientIsGiver, by: "Z4")
        expect(zibo, refuses: receives, .giverIsRecipient, by: "Z4")
        let two = gives.with { $0.giver.receives = true }
        expect(zibo, refuses: two, .recipientIsGiver, by: "Z4")
        let three = two.with { $0.recipient.givers = 1 }
        expect(zibo, refuses: three, .recipientHasGiver, by: "Z4")
    }

    @Test("Z3: a giver whose insurance is suspended is not bound and does not pay until it resumes")
    func suspended() {
        let question = Plain.binding.with { $0.giver.standing = .suspended }
        expect(FiveSets.zibo, refuses: question, .giverSuspended, by: "Z3")
        let use = Plain.visit.with {
            $0.source = .quota(kinship: .spouse, standing: .suspended, violation: false)
        }
        expect(FiveSets.zibo, refuses: use, .giverSuspended, by: "Z3")
        expect(FiveSets.zibo, allows: Plain.visit)
        #expect(FiveSets.zibo.suspendsWithInsurance)
        #expect(!FiveSets.zibo.without("Z3").suspendsWithInsurance)
    }

    @Test("Z5: a giver who was not verified is refused")
    func unverified() {
        let question = Plain.binding.with { $0.verification = nil }
        expect(FiveSets.zibo, refuses: question, .verificationMissing, by: "Z5")
    }

    @Test("Z9: any of the methods that the rule names serves, no other")
    func verified() {
        let zibo = FiveSets.zibo
        expect(zibo, allows: Plain.binding.with { $0.verification = .face })
        for method in [VerificationMethod.realName, .inPerson] {
            let other = Plain.binding.with { $0.verification = method }
            expect(zibo, refuses: other, .verificationMissing, by: "Z5")
        }
    }

    @Test("G3: a recipient must be insured")
    func recipientOfGuide() {
        let question = Plain.binding.with { $0.recipient.insurance = nil }
        expect(FiveSets.guide, refuses: question, .recipientNotInsured, by: "G3")
    }

    @Test("G4: only an employee insured gives")
    func giverOfGuide() {
        let question = Plain.binding.with { $0.giver.insurance = .resident }
        expect(FiveSets.guide, refuses: question, .giverNotEmployeeInsured, by: "G4")
    }

    @Test("G9: a province that has not joined, or joins tomorrow, is refused with that reason")
    func joined() {
        let abroad = Plain.binding.with { $0.recipient.region = region(810000) }
        expect(national, refuses: abroad, .provinceNotJoined, by: "G9")
        #expect(national.verdict(on: abroad).refusal?.grounds?.limit == "not joined")

        let across = Plain.binding.with { $0.recipient.region = region(330100) }
        let before = across.with { $0.date = day(2026, 6, 30) }
        expect(national, refuses: before, .provinceNotJoined, by: "G9")
        #expect(national.verdict(on: before).refusal?.grounds?.limit == "joined since 2026-07-01")
        expect(national, allows: across.with { $0.date = day(2026, 7, 1) })
    }

    @Test("G9: the entry of a city decides before that of its province, also on the channel")
    func joinedCity() {
        let (start, later) = (day(2026, 6, 9), day(2026, 9, 1))
        let national = self.national.with(
            "G9",
            .joined([
                Check.Joined(
                    region: region(370000), since: start, channels: [.nationalApp, .agencyWindow]),
                Check.Joined(region: region(371000), since: later, channels: [.agencyWindow]),
            ]))
        let weihai = Plain.binding.with { $0.giver.region = region(371000) }
        expect(national, refuses: weihai, .provinceNotJoined, by: "G9")
        let byApp = weihai.with {
            $0.date = later
            $0.channel = .nationalApp
        }
        expect(national, refuses: byApp, .channelNotAllowed, by: "G9")
        expect(national, allows: byApp.with { $0.channel = .agencyWindow })
        let asRecipient = Plain.binding.with {
            $0.date = later
            $0.channel = .nationalApp
            $0.recipient.region = region(371000)
        }
        expect(national, allows: asRecipient)
    }

    @Test(
        "G9: within a city its own channels serve",
        arguments: [
            (FiveSets.guide, Channel.institutionOffice), (FiveSets.shenzhen, .nationalApp),
        ])
    func channelsOfCities(_ set: RuleSet, _ other: Channel) {
        expect(set, allows: Plain.binding.with { $0.channel = .cityPlatform })
        let question = Plain.binding.with { $0.channel = other }
        expect(set, refuses: question, .channelNotAllowed, by: "G9")
    }

    @Test("G11: a recipient of 16 or over consents, one of 15 does not, an unknown age does")
    func consent() {
        let guide = FiveSets.guide
        for (age, needed) in [(0, false), (15, false), (16, true), (17, true), (nil, true)] {
            #expect(guide.needsConsent(age: age) == needed)
            #expect(!guide.without("G11").needsConsent(age: age))
            expect(guide, allows: Plain.binding.with { $0.recipient.age = age })
        }
        #expect(guide.consent?.fromAge == 16)
        #expect(guide.consent?.withinDays == 30)
        #expect(guide.asksForAge)
        #expect(guide.without("G11").consent == nil)
        #expect(!guide.without("G11").asksForAge)
        let texts = [15, nil].map { age in
            let question = Plain.binding.with { $0.recipient.age = age }
            return guide.verdict(on: question).findings.first { $0.rule.text == "G11" }
        }
        #expect(texts.map { $0?.compared } == ["15 years", "age not known"])
        #expect(texts.map { $0?.limit } == ["16 years", "16 years"])
    }

    @Test("G12: members of one group bind each other, members of two groups do not")
    func familyGroup() {
        let guide = FiveSets.guide
        expect(guide, allows: Plain.binding.with { $0.groups = .same })
        expect(guide, allows: Plain.binding.with { $0.groups = .open })
        let two = Plain.binding.with { $0.groups = .different }
        expect(guide, refuses: two, .familyGroupOfAnother, by: "G12")
        let mutual = Plain.binding.with {
            $0.groups = .same
            $0.recipient.gives = true
            $0.giver.receives = true
        }
        expect(guide, allows: mutual)
        #expect(guide.keepsFamilyGroups)
        #expect(!guide.without("G12").keepsFamilyGroups)
    }

    @Test("G18: without proof of kinship the relation is not refused, but stays proposed")
    func kinshipProof() {
        let guide = FiveSets.guide
        let unproven = Plain.binding.with { $0.hasKinshipProof = false }
        expect(guide, allows: unproven)
        let finding = guide.verdict(on: unproven).findings.first { $0.rule.text == "G18" }
        #expect(
            finding
                == Finding(
                    rule: RuleID("G18")!, said: .holds, compared: "missing", limit: "kinship proof")
        )
        #expect(guide.asksForKinshipProof)
        #expect(!guide.without("G18").asksForKinshipProof)
    }

    @Test("W7: a violation of either side refuses a relation, and one of the giver suspends")
    func violation() {
        let weihai = FiveSets.weihai
        let giver = Plain.binding.with { $0.giver.violation = true }
        let recipient = Plain.binding.with { $0.recipient.violation = true }
        expect(weihai, refuses: giver, .violationRecorded, by: "W7")
        expect(weihai, refuses: recipient, .violationRecorded, by: "W7")
        let use = Plain.visit.with {
            $0.source = .quota(kinship: .spouse, standing: .insured, violation: true)
        }
        expect(weihai, refuses: use, .violationRecorded, by: "W7")
        #expect(weihai.suspendsOnViolation)
        #expect(!weihai.without("W7").suspendsOnViolation)
    }

    @Test("W10: an agent is recorded with identity; where there is no agent, nobody asks")
    func agent() {
        let weihai = FiveSets.weihai
        let unknown = Plain.binding.with { $0.agentIdentified = false }
        expect(weihai, refuses: unknown, .agentIdentityMissing, by: "W10")
        expect(weihai, allows: Plain.binding.with { $0.agentIdentified = true })
        let finding = weihai.verdict(on: Plain.binding).findings.first { $0.rule.text == "W10" }
        #expect(finding?.said == .notAsked)
    }
}
