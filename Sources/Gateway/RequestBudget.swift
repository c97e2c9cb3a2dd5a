import Domain
import Entrance
import Wire

/// How much each client may still ask, by its name; of the service thread only. Above it a client is
/// told `overloaded`, and nothing of what it sent is looked at further.
struct RequestBudget {
    private struct Purse {
        var requests: TokenBucket
        var boxes: TokenBucket
        var seen: Double
    }

    private var purses: [String: Purse] = [:]
    private static let pursesMax = 4096

    /// Takes one request off the budget of `client`; false if it is used up.
    mutating func spendRequest(of client: String, isLocal: Bool) -> Bool {
        spend(client, isLocal, \.requests)
    }

    /// The same for a sealed identity number.
    mutating func spendBox(of client: String, isLocal: Bool) -> Bool {
        spend(client, isLocal, \.boxes)
    }

    private mutating func spend(
        _ client: String, _ isLocal: Bool, _ bucket: WritableKeyPath<Purse, TokenBucket>
    ) -> Bool {
        let now = Clock.monotonicMilliseconds()
        if purses[client] == nil, purses.count >= RequestBudget.pursesMax,
            let idle = purses.min(by: { $0.value.seen < $1.value.seen })
        {
            purses[idle.key] = nil
        }
        var purse = purses.removeValue(forKey: client) ?? RequestBudget.full(isLocal, now)
        defer { purses[client] = purse }
        purse.seen = now
        guard purse[keyPath: bucket].allows(at: now) else { return false }
        purse[keyPath: bucket].spend(1, at: now)
        return true
    }

    private static func full(_ isLocal: Bool, _ now: Double) -> Purse {
        let (perSecond, burst) =
            isLocal
            ? (Limits.localRequestsPerSecond, Limits.localRequestsBurst)
            : (Limits.requestsPerSecond, Limits.requestsBurst)
        return Purse(
            requests: TokenBucket(perSecond: Double(perSecond), burst: Double(burst), at: now),
            boxes: TokenBucket(
                perSecond: Double(Limits.sealedBoxesPerSecond),
                burst: Double(Limits.sealedBoxesBurst), at: now), seen: now)
    }
}
