import Domain
import Settlement
import Wire

/// The time after a start in which a node only listens: until every peer with which it has a history
/// was heard, or for ``millisecondsMax``.
struct RollCall {
    private var missing: Set<ProvinceCode>
    private let end: Double
    private var kept = Work()

    static let millisecondsMax = 3000.0

    init(_ links: [ProvinceCode: Link], at moment: Moment) {
        missing = Set(
            links.values.filter { $0.record.sent.sequence > 0 || $0.record.received != nil }
                .map(\.record.peer))
        end = moment.steady + RollCall.millisecondsMax
        isOpen = !missing.isEmpty
    }

    private(set) var isOpen: Bool

    mutating func heard(_ peer: ProvinceCode) { missing.remove(peer) }

    /// Keeps `work` for later; when the roll is done, `work` is all that was kept.
    mutating func keep(_ work: inout Work, at moment: Moment) {
        kept.arrivals += work.arrivals
        kept.calls += work.calls
        isOpen = !missing.isEmpty && moment.steady < end && !kept.isLarge
        work.arrivals = []
        work.calls = []
        if !isOpen {
            swap(&work.arrivals, &kept.arrivals)
            swap(&work.calls, &kept.calls)
        }
    }
}
