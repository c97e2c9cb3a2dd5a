package import Domain
import Ledger
import Settlement
package import Wire

/// Checks M1-M8 (design §2) over the stores of several nodes.
///
/// Nodes may be running: what one side knows and the other has still to hear is counted as in
/// flight, transaction by transaction, and is no violation as long as it can still come out right.
/// Of a province whose store is not given, only the other side is checked.
package struct Audit {
    package struct Node {
        package let province: ProvinceCode
        package let store: any StoreReading
        package init(province: ProvinceCode, store: any StoreReading) {
            self.province = province
            self.store = store
        }
    }

    let network: String
    let verifier: any SignatureVerifying
    let sm3: any Hashing
    let progress: (ProvinceCode, JournalEntry) -> Void
    var report: AuditReport
    var transactions: [Identifier: AuditedTransaction] = [:]
    var audited: Set<ProvinceCode> = []

    /// - Parameters:
    ///   - told: how many violations of each invariant are put into words.
    ///   - progress: called for every batch of a journal that holds.
    package static func run(
        _ nodes: [Node], network: String, verifier: any SignatureVerifying, sm3: any Hashing,
        told: Int = AuditReport.Invariant.toldUsually,
        progress: @escaping (ProvinceCode, JournalEntry) -> Void = { _, _ in }
    ) throws -> AuditReport {
        var audit = Audit(
            network: network, verifier: verifier, sm3: sm3, progress: progress,
            report: AuditReport(told: told))
        audit.audited = Set(nodes.map(\.province))
        // Whoever coordinates before whoever takes part: a decision that comes while the audit
        // reads is then in flight, and not an outcome that one side never heard of.
        for node in nodes { try audit.collect(node) }
        for node in nodes { try audit.checkBooks(of: node) }
        try audit.checkDocuments(nodes)
        for (_, transaction) in audit.transactions.sorted(by: { $0.key < $1.key }) {
            audit.checkOutcome(transaction)
        }
        for node in nodes { try audit.checkEvidence(of: node) }
        return audit.report
    }

    // MARK: Collecting

    private mutating func collect(_ node: Node) throws {
        try node.store.forEachCoordination { coordination in
            transactions[
                coordination.transaction, default: AuditedTransaction(coordination.transaction)
            ].coordinated(by: node.province, coordination)
            if coordination.date != nil {
                checkPlan(coordination.plan?.plan, coordination.finals, at: node.province)
            }
        }
        try node.store.forEachParticipation { participation in
            transactions[
                participation.transaction, default: AuditedTransaction(participation.transaction)
            ].participated(node.province, participation)
            if participation.state == .committed || participation.state == .reversed {
                checkPlan(participation.plan?.plan, participation.finals, at: node.province)
            }
        }
    }

    /// M6: nobody settles what the plan does not allow, whatever its primary has said.
    private mutating func checkPlan(
        _ plan: Plan?, _ finals: [Fen], at province: ProvinceCode
    ) {
        guard let plan else { return }
        let sum = finals.sum()
        report.m6.check(
            finals.count == plan.draws.count
                && zip(finals, plan.draws).allSatisfy { $0 <= $1.limit } && sum > .zero
                && sum <= plan.amount && (!plan.category.isPremium || sum == plan.amount),
            "\(plan.transaction): \(province) has settled \(sum.value) fen, which its plan does not "
                + "allow")
    }

    // MARK: Outcomes (M3, M6, M7)

    private mutating func checkOutcome(_ transaction: AuditedTransaction) {
        let id = transaction.id
        let parts = transaction.parts
        let taken = parts.filter { $0.state == .committed || $0.state == .reversed }
        // A coordinator that lies can tell another story under the same id: that one has an outcome of
        // its own.
        let returned = parts.filter { part in
            part.state == .released
                && taken.contains { $0.primary == part.primary && $0.planDigest == part.planDigest }
        }
        var inFlight = parts.contains { $0.state == .held }
        report.m3.check(
            returned.isEmpty && Set(taken.map(\.planDigest)).count <= 1,
            "\(id): committed at \(taken.map(\.province)), released at \(returned.map(\.province))")
        if let primary = parts.first(where: { $0.province == $0.primary }) {
            for part in parts where part.province != primary.province {
                let ahead =
                    (part.state == .committed && primary.state == .held)
                    || (part.state == .reversed && primary.state != .reversed)
                    || (part.state == .released && primary.state == .held && !part.refused)
                report.m3.check(
                    !ahead, "\(id): \(part.province) is ahead of its primary \(primary.province)")
                if part.state != primary.state { inFlight = true }
            }
        }
        if let care = transaction.care {
            switch care.state {
            case .settled, .reversing, .reversed:
                let isSettled = care.state != .reversing || care.date != nil
                for province in care.finals.keys.sorted()
                where isSettled && audited.contains(province) {
                    let part = parts.first { $0.province == province }
                    report.m3.check(
                        part != nil && part?.state != .released,
                        "\(id): settled at \(care.province), not at \(province)")
                }
                if care.state == .settled {
                    for part in parts where part.state == .reversed {
                        report.m3.violated(
                            "\(id): settled at \(care.province), reversed at \(part.province)")
                    }
                    inFlight = inFlight || parts.contains { $0.state != .committed }
                }
            case .released:
                for part in taken {
                    report.m3.violated(
                        "\(id): released at \(care.province), \(part.state.word) at \(part.province)"
                    )
                }
            case .askingWallet, .reserving, .reserved, .releasing:
                for part in taken {
                    report.m3.violated(
                        "\(id): \(part.state.word) at \(part.province) without a commit of "
                            + "\(care.province)")
                }
            case .committing: break
            }
            inFlight = inFlight || care.state.isOpen
        }
        report.m3.add("transactions", 1)
        if inFlight { report.m3.add("in_flight", 1) }
        checkAmounts(transaction)
        checkDates(transaction)
    }

    /// M6, transaction by transaction; the balances are checked against the sum of these.
    private mutating func checkAmounts(_ transaction: AuditedTransaction) {
        guard let care = transaction.care, care.date != nil else { return }
        for part in transaction.parts where part.state == .committed || part.state == .reversed {
            let claimed = care.finals[part.province] ?? 0
            report.m6.check(
                claimed == part.final,
                "\(transaction.id): \(part.province) owes \(part.final) fen, "
                    + "\(care.province) claims \(claimed)")
        }
    }

    private mutating func checkDates(_ transaction: AuditedTransaction) {
        let id = transaction.id
        var dates = Set(transaction.parts.compactMap(\.date))
        var reversals = Set(transaction.parts.compactMap(\.reversalDate))
        for part in transaction.parts {
            let settled = part.state == .committed || part.state == .reversed
            report.m7.check(
                settled == (part.date != nil),
                "\(id): \(part.state.word) at \(part.province) "
                    + (settled ? "without a business date" : "with a business date"))
        }
        if let care = transaction.care {
            let settled = care.state == .settled || care.state == .reversed
            report.m7.check(
                !settled || care.date != nil,
                "\(id): \(care.state.word) at \(care.province) without a business date")
            if let date = care.date { dates.insert(date) }
            if let date = care.reversalDate { reversals.insert(date) }
        }
        report.m7.check(dates.count <= 1, "\(id): business dates \(dates.sorted())")
        report.m7.check(reversals.count <= 1, "\(id): reversal dates \(reversals.sorted())")
        if !dates.isEmpty { report.m7.add("settled", 1) }
    }
}

/// One transaction as the audited nodes have it.
struct AuditedTransaction {
    struct Care {
        let province: ProvinceCode
        let state: Coordination.State
        let date: BusinessDate?
        let reversalDate: BusinessDate?
        /// Fen by payer province; every province of the plan has a place.
        let finals: [ProvinceCode: Int64]
        let primary: ProvinceCode?
    }

    struct Part {
        let province: ProvinceCode
        let primary: ProvinceCode
        let planDigest: Digest
        let state: Participation.State
        /// Released because it had refused to hold.
        let refused: Bool
        let held: Int64
        let final: Int64
        let date: BusinessDate?
        let reversalDate: BusinessDate?
    }

    let id: Identifier
    var care: Care?
    var parts: [Part] = []

    init(_ id: Identifier) { self.id = id }

    mutating func coordinated(by province: ProvinceCode, _ coordination: Coordination) {
        var finals: [ProvinceCode: Int64] = [:]
        if let plan = coordination.plan?.plan {
            for draw in plan.draws { finals[draw.province] = 0 }
            for (draw, final) in zip(plan.draws, coordination.finals) {
                finals[draw.province, default: 0] += final.value
            }
        }
        care = Care(
            province: province, state: coordination.state, date: coordination.date,
            reversalDate: coordination.reversalDate, finals: finals,
            primary: coordination.plan?.plan.primary)
    }

    mutating func participated(_ province: ProvinceCode, _ participation: Participation) {
        var final: Int64 = 0
        if let plan = participation.plan?.plan {
            for (draw, amount) in zip(plan.draws, participation.finals)
            where draw.province == province {
                final += amount.value
            }
        }
        parts.append(
            Part(
                province: province, primary: participation.primary,
                planDigest: participation.planDigest, state: participation.state,
                refused: participation.held.isEmpty, held: participation.held.sum().value,
                final: final, date: participation.date,
                reversalDate: participation.reversalDate))
    }
}
