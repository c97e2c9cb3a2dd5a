import Domain
import Foundation
import Gateway
import Histogram
import Settlement
import Testing
import Wire

@testable import gongji

@Suite("JSON output")
struct JSONTests {
    @Test("escapes what RFC 8259 says, and keeps the order of members")
    func escapes() {
        let json: JSON = ["b": "a\"\\\n\u{1}共济", "a": [1, true, nil, .double(0.5)], "c": [:]]
        #expect(
            json.compact == #"{"b":"a\"\\\n\u0001共济","a":[1,true,null,0.5],"c":{}}"#)
    }

    @Test("is read back by another reader as it was written")
    func readBack() throws {
        for json in JSONTests.samples {
            for text in [json.pretty, json.compact] {
                _ = try JSONSerialization.jsonObject(with: Data(text.utf8))
            }
        }
    }

    @Test("has snake_case keys everywhere")
    func keys() throws {
        let pattern = /[a-z0-9]+(_[a-z0-9]+)*/
        for json in JSONTests.samples {
            for key in json.allKeys {
                #expect(key.wholeMatch(of: pattern) != nil, "\(key)")
            }
        }
    }

    @Test("keeps amounts in fen as whole numbers, with _fen in the name")
    func amounts() {
        #expect(
            JSONTests.account.json.compact
                == #"{"wallet":"00","insurance":"employee","standing":"insured","#
                + #""region":"370200","balance_fen":1234567890123,"#
                + #""violation":{"until":"1970-01-02","reason":"x"},"bank":"ICBC","#
                + #""card_set":"1970-01-01T08:00:02.500+08:00","card_set_by":"S-17","#
                + #""card_confirmed_by":null}"#)
    }

    @Test("of a benchmark has the keys that the issue names")
    func bench() {
        let keys = Set(JSONTests.report.json.allKeys)
        #expect(
            keys.isSuperset(of: [
                "settlements_per_second", "latency_milliseconds", "p50", "p99", "p999", "max",
                "messages_per_batch", "signatures_per_settlement", "fsyncs_per_settlement",
                "cpu_microseconds_per_settlement", "conditions", "cores", "cpu_model", "kernel",
                "os", "suite", "synchronous", "clients", "seconds", "nodes", "version", "build",
            ]))
    }

    // MARK: Samples, one of every kind

    private static let account: Gongji_V1_AccountState = {
        var state = Gongji_V1_AccountState()
        state.wallet = Data([0])
        state.insurance = .employee
        state.standing = .insured
        state.region = 370_200
        state.balanceFen = 1_234_567_890_123
        state.violationUntil = 1
        state.violationReason = "x"
        state.bank = "ICBC"
        state.cardSetMs = 2500
        state.cardSetBy = "S-17"
        return state
    }()

    private static let report: SettleReport = {
        var latency = Histogram<UInt64>(
            highestTrackableValue: 1_000_000, numberOfSignificantValueDigits: .three)
        latency.record(2500)
        return SettleReport(
            settled: 1, seconds: 1, refused: [.overloaded: 2], resent: 0, latency: latency,
            work: NodeWork(from: [], to: []), loadCPUSeconds: 0.1, clients: 1, nodes: 2,
            suite: "sm2-sm3", fileSystem: "ext4", residentBytes: [1, 2],
            conditions: BenchConditions.current())
    }()

    private static let samples: [JSON] = {
        var draw = Gongji_V1_FinalDraw()
        draw.province = 440_000
        draw.amountFen = 5
        var relation = Gongji_V1_RelationState()
        relation.phase = .ended
        relation.status = 44
        relation.consentUntilMs = 1
        relation.grounds.rule = "N4"
        var reservation = Gongji_V1_Reservation()
        reservation.draws = [draw]
        var settlement = Gongji_V1_Settlement()
        settlement.draws = [draw]
        settlement.outcome = .reversed
        settlement.reversal = Data([1])
        var grant = Gongji_V1_ReceivedQuota()
        grant.phase = .awaitingConsent
        grant.status = 57
        var wallet = Gongji_V1_WalletState()
        wallet.own = account
        wallet.received = [grant]
        wallet.given = [relation]
        var state = Gongji_V1_TransactionState()
        state.coordinator = "settled"
        var list = Gongji_V1_InDoubtList()
        list.transactions = [state]
        var withdrawal = Gongji_V1_WithdrawalView()
        withdrawal.state = .returned
        withdrawal.bankReason = "closed"
        var withdrawals = Gongji_V1_WithdrawalList()
        withdrawals.withdrawals = [withdrawal]
        var family = Gongji_V1_Family()
        family.members = [Data([1])]
        var totals = BankReturnTotals()
        totals.refused.append(
            (
                BankReturnFile.Line(
                    number: 2, payout: .zero, withdrawal: .zero, amountFen: 1, paid: true,
                    reason: ""), .refused(.withdrawalNotOpen, id: nil)
            ))
        totals.waiting = [.init(payout: .zero, fund: Fund())]
        let replies = [
            account.json, relation.json, reservation.json, settlement.json, wallet.json,
            state.json, list.json, report.json, withdrawal.json, withdrawals.json, family.json,
            totals.json, UsageTests.list.json,
        ]
        let failures: [CommandFailure] =
            Status.allCases.map { .refused($0, id: Clock.newIdentifier()) } + [
                .refusedUnknown(number: 999, word: "later", id: nil), .notReached("x"),
                .outcomeUnknown(id: Clock.newIdentifier(), waitsFor: "y"), .failed("z"),
            ]
        return replies + failures.map(\.json)
    }()
}

@Suite("Text output")
struct TextTests {
    @Test("aligns numbers at the right and nothing at the end of a line")
    func table() {
        var table = TextTable("name", ">count", "note")
        table.add("a", "5", "")
        table.add("long", "1000", "x")
        #expect(table.text() == "name  count  note\na         5\nlong   1000  x")
    }

    @Test("has a sentence for every state of a transaction")
    func states() {
        for state in Coordination.State.allCases {
            #expect(coordinatorSentence(state.word).hasSuffix("."))
        }
        for state in Participation.State.allCases {
            #expect(participantSentence(state.word).hasSuffix("."))
        }
        #expect(coordinatorSentence("of_the_future") == "of_the_future")
    }
}
