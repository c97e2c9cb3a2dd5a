import Domain
import Settlement
import Wire

/// Keeps the last events of a run, for a diagram.
final class Tracer {
    private(set) var events: [TraceEvent] = []
    private static let eventsMax = 400_000

    func add(_ event: TraceEvent) {
        if events.count >= Tracer.eventsMax { events.removeFirst(Tracer.eventsMax / 4) }
        events.append(event)
    }
}

extension World {
    func trace(_ province: ProvinceCode, _ label: String, _ detail: String) {
        trace(province, province, label, detail)
    }

    func trace(
        _ from: ProvinceCode, _ to: ProvinceCode, _ label: String, _ detail: String
    ) {
        tracer?.add(
            TraceEvent(
                at: now, from: .province(from), to: .province(to), label: label, detail: detail,
                subjects: []))
    }

    /// The messages of a batch that has come, or that never will.
    func trace(_ frames: [Bytes], _ direction: Direction, isLost: Bool) {
        guard let tracer else { return }
        for frame in frames.dropFirst() {
            guard let message = try? Message(decoding: frame, hashing: QuickHashing()) else {
                continue
            }
            tracer.add(
                TraceEvent(
                    at: now, from: .province(direction.from), to: .province(direction.to),
                    label: message.name, detail: message.traceDetail,
                    subjects: message.subjects, isLost: isLost))
        }
    }

    func trace(_ request: ServiceRequest, at province: ProvinceCode) {
        guard let tracer, case .command(let command) = request.body else { return }
        let (label, subjects) = command.traced
        tracer.add(
            TraceEvent(
                at: now, from: .clients(province), to: .province(province), label: label,
                detail: "", subjects: [request.id] + subjects))
    }

    func trace(_ reply: Gongji_V1_ServiceReply, from province: ProvinceCode) {
        guard let tracer else { return }
        let id = Identifier(reply.id) ?? .zero
        var label = "reply"
        var detail = ""
        var subjects = [id]
        switch reply.body {
        case .refused(let refused): (label, detail) = ("refused", refused.word)
        case .pending(let pending): (label, detail) = ("pending", pending.waitsFor)
        case .reservation(let reservation):
            label = "reserved"
            detail = "\(reservation.reservedFen) fen"
            subjects += [Identifier(reservation.transaction)].compactMap { $0 }
        case .settlement(let settlement):
            label = "settlement"
            detail = "outcome \(settlement.outcome.rawValue), \(settlement.finalFen) fen"
            subjects += [Identifier(settlement.transaction)].compactMap { $0 }
        default: break
        }
        tracer.add(
            TraceEvent(
                at: now, from: .province(province), to: .clients(province), label: label,
                detail: detail, subjects: subjects))
    }
}

extension Message {
    /// What a message is about.
    fileprivate var subjects: [Identifier] {
        switch self {
        case .walletQuery(let message): [message.transaction]
        case .walletReply(let message): [message.transaction]
        case .reserve(let reserve): [reserve.plan.plan.transaction]
        case .vote(let vote): [vote.transaction]
        case .refusal(let refusal): [refusal.transaction]
        case .commit(let commit): [commit.transaction]
        case .release(let release): [release.transaction]
        case .inquire(let inquire): [inquire.transaction]
        case .reverse(let reverse): [reverse.transaction, reverse.reversal]
        case .decision(let decision): [decision.transaction]
        case .certificate(let certificate): [certificate.decision.transaction]
        case .quotaNotice(let notice): [notice.relation]
        case .relationProposal(let message): [message.relation]
        case .relationAnswer(let message): [message.relation]
        case .relationConsent(let message): [message.relation]
        case .recipientChange(let message): [message.relation]
        case .documentClaim(let claim): [claim.withdrawal]
        case .documentAnswer(let answer): [answer.withdrawal]
        case .documentRelease(let release): [release.withdrawal]
        case .holdEnd(let certificate): [certificate.holdEnd.transaction]
        }
    }

    fileprivate var traceDetail: String {
        switch self {
        case .reserve(let reserve):
            "\(reserve.plan.plan.amount.value) fen, primary \(reserve.plan.plan.primary)"
        case .refusal(let refusal): refusal.reason.status.word
        case .commit(let commit): "\(commit.finals.sum().value) fen, \(commit.votes.count) votes"
        case .decision(let decision): decision.traceDetail
        case .certificate(let certificate): certificate.decision.traceDetail
        default: ""
        }
    }
}

extension Decision {
    fileprivate var traceDetail: String {
        switch outcome {
        case .released(let status): "released, \(status.word)"
        case .committed(let finals, let date):
            "committed, \(finals.map(\.amount).sum().value) fen, \(date)"
        case .reversed(_, let date, _, let reversalDate): "reversed, \(date), \(reversalDate)"
        }
    }
}

extension ServiceRequest.Command {
    /// A word, and what the command is about.
    fileprivate var traced: (String, [Identifier]) {
        switch self {
        case .openAccount(let order): ("open_account", [order.wallet.value])
        case .deposit(let wallet, _): ("deposit", [wallet.value])
        case .changeInsurance(let wallet, _, _): ("change_insurance", [wallet.value])
        case .recordViolation(let wallet, _, _): ("record_violation", [wallet.value])
        case .setCardAccount(let wallet, _, _): ("set_card_account", [wallet.value])
        case .confirmCardAccount(let wallet, _, _): ("confirm_card_account", [wallet.value])
        case .withdraw(let order): ("withdraw", [order.wallet.value])
        case .reviewWithdrawal(let id, _): ("review_withdrawal", [id])
        case .exportPayouts(let ids): ("export_payouts", ids)
        case .returnPayout(let id, _, _): ("return_payout", [id])
        case .createRelation(let order): ("create_relation", [order.giver.value])
        case .supplyProof(let relation, _): ("supply_proof", [relation])
        case .consent(let relation, _, _, _): ("consent", [relation])
        case .endRelation(let relation, _, _): ("end_relation", [relation])
        case .setQuota(let relation, let fen): ("set_quota \(fen)", [relation])
        case .leaveFamily(let wallet): ("leave_family", [wallet.value])
        case .settleReserve(let order): ("settle_reserve \(order.amount)", [order.wallet.value])
        case .settleCommit(let transaction, let fen): ("settle_commit \(fen)", [transaction])
        case .settleCancel(let transaction): ("settle_cancel", [transaction])
        case .settleReverse(let transaction): ("settle_reverse", [transaction])
        case .resolveInDoubt(let transaction, _): ("resolve_in_doubt", [transaction])
        case .resumeLink(let peer): ("resume_link \(peer)", [])
        }
    }
}
