import Domain
import Gateway
import Signing
import Testing
import Wire

/// A province that tries identity numbers and wallets, over real sockets.
@Suite("A province that tries numbers", .serialized, .onHostileStage)
struct TryingNumbers {
    private var stage: HostileStage { HostileStage.current! }

    private func proposal(_ name: RecipientName, hasLetter: Bool = true) -> RelationProposal {
        RelationProposal(
            relation: Clock.newIdentifier(), giver: WalletID(Clock.newIdentifier()),
            giverRegion: RegionCode(stage.attackerCode), kinship: .child, recipient: name,
            asksAge: true, priority: 0,
            commitment: hasLetter
                ? Commitment(
                    digest: SM3Hashing().digest([1]), date: BusinessDate(at: Clock.now())) : nil)
    }

    private func answer(to proposal: RelationProposal) throws -> Result<
        RelationAnswer.Facts, Status
    > {
        try stage.attacker.tell(.relationProposal(proposal))
        let heard = try stage.attacker.hear("an answer") { message in
            if case .relationAnswer(let answer) = message {
                answer.relation == proposal.relation
            } else {
                false
            }
        }
        guard case .relationAnswer(let answer) = heard else { throw WrongAnswer() }
        return answer.result
    }

    private struct WrongAnswer: Error {}

    private func expectNothingToldWithoutALetter() throws {
        let mother = try stage.node.desk().person(fen: 5_00)
        let nobody = WalletID(Clock.newIdentifier())
        for wallet in [mother, nobody] {
            #expect(
                try answer(to: proposal(.wallet(wallet), hasLetter: false))
                    == .failure(.recipientNotInsured))
        }
        #expect(try answer(to: proposal(.sealed([1, 2, 3]))) == .failure(.recipientNotInsured))
        #expect(try answer(to: proposal(.wallet(nobody))) == .failure(.recipientNotInsured))
        let told = try answer(to: proposal(.wallet(mother))).get()
        #expect(told.wallet == mother && told.age == nil && told.givers == 0)
    }

    @Test func whoeverTriesNumbersGetsTheLimitAndIsNamed() throws {
        // First: what is asked below takes all that may be asked for a while.
        try expectNothingToldWithoutALetter()
        let most = Limits.proposalsOfOnePeerMinuteMax
        let clock = ContinuousClock()
        let began = clock.now
        let tried = (0..<most + 400).map { _ in proposal(.sealed([1, 2, 3])) }
        try stage.attacker.tell(
            frames: tried.map { Message.relationProposal($0).encoded() })
        var answers: [Identifier: Status] = [:]
        try eventually("an answer to each", seen: { "\(answers.count)" }) {
            stage.attacker.listen()
            for case .relationAnswer(let answer) in stage.attacker.heard {
                if case .failure(let status) = answer.result { answers[answer.relation] = status }
            }
            return tried.allSatisfy { answers[$0.relation] != nil }
        }
        let seconds = Int((clock.now - began).components.seconds) + 1
        let found = tried.count { answers[$0.relation] == .recipientNotInsured }
        let refused = tried.count { answers[$0.relation] == .askedTooOften }
        #expect(found + refused == tried.count)
        // What comes back in the time that it took.
        #expect(found <= most + seconds * most / 60 + 1)
        #expect(refused > 0)
        let name = stage.attackerCode.description
        try eventually("an alarm") {
            let alarms = try stage.node.status().alarms.filter { $0.peer == name }
            return Set(alarms.map(\.what)) == ["proposals", "proposals_found_nobody"]
        }
        #expect(stage.node.log.contains("peer_alarm"))
        // The link runs on, and other questions are answered.
        try stage.expectGoodMessageToWork()
    }
}
