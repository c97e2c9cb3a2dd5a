package import Domain

/// What came of a run.
package struct RunResult: Sendable {
    package let scenario: Scenario
    /// Nil if everything held.
    package let failure: Failure?
    /// The true time at which it failed.
    package let failedAt: Instant?
    /// Over everything that happened, in order: the same on every machine.
    package let digest: Digest
    package let statistics: Statistics
    /// The faults that were planned for this seed, whether they were left out or not.
    package let plan: [PlannedFault]
    /// The last events, if the run was traced.
    package let trace: [TraceEvent]

    package init(
        scenario: Scenario, failure: Failure?, failedAt: Instant?, digest: Digest,
        statistics: Statistics, plan: [PlannedFault], trace: [TraceEvent]
    ) {
        self.scenario = scenario
        self.failure = failure
        self.failedAt = failedAt
        self.digest = digest
        self.statistics = statistics
        self.plan = plan
        self.trace = trace
    }
}

/// Numbers of a run, for people.
package struct Statistics: Sendable, Equatable {
    package var events = 0
    package var rounds = 0
    package var batches = 0
    package var messages = 0
    package var requests = 0
    package var settled = 0
    package var reversed = 0
    package var released = 0
    package var crashes = 0
    package var faults: [FaultKind: Int] = [:]
    /// Of the liveness phase: how long until nothing was in doubt and every link was drained.
    package var healedMilliseconds: Int64?

    package init() {}
}

/// One fault that was drawn from the seed before the run began.
package struct PlannedFault: Sendable, Hashable, CustomStringConvertible {
    package let number: Int
    package let kind: FaultKind
    /// Milliseconds after the beginning.
    package let begins: Int64
    package let ends: Int64
    package let province: ProvinceCode
    package let peer: ProvinceCode?
    /// What the kind needs to know besides.
    package let parameter: Int64

    package init(
        number: Int, kind: FaultKind, begins: Int64, ends: Int64, province: ProvinceCode,
        peer: ProvinceCode?, parameter: Int64
    ) {
        self.number = number
        self.kind = kind
        self.begins = begins
        self.ends = ends
        self.province = province
        self.peer = peer
        self.parameter = parameter
    }

    package var description: String {
        let towards = peer.map { " to \($0)" } ?? ""
        return "#\(number) \(kind.rawValue) \(province)\(towards) at \(begins / 1000) s, "
            + "for \((ends - begins) / 1000) s"
    }
}

/// One thing that happened, for a diagram.
package struct TraceEvent: Sendable {
    package enum Party: Sendable, Hashable {
        case province(ProvinceCode)
        /// All clients of a province.
        case clients(ProvinceCode)
    }

    package let at: Instant
    package let from: Party
    /// The same as `from` for what a party does alone: a crash, a commit.
    package let to: Party
    /// `reserve`, `vote`, `crash`, `settle_commit`, …
    package let label: String
    /// Amounts, outcomes, statuses.
    package let detail: String
    /// Transactions, relations and requests that it is about.
    package let subjects: [Identifier]
    /// It never arrived.
    package let isLost: Bool

    package init(
        at: Instant, from: Party, to: Party, label: String, detail: String,
        subjects: [Identifier], isLost: Bool = false
    ) {
        self.at = at
        self.from = from
        self.to = to
        self.label = label
        self.detail = detail
        self.subjects = subjects
        self.isLost = isLost
    }
}
