import Domain
import Foundation
import Gateway
import Glibc
import Settlement
import Wire
import ZeroMQ

/// Carries a ``KillPlan`` out on a running cluster under load.
struct Torment {
    let cluster: Cluster
    let plan: KillPlan

    private var nodes: [ClusterNode] = []
    /// When a node that was killed is to be started again.
    private var restarts: [Int: UInt64] = [:]
    private var pending: [KillPlan.Kill] = []
    private var counts: [Int] = []

    init(cluster: Cluster, plan: KillPlan) {
        self.cluster = cluster
        self.plan = plan
    }

    mutating func run(clients: Int) throws -> TormentReport {
        nodes = try cluster.nodes()
        counts = nodes.map { _ in 0 }
        pending = plan.kills
        try cluster.waitUntilHealthy(seconds: 60)
        let context = try Context()
        let sockets = try nodes.map {
            try ServiceClient(endpoint: $0.local.serviceEndpoint, context: context)
        }
        let provinces = nodes.map(\.province)
        let patients = try LoadPreparation(provinces: provinces, clients: sockets)
            .prepare(count: clients)
        var load = SettleLoad(patients, provinces: provinces, clients: sockets)
        load.keepsTold = true
        load.resendNanoseconds = 1_000_000_000
        try load.begin()
        try kill(under: &load)

        let lastRestart = monotonicNanoseconds()
        Console.progress("the last node is started again; waiting until nothing is in doubt")
        let clear = try waitUntilClear(&load, since: lastRestart)
        try load.finish(seconds: 60)
        try waitForQuiet(seconds: 30)
        Console.endProgress()
        let lost = try self.lost(load.told, sockets)
        return TormentReport(
            kills: counts.reduce(0, +), killsByProvince: zip(provinces, counts).map { ($0, $1) },
            settled: load.settled, resent: load.resent, refused: load.refused,
            clearMilliseconds: clear, toldSettled: load.told.count, lost: lost,
            audit: try ClusterAudit(of: cluster))
    }

    /// The plan from its first kill to its last restart, with the load running all the time.
    private mutating func kill(under load: inout SettleLoad) throws {
        let start = monotonicNanoseconds()
        var shown = start
        var looked = start
        while true {
            let now = monotonicNanoseconds()
            let elapsed = Int((now - start) / 1_000_000)
            try restartDue(now)
            try killDue(elapsed, now)
            // The clock of "within 10 s" starts at the last restart, so the load ends there too.
            if pending.isEmpty, restarts.isEmpty,
                !plan.kills.isEmpty || elapsed >= plan.milliseconds
            {
                return
            }
            try load.step(milliseconds: 10, goOn: true)
            if now - looked >= 100_000_000 {
                looked = now
                try load.resend()
            }
            if now - shown >= 1_000_000_000 {
                shown = now
                Console.progress(
                    "\(elapsed / 1000) s, \(counts.reduce(0, +)) of \(plan.kills.count) kills, "
                        + "\(load.settled) settlements")
            }
        }
    }

    private mutating func killDue(_ elapsed: Int, _ now: UInt64) throws {
        while let kill = pending.first, kill.atMilliseconds <= elapsed {
            // Down already: it dies once it is up again.
            guard restarts[kill.node] == nil else { return }
            pending.removeFirst()
            let process = nodes[kill.node].process
            guard process.pid != nil else {
                throw CommandFailure.failed(
                    """
                    the node of \(nodes[kill.node].province) has ended by itself. Its log ends:
                    \(process.logTail(lines: 12))
                    """)
            }
            process.killNow()
            counts[kill.node] += 1
            restarts[kill.node] = now + UInt64(kill.downMilliseconds) * 1_000_000
        }
    }

    private mutating func restartDue(_ now: UInt64) throws {
        for (node, due) in restarts where due <= now {
            try nodes[node].process.start()
            restarts[node] = nil
        }
    }

    /// Milliseconds until no node has anything in doubt, nil if that takes more than 10 s. The
    /// clients end what they have begun, and begin nothing new.
    private func waitUntilClear(_ load: inout SettleLoad, since start: UInt64) throws -> Int? {
        let client = try StatusClient()
        while true {
            try load.step(milliseconds: 20, goOn: false)
            try load.resend()
            let elapsed = Int((monotonicNanoseconds() - start) / 1_000_000)
            if elapsed > 10_000 { return nil }
            let clear = try nodes.allSatisfy { node in
                guard let status = try node.local.status(client, timeoutMilliseconds: 200) else {
                    return false
                }
                return status.state == "running" && status.inDoubt.count == 0
            }
            if clear { return elapsed }
        }
    }

    /// The audit compares nodes: what is still under way it could only excuse. Reservations whose
    /// votes were lost with a node end by themselves after a while.
    private func waitForQuiet(seconds: Int) throws {
        let client = try StatusClient()
        for _ in 0..<10 * seconds {
            let quiet = try nodes.allSatisfy { node in
                guard let status = try node.local.status(client, timeoutMilliseconds: 500) else {
                    return false
                }
                return status.transactions.isAllClosed
                    && status.peers.allSatisfy { $0.outbox == 0 && $0.sent == $0.acknowledged }
            }
            if quiet { return }
            usleep(100_000)
        }
    }

    /// Asks the care node of each settlement that a client was told of.
    private func lost(
        _ told: [SettleLoad.Told], _ sockets: [ServiceClient]
    ) throws -> [Identifier] {
        var lost: [Identifier] = []
        for node in sockets.indices {
            let mine = told.filter { $0.node == node }.map(\.transaction)
            try Pipeline().run(
                sockets[node], count: mine.count,
                request: { place, id in
                    var body = Gongji_V1_ShowTransaction()
                    body.transaction = mine[place].data
                    var request = Gongji_V1_ServiceRequest()
                    request.id = id.data
                    request.body = .showTransaction(body)
                    return ServiceClient.encode(request)
                },
                receive: { place, body in
                    guard case .transaction(let state) = body, state.coordinator == "settled",
                        state.finalFen == SettleLoad.amountFen
                    else {
                        lost.append(mine[place])
                        return
                    }
                },
                refused: { place, _ in lost.append(mine[place]) })
        }
        return lost
    }
}

extension StatusDocument.Transactions {
    /// Whether every transaction has come to its end.
    fileprivate var isAllClosed: Bool {
        coordinator.allSatisfy { state, count in
            count == 0 || Coordination.State.allCases.contains { $0.word == state && !$0.isOpen }
        } && participant[Participation.State.held.word, default: 0] == 0
    }
}
