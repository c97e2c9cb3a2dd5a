import Domain
import Rounds
import Settlement
import Storage
import SwiftProtobuf
import Wire

/// What a round took in, and what it says to requests that it does not carry out.
extension Auditor {
    struct Inbound: Hashable {
        let province: ProvinceCode
        let peer: ProvinceCode
        let epoch: Identifier
    }

    /// M4: no message is taken twice.
    func checkReceived(_ entries: [JournalEntry], at province: ProvinceCode) {
        for entry in entries {
            let link = Inbound(province: province, peer: entry.peer, epoch: entry.epoch)
            let last = received[link, default: 0]
            expect(
                entry.firstSequence > last, "M4",
                "\(province) takes message \(entry.firstSequence) of \(entry.peer) after \(last)")
            received[link] = max(last, entry.firstSequence + UInt64(entry.frames.count) - 1)
        }
    }

    /// Whoever heard that a participant refuses does not go on waiting for its vote.
    func checkRefused(_ round: KeptRound, at province: ProvinceCode, _ book: AuditedBook) {
        for case .message(.refusal(let refusal), let from, _) in round.inputs {
            guard let row = book.coordinations[refusal.transaction], let plan = row.plan,
                plan.digest == refusal.planDigest, plan.plan.participants.contains(from)
            else { continue }
            expect(
                row.state != .reserving, "refusal",
                "\(province): \(from) refused \(row.transaction), which still waits for its vote",
                about: row.transaction)
        }
    }

    /// M3: a release that comes before its `Reserve` is remembered, so that the `Reserve` is refused.
    func checkRemembered(_ round: KeptRound, at province: ProvinceCode, _ book: AuditedBook) {
        for case .message(.decision(let decision), let from, _) in round.inputs {
            let ahead = decision.decided.milliseconds(since: round.engine.now)
            guard case .released = decision.outcome, decision.primary == from,
                from != province, decision.care != province,
                book.coordinations[decision.transaction] == nil,
                ahead <= Limits.clockSkewMillisecondsMax
            else { continue }
            expect(
                book.participations[decision.transaction] != nil, "M3",
                "\(province): \(from) released \(decision.transaction), which is not remembered",
                about: decision.transaction)
        }
    }

    /// Evidence names whoever lied, and nobody else.
    func checkEvidence(_ round: KeptRound, at province: ProvinceCode, _ book: AuditedBook) {
        for evidence in round.evidence {
            expect(
                books[evidence.accused] == nil, "evidence",
                "\(province) accuses \(evidence.accused) of \(evidence.reason.word)",
                about: evidence.subject)
        }
    }

    /// M8: under one id something else than the first request is refused.
    func checkReused(_ round: KeptRound, at province: ProvinceCode, _ book: AuditedBook) {
        for case .command(_, let id, let digest, let caller) in round.inputs {
            guard let answer = book.answers[id], answer.requestDigest != digest else { continue }
            let isRefused = round.engine.effects.replies.contains { connection, octets in
                guard connection == caller.connection,
                    let reply = try? Gongji_V1_ServiceReply(serializedBytes: octets),
                    case .refused(let refused) = reply.body
                else { return false }
                return Identifier(reply.id) == id && refused.status == Status.idReused.rawValue
            }
            expect(
                isRefused, "M8",
                "\(province): another request under the id \(id) is not refused", about: id)
        }
    }
}
