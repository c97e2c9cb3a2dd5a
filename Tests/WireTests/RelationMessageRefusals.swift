import Domain
import Foundation
import Signing
import SwiftProtobuf
import Testing

@testable import Wire

/// Messages about relations and documents whose fields have a wrong form or range.
@Suite struct RelationMessageRefusals {
    func refusal(_ change: (inout Gongji_V1_Message) -> Void) -> DecodingRefusal? {
        var proto = Gongji_V1_Message()
        change(&proto)
        do throws(DecodingRefusal) {
            _ = try Message(decoding: serialize(proto), hashing: SM3Hashing())
            return nil
        } catch {
            return error
        }
    }

    /// Changes of one part of a message that is good, each with the refusal that it leads to.
    typealias Changes<Part> = [(change: (inout Part) -> Void, refusal: DecodingRefusal?)]

    func check<Part>(
        _ good: Part, _ field: WritableKeyPath<Gongji_V1_Message, Part>, _ changes: Changes<Part>
    ) {
        #expect(refusal { $0[keyPath: field] = good } == nil)
        for (number, (change, expected)) in changes.enumerated() {
            var part = good
            change(&part)
            #expect(refusal { $0[keyPath: field] = part } == expected, "case \(number)")
        }
    }

    let id = Samples.son.data
    let digest = Samples.planDigest.data
    let short = Data([1])

    @Test func aProposalNamesItsRecipientInOneWay() {
        check(
            Gongji_V1_RelationProposal.with {
                $0.relation = id
                $0.giver = id
                $0.giverRegion = 440_300
                $0.kinship = .parent
                $0.recipient = id
            }, \.relationProposal,
            [
                ({ $0.recipient = Data() }, .badField),
                ({ $0.sealedIdentity = Data(Samples.sealedBox) }, .badField),
                ({ $0.recipient = short }, .badField),
                (
                    {
                        $0.recipient = Data()
                        $0.sealedIdentity = Data(count: Limits.sealedBytesMax)
                    }, nil
                ),
                (
                    {
                        $0.recipient = Data()
                        $0.sealedIdentity = Data(count: Limits.sealedBytesMax + 1)
                    }, .tooLong
                ),
                ({ $0.relation = short }, .badField), ({ $0.giver = Data() }, .badField),
                ({ $0.giverRegion = 0 }, .badField), ({ $0.giverRegion = 920_000 }, .badField),
                ({ $0.kinship = .unspecified }, .badField),
                ({ $0.kinship = .UNRECOGNIZED(10) }, .badField),
                ({ $0.kinship = .UNRECOGNIZED(-1) }, .badField),
                ({ $0.kinship = .UNRECOGNIZED(258) }, .badField),
                ({ $0.priority = 255 }, nil), ({ $0.priority = 256 }, .badField),
                ({ $0.priority = .max }, .badField),
            ])
    }

    @Test func anAnswerHasEitherAStatusOrAllFacts() {
        check(
            Gongji_V1_RelationAnswer.with {
                $0.relation = id
                $0.wallet = id
                $0.insurance = .resident
                $0.standing = .insured
                $0.region = 370_000
            }, \.relationAnswer,
            [
                ({ $0.relation = Data() }, .badField), ({ $0.wallet = Data() }, .badField),
                ({ $0.insurance = .unspecified }, .badField),
                ({ $0.insurance = .UNRECOGNIZED(3) }, .badField),
                ({ $0.standing = .unspecified }, .badField),
                ({ $0.standing = .UNRECOGNIZED(5) }, .badField),
                ({ $0.region = 0 }, .badField), ({ $0.ageYears = 0 }, nil),
                ({ $0.ageYears = 200 }, nil), ({ $0.ageYears = 201 }, .badField),
                ({ $0.ageYears = .max }, .badField), ({ $0.status = 136 }, .badField),
                // With a status nothing else is read.
                (
                    {
                        $0.status = 43
                        $0.wallet = Data()
                        $0.ageYears = .max
                    }, nil
                ),
            ])
    }

    @Test func consentAndChangeAreOfARelation() {
        check(
            Gongji_V1_RelationConsent.with {
                $0.relation = id
                $0.verification = Samples.verification.proto
            }, \.relationConsent,
            [
                ({ $0.relation = short }, .badField), ({ $0.clearVerification() }, nil),
                ({ $0.verification.method = .unspecified }, .badField),
                ({ $0.verification.method = .UNRECOGNIZED(4) }, .badField),
                ({ $0.verification.atMs = -1 }, .badField),
                ({ $0.verification.atMs = Limits.instantMillisecondsMax + 1 }, .badField),
                ({ $0.verification.reference = Data() }, .badField),
                ({ $0.verification.reference = short }, .badField),
            ])
        check(
            Gongji_V1_RecipientChange.with {
                $0.relation = id
                $0.standing = .ended
            }, \.recipientChange,
            [
                ({ $0.relation = Data() }, .badField), ({ $0.standing = .unspecified }, .badField),
                ({ $0.standing = .UNRECOGNIZED(5) }, .badField),
            ])
    }

    @Test func aDocumentIsADigest() {
        check(
            Gongji_V1_DocumentClaim.with {
                $0.withdrawal = id
                $0.wallet = id
                $0.document = digest
            }, \.documentClaim,
            [
                ({ $0.withdrawal = Data() }, .badField), ({ $0.wallet = short }, .badField),
                ({ $0.document = Data() }, .badField), ({ $0.document = id }, .badField),
            ])
        check(
            Gongji_V1_DocumentAnswer.with {
                $0.withdrawal = id
                $0.document = digest
            }, \.documentAnswer,
            [
                ({ $0.withdrawal = short }, .badField), ({ $0.document = Data() }, .badField),
                ({ $0.status = 122 }, nil), ({ $0.status = 136 }, .badField),
                ({ $0.status = .max }, .badField),
            ])
        check(
            Gongji_V1_DocumentRelease.with {
                $0.withdrawal = id
                $0.document = digest
            }, \.documentRelease,
            [
                ({ $0.withdrawal = short }, .badField), ({ $0.document = Data() }, .badField),
            ])
    }

    @Test func aNoticeHasItsFieldsInForm() {
        let use = Gongji_V1_Use.with {
            $0.transaction = id
            $0.care = 310_000
            $0.institution = "H31010100001"
            $0.category = .medicalCare
        }
        check(
            Gongji_V1_QuotaNotice.with {
                $0.relation = id
                $0.wallet = id
                $0.giver = id
                $0.giverRegion = 440_300
                $0.kinship = .parent
                $0.phase = .active
                $0.uses = [use]
            }, \.quotaNotice,
            [
                ({ $0.relation = short }, .badField), ({ $0.wallet = Data() }, .badField),
                ({ $0.giver = Data() }, .badField), ({ $0.giverRegion = 0 }, .badField),
                ({ $0.availableFen = -1 }, .badField),
                ({ $0.availableFen = Fen.limit.value + 1 }, .badField),
                ({ $0.kinship = .unspecified }, .badField),
                ({ $0.phase = .unspecified }, .badField),
                ({ $0.phase = .UNRECOGNIZED(7) }, .badField),
                ({ $0.phase = .UNRECOGNIZED(259) }, .badField),
                ({ $0.grantedMs = -1 }, .badField), ({ $0.priority = 256 }, .badField),
                ({ $0.consentUntilMs = -1 }, .badField),
                ({ $0.consentUntilMs = .max }, .badField), ({ $0.status = 11 }, .badField),
                ({ $0.uses = Array(repeating: use, count: Limits.noticeUsesMax) }, nil),
                (
                    { $0.uses = Array(repeating: use, count: Limits.noticeUsesMax + 1) },
                    .badField
                ),
                ({ $0.uses[0].transaction = Data() }, .badField),
                ({ $0.uses[0].care = 310_100 }, .badField),
                ({ $0.uses[0].institution = "" }, .badField),
                ({ $0.uses[0].category = .unspecified }, .badField),
                ({ $0.uses[0].category = .UNRECOGNIZED(16) }, .badField),
                ({ $0.uses[0].amountFen = -1 }, .badField),
                ({ $0.uses[0].businessDate = -1 }, .badField),
                ({ $0.uses[0].businessDate = Limits.businessDateDaysMax + 1 }, .badField),
                ({ $0.uses[0].reversalDate = .max }, .badField),
                ({ $0.uses[0].reversalDate = .min }, .badField),
            ])
    }

    @Test func groundsAreShortTextsOfARule() {
        check(
            Gongji_V1_Refusal.with {
                $0.transaction = id
                $0.planDigest = digest
                $0.participant = 330_000
                $0.status = 25
                $0.grounds = Samples.grounds.proto
            }, \.refusal,
            [
                ({ $0.clearGrounds() }, nil), ({ $0.grounds.rule = "" }, .badField),
                ({ $0.grounds.rule = "n10" }, .badField),
                ({ $0.grounds.rule = "LOCAL-100" }, .badField),
                ({ $0.grounds.compared = String(repeating: "x", count: 200) }, nil),
                ({ $0.grounds.compared = String(repeating: "x", count: 201) }, .badField),
                // 67 characters of three octets.
                ({ $0.grounds.limit = String(repeating: "七", count: 67) }, .badField),
                ({ $0.grounds.compared = "70000 fen\u{1b}[2J" }, .badField),
                ({ $0.grounds.limit = "two\nlines" }, .badField),
                ({ $0.grounds.limit = "\u{9b}31m" }, .badField),
            ])
    }

    @Test func anAgeIsToldWithinItsBounds() throws {
        for (age, told) in [(-1, 0), (200, 200), (226, 200)] {
            let answer = RelationAnswer(
                relation: Samples.son,
                result: .success(
                    RelationAnswer.Facts(
                        wallet: Samples.wallet, insurance: .resident, standing: .insured,
                        region: .national, violation: false, age: age, givers: 0, gives: false)))
            let decoded = try RelationAnswer(answer.proto)
            #expect(try decoded.result.get().age == told)
        }
    }
}
