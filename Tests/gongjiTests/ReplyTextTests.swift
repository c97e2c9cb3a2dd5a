import Domain
import Foundation
import Testing
import Wire

@testable import gongji

@Suite("A relation, for people")
struct RelationTextTests {
    private static let id = String(repeating: "01", count: 16)
    private static let recipient = String(repeating: "02", count: 16)

    private func relation(
        _ phase: Gongji_V1_RelationPhase, waitsFor: String = "", status: Status? = nil,
        consent: Bool = false, answered: Bool = true
    ) -> Gongji_V1_RelationState {
        var relation = Gongji_V1_RelationState()
        relation.relation = Data(repeating: 1, count: 16)
        relation.recipient = Data(repeating: 2, count: 16)
        relation.recipientProvince = 370_000
        relation.recipientRegion = answered ? 370_300 : 0
        relation.phase = phase
        relation.waitsFor = waitsFor
        relation.consentUntilMs = consent ? 1_795_399_200_000 : 0
        relation.status = status.map { UInt32($0.rawValue) } ?? 0
        return relation
    }

    @Test("says everything that it waits for, and what to do in order")
    func waits() {
        let both = relation(.proposed, waitsFor: "proof of kinship", consent: true)
        #expect(both.text.contains("waits for proof of kinship, then consent of the recipient\n"))
        #expect(both.next.count == 2)
        #expect(
            both.next.first
                == "gongji relation proof --relation \(RelationTextTests.id) --kinship-proof FILE")
        #expect(
            both.next.last?.hasPrefix(
                "at the node of 370000: gongji relation consent --relation \(RelationTextTests.id) "
                    + "--wallet \(RelationTextTests.recipient) ") == true)
        #expect(relation(.proposed, waitsFor: "proof of kinship").next.count == 1)
        let asked = relation(.proposed, waitsFor: "answer of 370000", answered: false)
        #expect(asked.text.contains("waits for answer of 370000\n"))
        #expect(asked.next == ["gongji relation show --relation \(RelationTextTests.id)"])
        let list = givenTable([both, relation(.active)])
        #expect(list.contains("\n\(RelationTextTests.id) waits for proof of kinship, then "))
        #expect(list.split(separator: "\n").count == 6)
    }

    @Test("was refused if it ended before it was active, and ended otherwise")
    func refused() {
        let table = { (status: Status?) in givenTable([relation(.ended, status: status)]) }
        #expect(table(.consentDeclined).contains(/refused +0 +consent_declined/))
        #expect(table(.insuranceChanged).contains(/ended +0 +insurance_changed/))
        #expect(table(nil).contains(/ended +0/))
        let one = relation(.ended, status: .kinshipProofMissing).text
        #expect(one.contains("\nstate            refused\n"))
        #expect(one.contains("\nrefused because  47 kinship_proof_missing: "))
    }

    @Test("is shown to the recipient without what is held, with how to consent")
    func received() {
        var grant = Gongji_V1_ReceivedQuota()
        grant.relation = Data(repeating: 1, count: 16)
        grant.province = 440_000
        grant.phase = .awaitingConsent
        let waiting = receivedTable([grant], of: RelationTextTests.recipient)
        #expect(waiting.contains("quota (holds not counted)"))
        #expect(
            waiting.contains(
                "next: gongji relation consent --relation \(RelationTextTests.id) "
                    + "--wallet \(RelationTextTests.recipient) --verified METHOD"))
        grant.phase = .ended
        grant.status = UInt32(Status.consentExpired.rawValue)
        let expired = receivedTable([grant], of: RelationTextTests.recipient)
        #expect(expired.contains(" refused "))
        #expect(expired.hasSuffix("consent_expired"))
    }
}
