import Domain
import Foundation
import Gateway
import SwiftProtobuf
import Testing
import Wire

@testable import gongji

@Suite("The load generator")
struct LoadTests {
    @Test("writes ids into a request that was encoded once")
    func template() throws {
        let target = Clock.newIdentifier()
        var body = Gongji_V1_SettleCommit()
        body.transaction = target.data
        body.finalFen = 100
        var request = Gongji_V1_ServiceRequest()
        request.id = Clock.newIdentifier().data
        request.settleCommit = body
        var template = RequestTemplate(request, target: target)
        for _ in 0..<3 {
            let (id, transaction) = (Clock.newIdentifier(), Clock.newIdentifier())
            request.id = id.data
            request.settleCommit.transaction = transaction.data
            #expect(
                template.encoded(id: id, target: transaction) == ServiceClient.encode(request))
        }
    }

    @Test("tells replies apart without reading all of them")
    func glances() throws {
        let id = Clock.newIdentifier()
        #expect(glance(id) { $0.reservation.reservedFen = 5 } == .reserved(id))
        #expect(glance(id) { $0.settlement.finalFen = 5 } == .settled(id))
        #expect(glance(id) { $0.pending.waitsFor = "x" } == .pending(id))
        #expect(glance(id) { $0.refused.status = 61 } == .refused(id, .insufficientQuota))
        #expect(glance(id) { $0.account.balanceFen = 5 } == .other(id))
        #expect(ReplyGlance([]) == nil)
        #expect(ReplyGlance(Bytes(repeating: 0xff, count: 40)) == nil)
    }

    @Test("takes from a refusal only what it says of the transaction")
    func refusals() {
        typealias Load = SettleLoad
        for status in [Status.participantTimeout, .idReused, .alreadySettled] {
            #expect(Load.meaning(of: status, in: .reserving) == .refused)
            #expect(Load.meaning(of: status, in: .cancelling) == .lapsed)
            #expect(Load.meaning(of: status, in: .reversing) == nil)
        }
        #expect(Load.meaning(of: .reservationExpired, in: .committing) == .lapsed)
        #expect(Load.meaning(of: .transactionUnknown, in: .committing) == .lapsed)
        #expect(Load.meaning(of: .idReused, in: .committing) == nil)
        #expect(Load.meaning(of: .alreadySettled, in: .committing) == nil)
        #expect(Load.meaning(of: nil, in: .committing) == nil)
    }

    private func glance(
        _ id: Identifier, _ fill: (inout Gongji_V1_ServiceReply) -> Void
    ) -> ReplyGlance? {
        var reply = Gongji_V1_ServiceReply()
        reply.id = id.data
        fill(&reply)
        guard let bytes: Bytes = try? reply.serializedBytes() else { return nil }
        return ReplyGlance(bytes)
    }
}

@Suite("What a run of faults is judged by")
struct ChaosJudgementTests {
    private func told(_ outcome: SettleLoad.Outcome) -> SettleLoad.Told {
        SettleLoad.Told(node: 0, transaction: Clock.newIdentifier(), outcome: outcome, fen: 100)
    }

    private func state(_ word: String, fen: Int64 = 0) -> Gongji_V1_TransactionState {
        var state = Gongji_V1_TransactionState()
        state.coordinator = word
        state.finalFen = fen
        return state
    }

    @Test("takes no other outcome than the one that was told, nor another amount")
    func outcomes() {
        #expect(told(.settled).stands(state("settled", fen: 100)))
        #expect(!told(.settled).stands(state("settled", fen: 60)))
        #expect(!told(.settled).stands(state("released")))
        #expect(told(.released).stands(state("released")))
        #expect(!told(.released).stands(state("settled", fen: 100)))
        #expect(told(.reversed).stands(state("reversed", fen: 100)))
        #expect(!told(.reversed).stands(state("settled", fen: 100)))
    }

    @Test("takes it that a client who was refused has paid for nothing")
    func refusals() {
        for outcome in [SettleLoad.Outcome.refused, .lapsed] {
            #expect(told(outcome).stands(state("released")))
            #expect(!told(outcome).stands(state("settled", fen: 100)))
            #expect(!told(outcome).stands(state("reversed", fen: 100)))
        }
        // Only what was never reserved may be unknown.
        #expect(told(.refused).stands(nil))
        for outcome in [SettleLoad.Outcome.settled, .released, .reversed, .lapsed] {
            #expect(!told(outcome).stands(nil))
        }
    }

    @Test("asks that every node serves again")
    func service() throws {
        let shandong = try #require(ProvinceCode("370000"))
        let guangdong = try #require(ProvinceCode("440000"))
        var report = ChaosReport(provinces: [shandong, guangdong], clearSeconds: 60)
        #expect(!report.serves)
        report.settledUnderFaults = 5
        #expect(!report.serves)
        report.settledAgain = [shandong: 3, guangdong: 0]
        #expect(!report.serves)
        report.settledAgain = [shandong: 3, guangdong: 1]
        #expect(report.serves)
        report.settledUnderFaults = 0
        #expect(!report.serves)
    }
}

@Suite("A plan of faults")
struct ChaosPlanTests {
    private func plan(_ seed: UInt64, _ kinds: [ChaosFault] = ChaosFault.allCases) -> ChaosPlan {
        ChaosPlan(seed: seed, minutes: 10, everySeconds: 6, kinds: kinds, nodes: 3)
    }

    @Test("is the same from the same seed, and another from another")
    func seeded() {
        let plan = plan(7)
        #expect(plan == self.plan(7))
        #expect(plan != self.plan(8))
        #expect(plan.faults.count == 100)
        #expect(plan.faults.allSatisfy { (0..<3).contains($0.node) })
        #expect(plan.faults.allSatisfy { (0..<600_000).contains($0.atMilliseconds) })
        #expect(plan.faults.map(\.atMilliseconds) == plan.faults.map(\.atMilliseconds).sorted())
        #expect(plan.faults.allSatisfy { $0.lastsMilliseconds <= 60_000 })
    }

    @Test("has every kind that was asked for about as often as any other, and no other")
    func kinds() {
        let counts = Dictionary(grouping: plan(7).faults, by: \.kind).mapValues(\.count)
        #expect(ChaosFault.allCases.allSatisfy { (16...17).contains(counts[$0] ?? 0) })
        #expect(plan(7, [.kill]).faults.allSatisfy { $0.what == .kill })
        // However short it is.
        let short = ChaosPlan(
            seed: 1, minutes: 0.05, everySeconds: 6, kinds: ChaosFault.allCases, nodes: 3)
        #expect(Set(short.faults.map(\.kind)) == Set(ChaosFault.allCases))
        #expect(short.faults.allSatisfy { $0.lastsMilliseconds <= 750 })
    }

    @Test("cuts a node off from others only, and jumps by more than a node takes")
    func sense() {
        for fault in plan(9).faults {
            switch fault.what {
            case .cut(let peer, _): #expect(peer != fault.node)
            case .jump(let seconds): #expect(abs(seconds) > 60)
            case .skew(let seconds): #expect(abs(seconds) < 300)
            case .kill, .freeze, .disk, .store: break
            }
        }
    }

    @Test("draws the numbers that SplitMix64 gives")
    func generator() {
        var random = SeededGenerator(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }
}
