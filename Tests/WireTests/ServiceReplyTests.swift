import Domain
import Foundation
import SwiftProtobuf
import Testing

@testable import Wire

/// What clients get, field by field.
@Suite struct ServiceReplyTests {
    func reply(_ body: ServiceReply.Body) throws -> Gongji_V1_ServiceReply {
        let bytes = ServiceReply(id: Samples.id(0x51), body: body).encoded()
        let proto = try Gongji_V1_ServiceReply(serializedBytes: bytes)
        #expect(proto.id == Samples.id(0x51).data)
        #expect(ServiceReply.settledTransaction(in: bytes) == nil)
        return proto
    }

    @Test(arguments: Status.allCases)
    func aRefusalHasItsWordAndItsGrounds(_ status: Status) throws {
        let bare = try reply(.refused(RefusalReason(status))).refused
        #expect(bare.status == status.rawValue)
        #expect(bare.word == status.word)
        #expect(bare.newIDCanHelp == status.newIDCanHelp)
        #expect(!bare.hasGrounds)
        let cited = try reply(.refused(RefusalReason(status, Samples.grounds))).refused
        #expect(cited.grounds == Samples.grounds.proto)
    }

    @Test func anAccountShowsAViolationAndABankIfThereAre() throws {
        func account(
            _ violation: ServiceReply.AccountView.Violation?, _ card: ServiceReply.AccountView.Card?
        ) throws
            -> Gongji_V1_AccountState
        {
            try reply(
                .account(
                    ServiceReply.AccountView(
                        wallet: Samples.wallet, insurance: .resident, standing: .suspended,
                        region: RegionCode(371_000)!, violation: violation, card: card,
                        balance: 12))
            ).account
        }
        let plain = try account(nil, nil)
        #expect(!plain.hasViolationUntil)
        #expect(plain.bank.isEmpty)
        #expect(plain.standing == .suspended)
        #expect(plain.region == 371_000)
        let full = try account(
            .init(reason: "card lent", until: BusinessDate(daysSince1970: 0)),
            .init(bank: "ICBC", since: TestNetwork.now, setBy: "W-0042", confirmedBy: nil))
        #expect(full.hasViolationUntil)
        #expect(full.violationUntil == 0)
        #expect(full.violationReason == "card lent")
        #expect(full.bank == "ICBC")
        #expect(full.cardSetMs == TestNetwork.now.milliseconds)
        #expect(full.cardSetBy == "W-0042")
        #expect(full.cardConfirmedBy.isEmpty)
    }

    @Test func aRelationShowsWhyItEnded() throws {
        let view = ServiceReply.RelationView(
            relation: Samples.son, giver: Samples.giver, recipient: nil,
            recipientProvince: TestNetwork.shandong, kinship: .parent, phase: .ended, available: 0,
            openHolds: 0, giverBalance: 7, consentUntil: nil,
            ended: RefusalReason(.consentExpired, Samples.grounds), waitsFor: "", priority: 3,
            giverRegion: RegionCode(440_300)!, recipientRegion: nil)
        let relation = try reply(.relation(view)).relation
        #expect(relation.recipient.isEmpty)
        #expect(relation.recipientRegion == 0)
        #expect(relation.phase == .ended)
        #expect(relation.status == 58)
        #expect(relation.grounds == Samples.grounds.proto)
        #expect(relation.priority == 3)
    }

    func withdrawal(_ state: WithdrawalState, _ refusal: RefusalReason? = nil)
        -> ServiceReply.WithdrawalView
    {
        ServiceReply.WithdrawalView(
            withdrawal: Samples.id(0xd1), wallet: Samples.wallet, amount: Samples.fen(400_00),
            reason: .premium, state: state, handler: "W-0042", reviewer: "W-0043",
            exporter: "W-0044", refusal: refusal,
            bankReason: "", payout: nil, created: TestNetwork.now)
    }

    @Test(arguments: WithdrawalState.allCases)
    func aWithdrawalHasItsState(_ state: WithdrawalState) throws {
        let shown = try reply(.withdrawal(withdrawal(state))).withdrawal
        #expect(shown.state.rawValue == Int(state.rawValue))
        #expect(shown.status == 0)
        #expect([shown.handler, shown.reviewer, shown.exporter] == ["W-0042", "W-0043", "W-0044"])
        let refused = try reply(
            .withdrawals(
                [withdrawal(state, RefusalReason(.documentUsed, Samples.grounds))], more: true)
        ).withdrawals
        #expect(refused.more)
        #expect(refused.withdrawals.map(\.status) == [122])
        #expect(refused.withdrawals[0].grounds == Samples.grounds.proto)
    }

    @Test func aPayoutHasItsSum() throws {
        let instructions = (1...3).map { number in
            ServiceReply.PayoutInstruction(
                withdrawal: Samples.id(UInt64(number)), wallet: Samples.wallet, bank: "ICBC",
                account: "6222000000000000001", amount: .limit)
        }
        let payout = try reply(.payout(Samples.id(9), instructions)).payout
        #expect(payout.payout == Samples.id(9).data)
        #expect(payout.instructions.count == 3)
        #expect(payout.totalFen == 3 * Fen.limit.value)
    }

    @Test func aUsageRecordSaysWhetherItWasReversed() throws {
        func record(_ reversed: BusinessDate?, _ other: WalletID?) -> ServiceReply.UsageRecord {
            ServiceReply.UsageRecord(
                transaction: Samples.transaction, date: Samples.date,
                insured: TestNetwork.guangdong, care: TestNetwork.shanghai,
                institution: InstitutionCode("H31")!, category: .medicalCare,
                amount: Samples.fen(500_00), reversalDate: reversed, other: other)
        }
        let page = try reply(
            .usage(
                [
                    record(nil, nil),
                    record(BusinessDate(daysSince1970: 0), Samples.giver),
                ], cursor: [1, 2])
        ).usage
        #expect(page.records.map(\.hasReversalDate) == [false, true])
        #expect(page.records.map(\.other) == [Data(), Samples.giver.value.data])
        #expect(page.cursor == Data([1, 2]))
        // A page may be empty and still not be the last.
        #expect(try reply(.usage([], cursor: [1])).usage.cursor == Data([1]))
    }

    @Test func familiesAndCertificatesAreOctets() throws {
        let members = [Samples.wallet, Samples.giver]
        #expect(try reply(.family(members)).family.members == members.map(\.value.data))
        #expect(try reply(.certificate([0x30, 0])).certificate == Data([0x30, 0]))
    }

    @Test func enumerationsHaveTheSameNumbersAsInTheProtocol() {
        func same<Value: RawRepresentable & CaseIterable, Proto: RawRepresentable & CaseIterable>(
            _: Value.Type, _: Proto.Type
        ) -> Bool where Value.RawValue == UInt8, Proto.RawValue == Int {
            // The protocol has 0 besides, which says nothing.
            [0] + Value.allCases.map { Int($0.rawValue) } == Proto.allCases.map(\.rawValue)
        }
        #expect(same(Domain.Category.self, Gongji_V1_Category.self))
        #expect(same(Kinship.self, Gongji_V1_Kinship.self))
        #expect(same(Channel.self, Gongji_V1_Channel.self))
        #expect(same(Insurance.self, Gongji_V1_Insurance.self))
        #expect(same(Standing.self, Gongji_V1_Standing.self))
        #expect(same(RelationPhase.self, Gongji_V1_RelationPhase.self))
        #expect(same(VerificationMethod.self, Gongji_V1_VerificationMethod.self))
        #expect(same(InstitutionKind.self, Gongji_V1_InstitutionKind.self))
        #expect(same(WithdrawalReason.self, Gongji_V1_WithdrawalReason.self))
        #expect(same(WithdrawalState.self, Gongji_V1_WithdrawalState.self))
        #expect(same(UsageSide.self, Gongji_V1_UsageSide.self))
        #expect(same(ReserveMode.self, Gongji_V1_ReserveMode.self))
    }
}
