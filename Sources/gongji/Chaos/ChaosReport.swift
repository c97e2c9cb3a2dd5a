import Domain

/// What a run of faults has shown.
struct ChaosReport {
    let provinces: [ProvinceCode]
    let clearSeconds: Int
    /// Faults that were begun, and all of which are over.
    private(set) var faults: [ChaosFault: Int] = [:]
    var done = 0
    /// What became of damaged copies of stores.
    private(set) var trials: [String: Int] = [:]
    private(set) var settled = 0
    /// Until the last fault was over.
    var settledUnderFaults = 0
    /// What each node that clients use has settled after all was healed; empty if it never came to
    /// that.
    var settledAgain: [ProvinceCode: Int] = [:]
    private(set) var cancelled = 0
    private(set) var reversed = 0
    private(set) var resent = 0
    private(set) var refused: [Status: Int] = [:]
    /// From the healing until nothing was in doubt anywhere; nil if that took too long.
    var clearMilliseconds: Int?
    /// From the end of the load until nothing was open anywhere; nil if that took too long.
    var quietMilliseconds: Int?
    /// Transactions of which a client was told an outcome.
    var told = 0
    /// Those of them whose node says otherwise.
    var lost: [String] = []
    /// What else should not have happened, the first of it.
    private(set) var failures: [String] = []
    /// Nil if it never came to that.
    var audit: ClusterAudit?

    init(provinces: [ProvinceCode], clearSeconds: Int) {
        self.provinces = provinces
        self.clearSeconds = clearSeconds
    }

    private static let failuresMax = 20

    mutating func fail(_ words: String) {
        if failures.count < ChaosReport.failuresMax { failures.append(words) }
    }

    mutating func count(_ kind: ChaosFault) { faults[kind, default: 0] += 1 }
    mutating func count(_ trial: StoreTrial) { trials[trial.word, default: 0] += 1 }

    mutating func take(_ load: SettleLoad) {
        settled = load.settled
        cancelled = load.cancelled
        reversed = load.reversed
        resent = load.resent
        refused = load.refused
    }

    var holds: Bool {
        clearMilliseconds != nil && quietMilliseconds != nil && serves && lost.isEmpty
            && failures.isEmpty && audit?.holds == true
    }

    /// A cluster that refuses everything loses nothing either.
    var serves: Bool {
        settledUnderFaults > 0 && !settledAgain.isEmpty
            && settledAgain.values.allSatisfy { $0 > 0 }
    }

    var text: String {
        let kinds = ChaosFault.allCases.compactMap { kind in
            faults[kind].map { "\(kind.rawValue) \($0)" }
        }
        var lines = [
            "\(done) faults: \(kinds.joined(separator: ", "))",
            "\(settled) settlements, \(cancelled) cancelled, \(reversed) reversed; "
                + "\(resent) requests were sent again",
        ]
        if !trials.isEmpty {
            let words = trials.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            lines.append("damaged stores: \(words.joined(separator: ", "))")
        }
        for (status, count) in refused.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            lines.append("  refused \(count) times: \(status.word)")
        }
        lines.append(
            clearMilliseconds.map { "nothing in doubt \($0) ms after all was healed" }
                ?? "STILL IN DOUBT \(clearSeconds) s after all was healed; see gongji indoubt list")
        lines.append(
            serves
                ? "every node that clients use settled again after all was healed"
                : "NOT SERVED: \(settledUnderFaults) settlements under faults, and after all was "
                    + "healed " + settledAgainWords)
        lines.append(
            quietMilliseconds.map { "nothing open \($0) ms after the clients' end" }
                ?? "STILL OPEN a minute after the clients' end: transactions, holds or messages; "
                + "see gongji status")
        lines.append(
            lost.isEmpty
                ? "all \(told) outcomes that clients were told of stand"
                : "LOST: \(lost.count) of \(told) outcomes that clients were told of: "
                    + lost.prefix(10).joined(separator: "; "))
        for failure in failures { lines.append("FAILED: \(failure)") }
        return (lines + [audit?.text ?? "no audit"]).joined(separator: "\n")
    }

    private var settledAgainWords: String {
        let words = provinces.compactMap { province in
            settledAgain[province].map { "\(province) \($0)" }
        }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }

    var json: JSON {
        [
            "holds": .bool(holds),
            "faults": .object(
                ChaosFault.allCases.compactMap { kind in
                    faults[kind].map { JSON.Member(key: kind.rawValue, value: .int($0)) }
                }),
            "damaged_stores": .object(
                trials.sorted { $0.key < $1.key }
                    .map {
                        JSON.Member(key: $0.key.replacing(" ", with: "_"), value: .int($0.value))
                    }
            ),
            "settled": .int(settled), "cancelled": .int(cancelled), "reversed": .int(reversed),
            "resent": .int(resent), "settled_under_faults": .int(settledUnderFaults),
            "settled_again": .object(
                provinces.compactMap { province in
                    settledAgain[province]
                        .map { JSON.Member(key: province.description, value: .int($0)) }
                }),
            "refused": .object(
                refused.sorted { $0.key.rawValue < $1.key.rawValue }
                    .map { JSON.Member(key: $0.key.word, value: .int($0.value)) }),
            "in_doubt_clear_milliseconds": clearMilliseconds.map { .int($0) } ?? nil,
            "quiet_milliseconds": quietMilliseconds.map { .int($0) } ?? nil,
            "told": .int(told), "lost": .array(lost.map { .text($0) }),
            "failures": .array(failures.map { .text($0) }), "audit": audit?.json ?? nil,
        ]
    }
}

extension StoreTrial {
    var word: String {
        switch self {
        case .refused: "refused"
        case .refusedWhenRead: "refused when read"
        case .harmless: "harmless"
        case .served: "served"
        }
    }

    var sentence: String {
        switch self {
        case .refused(let why), .refusedWhenRead(let why): "\(word): \(why)"
        case .harmless, .served: word
        }
    }
}
