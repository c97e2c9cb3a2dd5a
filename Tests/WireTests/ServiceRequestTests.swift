import Domain
import Foundation
import Signing
import SwiftProtobuf
import Testing

@testable import Wire

/// What clients send: good forms become values, others are refused before anyone looks at them.
@Suite struct ServiceRequestTests {
    let id = Samples.id(0x51)
    let wallet = Samples.wallet.value.data
    let digest = Samples.planDigest.data
    let short = Data([1])

    func decode(
        _ body: Gongji_V1_ServiceRequest.OneOf_Body
    ) throws(DecodingRefusal) -> ServiceRequest.Body {
        let proto = Gongji_V1_ServiceRequest.with {
            $0.id = id.data
            $0.body = body
        }
        let bytes = serialize(proto)
        let request = try ServiceRequest(decoding: bytes, hashing: SM3Hashing())
        #expect(request.id == id)
        #expect(request.digest == SM3Hashing().digest(bytes))
        return request.body
    }

    func refusal(_ body: Gongji_V1_ServiceRequest.OneOf_Body) -> DecodingRefusal? {
        do throws(DecodingRefusal) {
            _ = try decode(body)
            return nil
        } catch {
            return error
        }
    }

    /// Changes of one form, each with the refusal that it leads to.
    typealias Changes<Form> = [(change: (inout Form) -> Void, refusal: DecodingRefusal?)]

    func check<Form>(
        _ good: Form, _ body: (Form) -> Gongji_V1_ServiceRequest.OneOf_Body,
        _ changes: Changes<Form>
    ) {
        #expect(refusal(body(good)) == nil)
        for (number, (change, expected)) in changes.enumerated() {
            var form = good
            change(&form)
            #expect(refusal(body(form)) == expected, "case \(number)")
        }
    }

    func text(_ count: Int) -> String { String(repeating: "x", count: count) }

    // MARK: People

    @Test func anAccountIsOpenedWithOrWithoutAnIdentity() throws {
        var form = Gongji_V1_OpenAccount.with {
            $0.wallet = wallet
            $0.insurance = .employee
            $0.balanceFen = -5
        }
        #expect(
            try decode(.openAccount(form))
                == .command(
                    .openAccount(
                        ServiceRequest.AccountOrder(
                            wallet: Samples.wallet, insurance: .employee, balance: -5))))
        form.insurance = .UNRECOGNIZED(3)
        form.region = 371_000
        form.sealedIdentity = Data(Samples.sealedBox)
        #expect(
            try decode(.openAccount(form))
                == .command(
                    .openAccount(
                        ServiceRequest.AccountOrder(
                            wallet: Samples.wallet, insurance: nil, balance: -5,
                            region: RegionCode(371_000)!, sealedIdentity: Samples.sealedBox))))
        check(
            form, Gongji_V1_ServiceRequest.OneOf_Body.openAccount,
            [
                ({ $0.wallet = Data() }, .badField), ({ $0.region = 99 }, .badField),
                ({ $0.region = 920_000 }, .badField),
                ({ $0.sealedIdentity = Data(count: Limits.sealedBytesMax) }, nil),
                ({ $0.sealedIdentity = Data(count: Limits.sealedBytesMax + 1) }, .tooLong),
            ])
    }

    @Test func whatIsRecordedOfAPersonHasItsForm() throws {
        #expect(
            try decode(
                .changeInsurance(
                    .with {
                        $0.wallet = wallet
                        $0.insurance = .resident
                        $0.standing = .moved
                    }))
                == .command(
                    .changeInsurance(
                        wallet: Samples.wallet, insurance: .resident, standing: .moved)))
        // What is unknown is for the engine to refuse.
        #expect(
            try decode(
                .changeInsurance(
                    .with {
                        $0.wallet = wallet
                        $0.insurance = .UNRECOGNIZED(-1)
                        $0.standing = .UNRECOGNIZED(261)
                    }))
                == .command(
                    .changeInsurance(wallet: Samples.wallet, insurance: nil, standing: nil)))
        check(
            Gongji_V1_RecordViolation.with {
                $0.wallet = wallet
                $0.reason = "card lent to someone else"
                $0.untilDate = 20_700
            }, Gongji_V1_ServiceRequest.OneOf_Body.recordViolation,
            [
                ({ $0.wallet = short }, .badField), ({ $0.reason = "" }, nil),
                ({ $0.reason = text(200) }, nil), ({ $0.reason = text(201) }, .tooLong),
                ({ $0.untilDate = .min }, nil),
                // 9999-12-31 is the last day.
                ({ $0.untilDate = 2_932_896 }, nil), ({ $0.untilDate = 2_932_897 }, .badField),
                ({ $0.untilDate = .max }, .badField),
            ])
        check(
            Gongji_V1_SetCardAccount.with {
                $0.wallet = wallet
                $0.bank = "ICBC"
                $0.account = "6222000000000000001"
            }, Gongji_V1_ServiceRequest.OneOf_Body.setCardAccount,
            [
                ({ $0.wallet = Data() }, .badField), ({ $0.bank = text(16) }, nil),
                ({ $0.bank = text(17) }, .tooLong), ({ $0.account = text(32) }, nil),
                ({ $0.account = text(33) }, .tooLong), ({ $0.bank = "\t" }, .badField),
            ])
    }

    @Test(arguments: [
        "a\nb", "\0", "\u{1b}[31m", "\r", "\u{7f}", "\u{80}", "\u{9b}2J", "tab\tbed",
    ])
    func noTextHasControlCharacters(_ text: String) {
        let forms: [Gongji_V1_ServiceRequest.OneOf_Body] = [
            .recordViolation(
                .with {
                    $0.wallet = wallet
                    $0.reason = text
                }),
            .setCardAccount(
                .with {
                    $0.wallet = wallet
                    $0.account = text
                }),
            .confirmCardAccount(
                .with {
                    $0.wallet = wallet
                    $0.bank = text
                }),
            .returnPayout(
                .with {
                    $0.withdrawal = id.data
                    $0.reason = text
                }),
        ]
        for form in forms { #expect(refusal(form) == .badField) }
    }

    @Test(arguments: [" ", "\u{3000}", "\u{a0}", "\u{2800}", "\u{3164}", "\u{2003} "])
    func aBlankIsNoPersonAndNoReason(_ text: String) {
        let forms: [Gongji_V1_ServiceRequest.OneOf_Body] = [
            .returnPayout(
                .with {
                    $0.withdrawal = id.data
                    $0.reason = text
                })
        ]
        for form in forms { #expect(refusal(form) == .badField) }
    }

    /// The digest of no octets, by either suite, and 32 octets of 0.
    @Test(arguments: [
        Samples.sm3.digest([]).bytes, Bytes(repeating: 0, count: 32),
        Bytes(hex: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855") ?? [],
    ])
    func theDigestOfNothingIsNoEvidence(_ digest: Bytes) {
        #expect(
            refusal(
                .supplyProof(
                    .with {
                        $0.relation = id.data
                        $0.kinshipProof = Data(digest)
                    })) == .badField)
    }

    @Test(arguments: ["", "账户已注销", "ß é 𠀀", "a-b_c/d", "~"])
    func otherCharactersMayStandInATextOfPeople(_ text: String) {
        #expect(
            refusal(
                .returnPayout(
                    .with {
                        $0.withdrawal = id.data
                        $0.reason = text
                    })) == nil)
    }

    // MARK: Relations

    @Test func aRelationIsOrderedWithEveryField() throws {
        let form = Gongji_V1_CreateRelation.with {
            $0.giver = Samples.giver.value.data
            $0.sealedIdentity = Data(Samples.sealedBox)
            $0.recipientProvince = 370_000
            $0.kinship = .parentInLaw
            $0.commitmentDigest = digest
            $0.commitmentDate = 20_600
            $0.channel = .cityPlatform
            $0.verification = Samples.verification.proto
            $0.kinshipProof = digest
            $0.byAgent = true
            $0.agentIdentity = digest
            $0.priority = 255
        }
        let order = ServiceRequest.RelationOrder(
            giver: Samples.giver, recipient: .sealed(Samples.sealedBox),
            recipientProvince: TestNetwork.shandong, kinship: .parentInLaw,
            commitmentDigest: Samples.planDigest,
            commitmentDate: BusinessDate(daysSince1970: 20_600), over: .cityPlatform,
            verification: Samples.verification, kinshipProof: Samples.planDigest, byAgent: true,
            agentIdentity: Samples.planDigest, priority: 255)
        #expect(try decode(.createRelation(form)) == .command(.createRelation(order)))
        check(
            form, Gongji_V1_ServiceRequest.OneOf_Body.createRelation,
            [
                ({ $0.giver = Data() }, .badField), ({ $0.commitmentDigest = short }, .badField),
                ({ $0.kinshipProof = short }, .badField),
                ({ $0.agentIdentity = short }, .badField), ({ $0.priority = 256 }, .badField),
                ({ $0.sealedIdentity = Data(count: Limits.sealedBytesMax) }, nil),
                ({ $0.sealedIdentity = Data(count: Limits.sealedBytesMax + 1) }, .tooLong),
                ({ $0.verification.method = .unspecified }, .badField),
                ({ $0.verification.reference = short }, .badField),
                ({ $0.verification.atMs = -1 }, .badField),
            ])
    }

    /// Whoever asked is told why, by a status of its own: these are no faults of form.
    @Test func aRelationWithGapsIsForTheEngineToRefuse() throws {
        let bare = Gongji_V1_CreateRelation.with { $0.giver = Samples.giver.value.data }
        let order = ServiceRequest.RelationOrder(
            giver: Samples.giver, recipient: nil, recipientProvince: nil, kinship: nil,
            commitmentDigest: nil, commitmentDate: BusinessDate(daysSince1970: 0), over: nil)
        #expect(try decode(.createRelation(bare)) == .command(.createRelation(order)))
        // Both are as good as neither.
        var both = bare
        both.recipient = wallet
        both.sealedIdentity = Data(Samples.sealedBox)
        both.recipientProvince = 370_100
        both.kinship = .UNRECOGNIZED(10)
        both.channel = .UNRECOGNIZED(6)
        #expect(try decode(.createRelation(both)) == .command(.createRelation(order)))
        var named = bare
        named.recipient = wallet
        guard
            case .command(.createRelation(let read)) = try decode(.createRelation(named))
        else { throw JSON.Missing(what: "an order") }
        #expect(read.recipient == .wallet(Samples.wallet))
        #expect(!read.byAgent)
        named.recipient = short
        #expect(refusal(.createRelation(named)) == .badField)
    }

    @Test func aRelationIsLivedWithByItsId() throws {
        #expect(
            try decode(
                .consent(
                    .with {
                        $0.relation = id.data
                        $0.wallet = wallet
                        $0.accepted = true
                        $0.verification = Samples.verification.proto
                    }))
                == .command(
                    .consent(
                        relation: id, wallet: Samples.wallet, accepted: true,
                        Samples.verification)))
        #expect(
            try decode(
                .consent(
                    .with {
                        $0.relation = id.data
                        $0.wallet = wallet
                    }))
                == .command(
                    .consent(relation: id, wallet: Samples.wallet, accepted: false, nil)))
        #expect(
            try decode(
                .endRelation(
                    .with {
                        $0.relation = id.data
                        $0.channel = .institutionOffice
                        $0.verification = Samples.verification.proto
                    }))
                == .command(
                    .endRelation(
                        relation: id, over: .institutionOffice, Samples.verification)))
        #expect(
            try decode(
                .supplyProof(
                    .with {
                        $0.relation = id.data
                        $0.kinshipProof = digest
                    }))
                == .command(.supplyProof(relation: id, proof: Samples.planDigest)))
        #expect(
            try decode(.leaveFamily(.with { $0.wallet = wallet }))
                == .command(.leaveFamily(Samples.wallet)))
        // A proof that is none.
        #expect(refusal(.supplyProof(.with { $0.relation = id.data })) == .badField)
        #expect(refusal(.consent(.with { $0.relation = id.data })) == .badField)
        #expect(refusal(.leaveFamily(.init())) == .badField)
        #expect(
            refusal(
                .endRelation(
                    .with {
                        $0.relation = id.data
                        $0.verification = .init()
                    })) == .badField)
    }

    // MARK: Withdrawals

    @Test func aWithdrawalIsAFormWithADocument() throws {
        let form = Gongji_V1_Withdraw.with {
            $0.wallet = wallet
            $0.amountFen = 400_00
            $0.reason = .premium
            $0.document = .with {
                $0.digest = digest
                $0.amountFen = 400_00
                $0.user = Samples.mother.value.data
                $0.userProvince = 440_000
            }
            $0.userKinship = .parent
            $0.commitmentDigest = digest
            $0.byAgent = true
            $0.agentIdentity = digest
        }
        let order = ServiceRequest.WithdrawalOrder(
            wallet: Samples.wallet, amount: 400_00, reason: .premium,
            document: .init(
                digest: Samples.planDigest, amount: 400_00, user: Samples.mother,
                userProvince: TestNetwork.guangdong), userKinship: .parent,
            commitmentDigest: Samples.planDigest, byAgent: true,
            agentIdentity: Samples.planDigest)
        #expect(try decode(.withdraw(form)) == .command(.withdraw(order)))
        check(
            form, Gongji_V1_ServiceRequest.OneOf_Body.withdraw,
            [
                ({ $0.wallet = Data() }, .badField), ({ $0.document.digest = Data() }, .badField),
                ({ $0.document.user = short }, .badField),
                ({ $0.commitmentDigest = short }, .badField),
                ({ $0.agentIdentity = short }, .badField), ({ $0.amountFen = .min }, nil),
                ({ $0.document.amountFen = .max }, nil),
            ])
        let bare = Gongji_V1_Withdraw.with {
            $0.wallet = wallet
            $0.reason = .UNRECOGNIZED(6)
            $0.userKinship = .UNRECOGNIZED(10)
        }
        #expect(
            try decode(.withdraw(bare))
                == .command(
                    .withdraw(
                        ServiceRequest.WithdrawalOrder(
                            wallet: Samples.wallet, amount: 0, reason: nil))))
    }

    @Test func withdrawalsGoToAReviewerAndToTheBank() throws {
        #expect(
            try decode(
                .reviewWithdrawal(
                    .with {
                        $0.withdrawal = id.data
                        $0.approved = true
                    }))
                == .command(.reviewWithdrawal(id, approved: true)))
        #expect(
            try decode(
                .returnPayout(
                    .with {
                        $0.withdrawal = id.data
                        $0.reason = "账户已注销"
                    }))
                == .command(.returnPayout(id, paid: false, reason: "账户已注销")))
        check(
            Gongji_V1_ReviewWithdrawal.with { $0.withdrawal = id.data },
            Gongji_V1_ServiceRequest.OneOf_Body.reviewWithdrawal,
            [({ $0.withdrawal = short }, .badField)])
        check(
            Gongji_V1_ConfirmCardAccount.with { $0.wallet = wallet },
            Gongji_V1_ServiceRequest.OneOf_Body.confirmCardAccount,
            [
                ({ $0.wallet = short }, .badField), ({ $0.bank = text(17) }, .tooLong),
                ({ $0.account = text(32) }, nil), ({ $0.account = text(33) }, .tooLong),
            ])
        check(
            Gongji_V1_ReturnPayout.with { $0.withdrawal = id.data },
            Gongji_V1_ServiceRequest.OneOf_Body.returnPayout,
            [
                ({ $0.withdrawal = Data() }, .badField), ({ $0.reason = text(200) }, nil),
                ({ $0.reason = text(201) }, .tooLong),
            ])
        let most = (0..<Limits.payoutInstructionsMax).map { Samples.id(UInt64($0)) }
        #expect(
            try decode(.exportPayouts(.with { $0.withdrawals = most.map(\.data) }))
                == .command(.exportPayouts(most)))
        check(
            Gongji_V1_ExportPayouts.with { $0.withdrawals = [id.data] },
            Gongji_V1_ServiceRequest.OneOf_Body.exportPayouts,
            [
                ({ $0.withdrawals = [] }, nil), ({ $0.withdrawals = [short] }, .badField),
                (
                    {
                        $0.withdrawals = Array(
                            repeating: id.data, count: Limits.payoutInstructionsMax + 1)
                    }, .tooLong
                ),
            ])
    }

    // MARK: Settlements

    @Test func aSettlementBringsItsBill() throws {
        var form = Gongji_V1_SettleReserve.with {
            $0.wallet = wallet
            $0.walletProvince = 370_000
            $0.institution = "P37100000001"
            $0.category = .medicalDevice
            $0.amountFen = 600_00
            $0.mode = .exact
            $0.holdMs = 1000
            $0.bill = Samples.fullBill.proto(wallet: Samples.wallet)
        }
        func order() throws -> ServiceRequest.SettlementOrder {
            guard case .command(.settleReserve(let order)) = try decode(.settleReserve(form)) else {
                throw JSON.Missing(what: "an order")
            }
            return order
        }
        #expect(try order().bill == Samples.fullBill)
        #expect(try order().category == .medicalDevice)
        form.bill = Samples.bill.proto(wallet: Samples.wallet)
        #expect(form.bill.patient.isEmpty)
        #expect(try order().bill == Samples.bill)
        // A bill that is none has a status of its own (24).
        form.bill.totalFen = -1
        #expect(try order().bill == nil)
        form.bill = .init()
        form.bill.proxy.proxyIdentity = short
        #expect(try order().bill == nil)
        form.clearBill()
        #expect(try order().bill == nil)
    }

    // MARK: Queries

    @Test func usageIsAskedForFromOneSide() throws {
        let form = Gongji_V1_ListUsage.with {
            $0.side = .giver
            $0.wallet = wallet
            $0.insured = 440_000
            $0.category = .pharmacy
            $0.year = 2026
            $0.limit = 200
            $0.cursor = Data([1, 2, 3])
        }
        #expect(
            try decode(.listUsage(form))
                == .query(
                    .usage(
                        UsageQuestion(
                            subject: .giver(Samples.wallet), insured: TestNetwork.guangdong,
                            category: .pharmacy, year: 2026, limit: 200, cursor: [1, 2, 3]))))
        #expect(
            try decode(
                .listUsage(
                    .with {
                        $0.side = .recipient
                        $0.wallet = wallet
                    }))
                == .query(.usage(UsageQuestion(subject: .recipient(Samples.wallet), limit: 50))))
        #expect(
            try decode(
                .listUsage(
                    .with {
                        $0.side = .institution
                        $0.institution = "H31"
                        $0.limit = .max
                    }))
                == .query(
                    .usage(
                        UsageQuestion(
                            subject: .institution(InstitutionCode("H31")!), limit: 200))))
        check(
            form, Gongji_V1_ServiceRequest.OneOf_Body.listUsage,
            [
                ({ $0.side = .unspecified }, .badField),
                ({ $0.side = .UNRECOGNIZED(4) }, .badField), ({ $0.wallet = Data() }, .badField),
                // The institution of an institution, not the wallet.
                ({ $0.side = .institution }, .badField), ({ $0.insured = 440_300 }, .badField),
                ({ $0.category = .UNRECOGNIZED(16) }, .badField),
                ({ $0.year = 9999 }, nil), ({ $0.year = 10_000 }, .badField),
                ({ $0.cursor = Data(count: 64) }, nil),
                ({ $0.cursor = Data(count: 65) }, .badField),
            ])
    }

    @Test func otherQueriesNameOneThing() throws {
        #expect(
            try decode(.listWithdrawals(.with { $0.state = .approved }))
                == .query(.withdrawals(.approved, after: .zero, limit: 100)))
        #expect(
            try decode(
                .listWithdrawals(
                    .with {
                        $0.state = .handedOver
                        $0.limit = 501
                        $0.after = id.data
                    })) == .query(.withdrawals(.handedOver, after: id, limit: 500)))
        #expect(refusal(.listWithdrawals(.init())) == .badField)
        #expect(
            refusal(.listWithdrawals(.with { $0.state = .UNRECOGNIZED(8) })) == .badField)
        #expect(
            try decode(.showWithdrawal(.with { $0.withdrawal = id.data }))
                == .query(.withdrawal(id)))
        #expect(
            try decode(.showFamily(.with { $0.wallet = wallet }))
                == .query(.family(Samples.wallet)))
        #expect(
            try decode(.showCertificate(.with { $0.province = 370_000 }))
                == .query(.certificate(TestNetwork.shandong)))
        #expect(refusal(.showCertificate(.with { $0.province = 371_000 })) == .badField)
        #expect(refusal(.showCertificate(.init())) == .badField)
    }
}
