/// Counts by reason of the names that had most; bounded, so that a thousand names are no more than some.
struct CountsByName: Sendable {
    private var counts: [String: [String: Int]] = [:]
    private static let namesMax = 256

    mutating func count(_ reason: String, of name: String) {
        if counts[name] == nil, counts.count >= CountsByName.namesMax,
            let least = counts.min(by: { total($0.value) < total($1.value) })
        {
            counts[least.key] = nil
        }
        counts[name, default: [:]][reason, default: 0] += 1
    }

    /// The names with the highest counts, the highest first.
    func most(_ count: Int) -> [(name: String, counts: [String: Int])] {
        counts.map { (name: $0.key, counts: $0.value) }
            .sorted {
                let (left, right) = (total($0.counts), total($1.counts))
                return left == right ? $0.name < $1.name : left > right
            }
            .prefix(count).map { $0 }
    }

    private func total(_ counts: [String: Int]) -> Int { counts.values.reduce(0, +) }
}
