package import Domain

/// Everything that a run of the simulator depends on: the same scenario is the same run, octet by
/// octet, on every machine.
package struct Scenario: Sendable, Hashable {
    package var seed: UInt64
    /// How many provinces, 2 to 32.
    package var provinces: Int
    /// Virtual minutes of the safety phase; the liveness phase comes after.
    package var minutes: Int
    package var faults: Set<FaultKind>
    /// Settlements that clients begin in a virtual minute, over all provinces.
    package var settlementsPerMinute: Int
    /// Planned faults that are left out, by number: what shrinking takes away.
    package var withoutFaults: Set<Int> = []

    package init(
        seed: UInt64, provinces: Int = 32, minutes: Int = 60,
        faults: Set<FaultKind> = Set(FaultKind.allCases), settlementsPerMinute: Int = 12
    ) {
        self.seed = seed
        self.provinces = provinces
        self.minutes = minutes
        self.faults = faults
        self.settlementsPerMinute = settlementsPerMinute
    }
}

/// What can go wrong in a simulated network. Raw values are the words of `--faults`.
package enum FaultKind: String, Sendable, CaseIterable, Comparable {
    /// Batches get lost.
    case loss
    /// Batches come twice.
    case duplication
    /// Batches overtake each other, and are delayed for long.
    case reordering
    /// One direction between two provinces is cut for a while.
    case partition
    /// A node is off for up to 20 minutes, or for a day; for a whole day only in runs that are longer.
    case absence
    /// A node is killed between two of its effects, and started again.
    case crash
    /// A node's disk is slow, and takes its time for each commit.
    case slowDisk = "slow-disk"
    /// A node's disk is full for a while.
    case fullDisk = "full-disk"
    /// A commit fails in a way that leaves open whether it happened.
    case doubtfulCommit = "doubtful-commit"
    /// An old copy of a store is put in place; later the newest one is put back.
    case oldStore = "old-store"
    /// A node's clock is wrong, by less than what peers forgive, or jumps.
    case clock
    /// Certificates expire, are renewed and revoked.
    case certificates
    /// Editions of the directory reach nodes at different times; a province joins late.
    case directory
    /// A province that coordinates lies.
    case liar
    /// A province that pays lies: as primary or secondary of what honest provinces coordinate.
    case lyingPayer = "lying-payer"
    /// Clients repeat, change, cancel and abandon requests.
    case clients

    package static func < (left: FaultKind, right: FaultKind) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Why a run failed. The kinds have exit codes of their own.
package struct Failure: Error, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The code under test gave up or contradicted itself.
        case crash
        /// Something happened that must never happen.
        case safety
        /// Something did not happen that must happen in the end.
        case liveness
    }

    package let kind: Kind
    /// Which invariant: `M1` … `M8`, or a short word.
    package let invariant: String
    package let sentence: String
    /// The transaction, relation or request that it is about, if it is about one.
    package let subject: Identifier?

    package init(
        _ kind: Kind, _ invariant: String, _ sentence: String, about subject: Identifier? = nil
    ) {
        self.kind = kind
        self.invariant = invariant
        self.sentence = sentence
        self.subject = subject
    }

    package var description: String { "\(kind.rawValue), \(invariant): \(sentence)" }
}

/// What clients reach nodes by in a simulated world.
package protocol Desk: AnyObject {
    /// The true time: what a clock without fault shows.
    var now: Instant { get }
    /// Sends an encoded `ServiceRequest` to the node of `province`. It may get lost, and so may the
    /// reply: whoever wants to know asks again with the same id.
    func ask(_ request: Bytes, at province: ProvinceCode, connection: UInt64)
    /// Calls ``Workload/wake(_:)`` with `token` in so many milliseconds.
    func alarm(inMilliseconds delay: Int64, token: UInt64)
}
