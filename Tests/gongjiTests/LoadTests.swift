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

@Suite("A plan of kills")
struct KillPlanTests {
    @Test("is the same from the same seed, and another from another")
    func seeded() {
        let plan = KillPlan(seed: 7, seconds: 60, kills: 20, nodes: 3)
        #expect(plan == KillPlan(seed: 7, seconds: 60, kills: 20, nodes: 3))
        #expect(plan != KillPlan(seed: 8, seconds: 60, kills: 20, nodes: 3))
        #expect(plan.kills.count == 20)
        #expect(plan.kills.allSatisfy { (0..<3).contains($0.node) && $0.atMilliseconds < 60_000 })
        #expect(plan.kills.map(\.atMilliseconds) == plan.kills.map(\.atMilliseconds).sorted())
    }

    @Test("draws the numbers that SplitMix64 gives")
    func generator() {
        var random = SeededGenerator(seed: 1_234_567)
        #expect(random.next() == 6_457_827_717_110_365_317)
        #expect(random.next() == 3_203_168_211_198_807_973)
    }
}
