import Domain
import Wire

/// How holds end whose primary stays silent (`protocol/states.md`, Hold ends).
extension Engine {
    /// What a certificate of the national node came to here.
    enum HoldEnding {
        /// What was held or open has ended.
        case ended
        /// It had ended before.
        case known
        /// This node knows no such plan.
        case ofAnother
        /// The primary may still answer in time.
        case tooEarly
        /// The primary has decided otherwise, and this node knows it.
        case contradicts
    }

    /// As another node sends it on; whoever received it has checked the signatures.
    mutating func take(_ certificate: HoldEndCertificate, from: ProvinceCode) {
        switch end(certificate, saidBy: from) {
        case .ended, .known: break
        case .ofAnother: reject(.holdEnd(certificate), from, "not_of_this_transaction")
        case .tooEarly: reject(.holdEnd(certificate), from, "too_early")
        case .contradicts: reject(.holdEnd(certificate), from, "contradicts_what_is_known")
        }
    }

    /// As an operator brings it. Nil if it was taken, else what to refuse with.
    mutating func refusal(
        of certificate: HoldEndCertificate, for transaction: Identifier
    ) -> Status? {
        guard certificate.holdEnd.transaction == transaction else { return .malformed }
        guard environment.holdEnds.refusal(of: certificate, at: now) == nil else {
            return .notPermitted
        }
        switch end(certificate, saidBy: province) {
        case .ended, .known: return nil
        case .ofAnother: return .planInvalid
        case .tooEarly: return .inProgress
        case .contradicts: return .alreadySettled
        }
    }

    /// Whether it was the national node that released `transaction` here, and not its primary.
    func wasEnded(_ transaction: Identifier) -> Bool {
        let reasons = [
            rows.participations.isLoaded(transaction)
                ? rows.participations[transaction]?.reason : nil,
            rows.coordinations[transaction]?.reason,
        ]
        return reasons.contains { $0?.status == .endedByNationalNode }
    }

    private mutating func end(
        _ certificate: HoldEndCertificate, saidBy sender: ProvinceCode
    ) -> HoldEnding {
        let end = certificate.holdEnd
        let participation = rows.participations[end.transaction].flatMap { known in
            known.plan.map { end.isOf($0) } == true ? known : nil
        }
        let coordination = rows.coordinations[end.transaction].flatMap { known in
            known.plan.map { end.isOf($0) } == true ? known : nil
        }
        guard let plan = participation?.plan?.plan ?? coordination?.plan?.plan else {
            return .ofAnother
        }
        if participation?.state.isTaken == true || coordination?.isSettled == true {
            // Whoever decided says so again, to whoever was told otherwise.
            if let participation, participation.primary == province, sender != province {
                tell(participation, to: sender)
            } else if sender != province, let coordination,
                let receipt = coordination.certificate, let decision = keptDecision(coordination)
            {
                send(.certificate(Certificate(decision: decision, receipt: receipt)), to: sender)
            }
            return .contradicts
        }
        // Also of a hold that began late, because the `reserve` had waited.
        let begun =
            [participation?.created, coordination?.created, plan.permittedUntil]
            .compactMap(\.self).min() ?? now
        let due = begun.advanced(
            byMilliseconds: plan.holdMilliseconds + Limits.holdEndAfterMilliseconds)
        guard due <= now else { return .tooEarly }
        var hasEnded = false
        if var participation, participation.state == .held {
            hasEnded = true
            if participation.primary == province {
                // It is the primary's decision then, as if its hold had ended.
                release(&participation, .endedByNationalNode)
            } else {
                participation.reason = RefusalReason(.endedByNationalNode)
                participation.decided = end.issued
                guard letGo(&participation) else {
                    preconditionFailure("money that was held is not there: \(end.transaction)")
                }
            }
        }
        // What a release of the own primary has led to here is done by now or comes with its decision.
        if let coordination = rows.coordinations[end.transaction], coordination.state.isOpen {
            hasEnded = true
            close(coordination, RefusalReason(.endedByNationalNode))
        }
        // An operator who brings it again sends it on again: somebody may have refused it.
        if !hasEnded && sender != province { return .known }
        for other in [plan.care] + plan.participants.filter({ $0 != plan.care })
        where other != province && other != sender {
            send(.holdEnd(certificate), to: other)
        }
        return hasEnded ? .ended : .known
    }
}

extension HoldEnd {
    fileprivate func isOf(_ plan: EncodedPlan) -> Bool {
        planDigest == plan.digest && care == plan.plan.care && primary == plan.plan.primary
            && transaction == plan.plan.transaction
    }
}

extension Participation.State {
    /// Whether the primary has committed, whatever came after.
    fileprivate var isTaken: Bool {
        switch self {
        case .committed, .reversed: true
        case .held, .released: false
        }
    }
}

extension Coordination {
    /// Whether care knows that the primary has committed.
    fileprivate var isSettled: Bool { date != nil }
}
