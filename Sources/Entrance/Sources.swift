/// Who comes to a gate, by address until it is known and then by name: octets, refusals, and what is
/// still to be said of them in the log. Bounded; who was not seen for longest falls out.
struct Sources {
    private struct Entry {
        var connections = 0
        var bytes = 0
        var bytesLastMinute = 0
        var heldBack = 0
        var turnedAway: [Turning: Int] = [:]
        var unsaid: [Turning: Int] = [:]
        /// When a refusal was last logged, by reason.
        var said: [Turning: Double] = [:]
        var seen = 0.0
        var budget: TokenBucket
    }

    private var entries: [String: Entry] = [:]
    private var minuteBegan: Double
    private let perSecond: Double
    private let burst: Double

    static let entriesMax = 512
    static let repeatMilliseconds = 60_000.0
    /// Lines that may begin in one minute; what is beyond is counted only.
    static let linesPerMinuteMax = 30
    private var lines = 0

    init(bytesPerSecond: Double, burst: Double, at now: Double) {
        perSecond = bytesPerSecond
        self.burst = burst
        minuteBegan = now
    }

    mutating func connect(_ name: String, at now: Double) {
        change(name, now) { $0.connections += 1 }
    }

    mutating func disconnect(_ name: String, at now: Double) {
        change(name, now) { $0.connections = max(0, $0.connections - 1) }
    }

    /// Takes octets off the budget of `name`; returns for how many milliseconds it is used up.
    mutating func spend(_ bytes: Int, of name: String, at now: Double) -> Double {
        change(name, now) { entry in
            entry.bytes += bytes
            entry.budget.spend(Double(bytes), at: now)
            let rest = entry.budget.rest(at: now)
            if rest > 0 { entry.heldBack += 1 }
            return rest
        }
    }

    /// What is to be logged at once of a refusal.
    mutating func turnAway(_ name: String, _ reason: Turning, at now: Double) -> Int? {
        let isNew = change(name, now) { entry in
            entry.turnedAway[reason, default: 0] += 1
            entry.unsaid[reason, default: 0] += 1
            return entry.said[reason].map { now - $0 >= Sources.repeatMilliseconds } ?? true
        }
        return isNew ? say(name, reason, now) : nil
    }

    /// What has gone on for a minute and is to be logged again. Once a second or so.
    mutating func due(at now: Double) -> [(name: String, reason: Turning, count: Int)] {
        if now - minuteBegan >= 60_000 {
            minuteBegan = now
            lines = 0
            entries = entries.mapValues { entry in
                var entry = entry
                (entry.bytesLastMinute, entry.bytes) = (entry.bytes, 0)
                return entry
            }
        }
        var notes: [(name: String, reason: Turning, count: Int)] = []
        for (name, entry) in entries {
            for (reason, count) in entry.unsaid where count > 0 {
                guard now - (entry.said[reason] ?? 0) >= Sources.repeatMilliseconds,
                    let said = say(name, reason, now)
                else { continue }
                notes.append((name, reason, said))
            }
        }
        return notes
    }

    /// Those with refusals or held back most often, the most first.
    var worst: [GateReport.Source] {
        entries.map { name, entry in
            GateReport.Source(
                name: name, connections: entry.connections,
                bytesLastMinute: max(entry.bytesLastMinute, entry.bytes),
                heldBack: entry.heldBack, turnedAway: entry.turnedAway)
        }
        .filter { $0.heldBack > 0 || !$0.turnedAway.isEmpty }
        .sorted { weight($0) == weight($1) ? $0.name < $1.name : weight($0) > weight($1) }
        .prefix(GateReport.sourcesMax).map { $0 }
    }

    private func weight(_ source: GateReport.Source) -> Int {
        source.heldBack + source.turnedAway.values.reduce(0, +)
    }

    private mutating func say(_ name: String, _ reason: Turning, _ now: Double) -> Int? {
        guard lines < Sources.linesPerMinuteMax else { return nil }
        lines += 1
        return change(name, now) { entry in
            entry.said[reason] = now
            return entry.unsaid.removeValue(forKey: reason)
        }
    }

    @discardableResult
    private mutating func change<Result>(
        _ name: String, _ now: Double, _ body: (inout Entry) -> Result
    ) -> Result {
        if entries[name] == nil, entries.count >= Sources.entriesMax,
            let idle = entries.filter({ $0.value.connections == 0 })
                .min(by: { $0.value.seen < $1.value.seen })
        {
            entries[idle.key] = nil
        }
        var entry =
            entries.removeValue(forKey: name)
            ?? Entry(budget: TokenBucket(perSecond: perSecond, burst: burst, at: now))
        entry.seen = now
        let result = body(&entry)
        entries[name] = entry
        return result
    }
}
