import Domain
import Settlement
import Wire

/// The time after a start in which a node only listens: until every peer was heard, or for
/// ``millisecondsMax`` since peers can be heard (``begin(at:)``). Also those are waited for with which it
/// remembers no history: a store that is older than their first message does not know that there is one.
struct RollCall {
    private var missing: Set<ProvinceCode>
    private var end = Double.infinity
    private var kept = Work()

    static let millisecondsMax = 3000.0

    init(_ peers: Set<ProvinceCode>) {
        missing = peers
        isOpen = !missing.isEmpty
    }

    private(set) var isOpen: Bool

    mutating func heard(_ peer: ProvinceCode) { missing.remove(peer) }

    /// From now on peers can be heard; perhaps once more.
    mutating func begin(at moment: Moment) {
        end = moment.steady + RollCall.millisecondsMax
    }

    /// Keeps `work` for later, as far as there is room; when the roll is done, `work` is all that was
    /// kept. Peers send again what found no room; the calls that found none are returned.
    mutating func keep(_ work: inout Work, at moment: Moment) -> [Work.Call] {
        var excess: [Work.Call] = []
        if kept.isLarge {
            excess = work.calls
        } else {
            kept.arrivals += work.arrivals
            kept.calls += work.calls
        }
        isOpen = !missing.isEmpty && moment.steady < end
        work = Work()
        if !isOpen { swap(&work, &kept) }
        return excess
    }
}
