import Domain
import Settlement

// Which states may follow on which, as the tables of `protocol/states.md` have it. One round can go
// several steps at once, so each list has all that can be reached.

extension Participation.State {
    func mayBecome(_ after: Participation.State) -> Bool {
        switch self {
        case .held: true
        case .committed: after == .committed || after == .reversed
        case .released: after == .released
        case .reversed: after == .reversed
        }
    }

    /// The money was taken, given back since or not.
    var isTaken: Bool { self == .committed || self == .reversed }
}

extension Coordination.State {
    func mayBecome(_ after: Coordination.State) -> Bool {
        switch self {
        case .askingWallet: true
        case .reserving: after != .askingWallet
        // Back and forth while the primary does not commit what it was asked to.
        case .reserved, .committing: after != .askingWallet && after != .reserving
        case .settled: after == .settled || after == .reversing || after == .reversed
        case .reversing: after == .reversing || after == .reversed || after == .released
        case .reversed: after == .reversed
        case .releasing: after == .releasing || after == .released
        case .released: after == .released
        }
    }
}

extension RelationPhase {
    func mayBecome(_ after: RelationPhase) -> Bool {
        switch self {
        case .proposed: true
        case .awaitingConsent: after != .proposed
        case .active, .suspended: after != .proposed && after != .awaitingConsent
        case .ending: after == .ending || after == .ended
        case .ended: after == .ended
        }
    }
}

extension WithdrawalState {
    func mayBecome(_ after: WithdrawalState) -> Bool {
        switch self {
        case .claiming: true
        case .awaitingReview: after != .claiming
        case .approved:
            after == .approved || after == .handedOver || after == .paid || after == .returned
        case .handedOver: after == .handedOver || after == .paid || after == .returned
        case .paid: after == .paid
        case .returned: after == .returned
        case .refused: after == .refused
        }
    }

    /// Whether the money has left the account for the bank, come back since or not.
    var wasApproved: Bool {
        switch self {
        case .claiming, .awaitingReview, .refused: false
        case .approved, .handedOver, .paid, .returned: true
        }
    }

    var isPaidOut: Bool { wasApproved && self != .returned }
}
