import Domain
import Foundation
import Gateway
import Glibc
import Settlement
import Storage
import StorageSQLite
import Wire
import ZeroMQ

/// Carries a ``ChaosPlan`` out on a cluster under load, heals everything, and looks at what is left.
struct ChaosRun {
    /// A fault that was begun and is not over.
    private struct Active {
        let fault: Fault
        /// When what comes next is due.
        var due: UInt64
        /// Whether a clock has jumped.
        var hasJumped = false
    }

    private let stage: ChaosStage
    private let plan: ChaosPlan
    /// Seconds from the healing until nothing may be in doubt.
    private let clearSeconds: Int

    private var pending: [Fault]
    /// By node.
    private var active: [Int: Active] = [:]
    private var report: ChaosReport
    private var start: UInt64 = 0

    init(stage: ChaosStage, plan: ChaosPlan, clearSeconds: Int) {
        self.stage = stage
        self.plan = plan
        self.clearSeconds = clearSeconds
        pending = plan.faults
        report = ChaosReport(provinces: stage.nodes.map(\.province), clearSeconds: clearSeconds)
    }

    private var nodes: [ClusterNode] { stage.nodes }
    private var names: [String] { nodes.map(\.province.description) }

    mutating func run(clients: Int) throws -> ChaosReport {
        for node in nodes.indices { try stage.start(node) }
        try stage.cluster.waitUntilHealthy(seconds: 60)
        let context = try Context()
        let sockets = try nodes.map {
            try ServiceClient(endpoint: $0.local.serviceEndpoint, context: context)
        }
        let provinces = nodes.map(\.province)
        let patients = try LoadPreparation(provinces: provinces, clients: sockets)
            .prepare(count: clients)
        // Reservations whose client or votes are lost end by themselves within the wait below.
        var load = SettleLoad(
            patients, provinces: provinces, clients: sockets, holdMilliseconds: 20_000)
        load.keepsTold = true
        load.resendNanoseconds = 1_000_000_000
        load.mix = SettleLoad.Mix(part: 5, cancel: 11, reverse: 7)
        start = monotonicNanoseconds()
        try load.begin()
        try carryOut(under: &load)
        report.settledUnderFaults = load.settled

        let healed = monotonicNanoseconds()
        Console.note("all is healed; waiting until nothing is in doubt")
        report.clearMilliseconds = try waitUntilClear(&load, since: healed)
        try lookForTheDead()
        try settleAgain(&load, seconds: 60)
        do {
            try load.finish(seconds: 60)
        } catch let failure as CommandFailure {
            report.fail(failure.text)
        }
        try waitForQuiet(seconds: 60)
        report.take(load)
        try lookForTheDead()
        Console.note("comparing with what clients were told")
        try compare(load.told, sockets)
        try lookForTheDead()
        Console.note("auditing the stores, with every signature of their journals")
        report.audit = try ClusterAudit(of: stage.cluster)
        return report
    }

    // MARK: Faults

    /// The plan from its first fault to its last, with the load running all the time.
    private mutating func carryOut(under load: inout SettleLoad) throws {
        var looked = start
        var shown = start
        var shownSettled = 0
        while true {
            let now = monotonicNanoseconds()
            let elapsed = Int((now - start) / 1_000_000)
            for node in active.keys.sorted() where active[node].map({ $0.due <= now }) == true {
                try goOn(node, now)
            }
            try beginDue(elapsed, now)
            if pending.isEmpty && active.isEmpty && elapsed >= plan.milliseconds { return }
            try load.step(milliseconds: 10, goOn: true)
            if now - looked >= 100_000_000 {
                looked = now
                try load.resend()
                try lookForTheDead()
            }
            if now - shown >= 5_000_000_000 {
                let rate = Double(load.settled - shownSettled) * 1e9 / Double(now - shown)
                Console.progress(
                    "\(elapsed / 1000) s: \(report.done) of \(plan.faults.count) faults, "
                        + "\(load.settled) settled (\(Int(rate)) a second)")
                (shown, shownSettled) = (now, load.settled)
            }
        }
    }

    private mutating func beginDue(_ elapsed: Int, _ now: UInt64) throws {
        // One at a time for each node; others do not wait for it.
        var isTaken = Set(active.keys)
        var waiting: [Fault] = []
        for fault in pending {
            guard fault.atMilliseconds <= elapsed, isTaken.insert(fault.node).inserted else {
                waiting.append(fault)
                continue
            }
            Console.endProgress()
            Console.note("\(elapsed / 1000) s: \(fault.sentence(names))")
            try begin(fault, now)
        }
        pending = waiting
    }

    private mutating func begin(_ fault: Fault, _ now: UInt64) throws {
        let node = fault.node
        try lookWhetherDead(node)
        var lasts = fault.lastsMilliseconds
        switch fault.what {
        case .kill: stage.kill(node)
        case .freeze: stage.signal(node, SIGSTOP)
        case .disk(let room): try stage.leave(room, on: node)
        case .cut(let peer, let isOneWay):
            try stage.cut(node, from: peer, isOneWay: isOneWay)
        case .skew(let seconds): try restart(node, aheadSeconds: seconds)
        case .jump:
            try restart(node, aheadSeconds: 0)
            // It must have found its clock as it is.
            lasts = 3000
        case .store(let damage):
            stage.kill(node)
            try tryDamaged(node, damage)
        }
        active[node] = Active(fault: fault, due: now + UInt64(lasts) * 1_000_000)
        report.count(fault.kind)
    }

    /// What comes after a fault has lasted as long as it should.
    private mutating func goOn(_ node: Int, _ now: UInt64) throws {
        guard let fault = active[node]?.fault else { return }
        try lookWhetherDead(node)
        switch fault.what {
        case .kill, .store: try stage.start(node)
        case .freeze: stage.signal(node, SIGCONT)
        case .disk: try stage.healDisk(node)
        case .cut(let peer, let isOneWay):
            try stage.healCut(node, from: peer, isOneWay: isOneWay)
        case .skew: try restart(node, aheadSeconds: nil)
        case .jump(let seconds):
            guard active[node]?.hasJumped == true else {
                try stage.setClock(node, aheadSeconds: seconds)
                active[node]?.hasJumped = true
                active[node]?.due = now + 10_000_000_000
                return
            }
            expectEnd(node, "clock of this machine jumped", "its clock jumped by \(seconds) s")
            try restart(node, aheadSeconds: nil)
        }
        active[node] = nil
        report.done += 1
    }

    private mutating func restart(_ node: Int, aheadSeconds: Int?) throws {
        // It has ended by itself if its clock jumped.
        if !nodes[node].process.stop() {
            report.fail("the node of \(names[node]) did not end at SIGTERM, and was killed")
        }
        try stage.setClock(node, aheadSeconds: aheadSeconds)
        try stage.start(node)
    }

    private mutating func lookForTheDead() throws {
        for node in nodes.indices { try lookWhetherDead(node) }
    }

    /// A node that ended where nothing should end it is a finding. It is started again, so that what
    /// comes after is still about a whole cluster. To be called before anything is done to the node,
    /// which would hide it.
    private mutating func lookWhetherDead(_ node: Int) throws {
        guard !isAwaitedToBeDown(node), nodes[node].process.pid == nil else { return }
        let words = """
            the node of \(names[node]) has ended by itself. Its log ends:
            \(nodes[node].process.logTail(lines: 6))
            """
        Console.note(words)
        report.fail(words)
        try stage.start(node)
    }

    private func isAwaitedToBeDown(_ node: Int) -> Bool {
        guard let active = active[node] else { return false }
        return switch active.fault.what {
        case .kill, .store: true
        case .jump: active.hasJumped
        case .freeze, .disk, .cut, .skew: false
        }
    }

    private mutating func expectEnd(_ node: Int, _ words: String, _ why: String) {
        let process = nodes[node].process
        guard process.pid == nil, process.logTail(lines: 8).contains(words) else {
            report.fail(
                """
                the node of \(names[node]) should have ended, because \(why). Its log ends:
                \(process.logTail(lines: 6))
                """)
            return
        }
    }

    // MARK: Damaged stores

    /// Damages a copy, and if it is refused here, has the node refuse it too.
    private mutating func tryDamaged(_ node: Int, _ damage: StoreDamage) throws {
        let store = nodes[node].local.storePath
        let folder = stage.cluster.path + "/damaged"
        try? FileManager.default.removeItem(atPath: folder)
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (damaged, whole) = ("\(folder)/damaged.sqlite", "\(folder)/whole.sqlite")
        try StoreFiles.copy(store, to: damaged)
        let done = try damage.apply(to: damaged)
        try StoreFiles.copy(damaged, to: folder + "/tried.sqlite")
        try StoreFiles.copy(store, to: whole)
        let trial = try StoreTrial(
            damaged: folder + "/tried.sqlite", true: whole, key: nodes[node].local.storeKey())
        Console.note("      \(done): \(trial.sentence)")
        report.count(trial)
        switch trial {
        case .refusedWhenRead, .harmless: return
        case .served:
            report.fail("a store was served with \(done)")
            try StoreFiles.copy(damaged, to: stage.cluster.path + "/served-\(report.done).sqlite")
        case .refused:
            try StoreFiles.move(store, to: folder + "/true.sqlite")
            defer { try? StoreFiles.move(folder + "/true.sqlite", to: store) }
            try StoreFiles.move(damaged, to: store)
            try stage.start(node)
            _ = nodes[node].process.waitUntilGone(milliseconds: 20_000)
            expectEnd(node, "the store is damaged", "of its store, \(done)")
            stage.kill(node)
        }
    }

    // MARK: Afterwards

    /// Milliseconds until every node runs and has nothing in doubt, nil if that takes too long. The
    /// clients end what they have begun, and begin nothing new.
    private func waitUntilClear(_ load: inout SettleLoad, since start: UInt64) throws -> Int? {
        let client = try StatusClient()
        while true {
            try load.step(milliseconds: 20, goOn: false)
            try load.resend()
            let elapsed = Int((monotonicNanoseconds() - start) / 1_000_000)
            if elapsed > clearSeconds * 1000 { return nil }
            let clear = try nodes.allSatisfy { node in
                guard let status = try node.local.status(client, timeoutMilliseconds: 200) else {
                    return false
                }
                return status.state == "running" && status.inDoubt.count == 0
            }
            if clear { return elapsed }
        }
    }

    /// The clients go on until each node that they use has settled something anew. Whether it does
    /// counts, not how fast.
    private mutating func settleAgain(_ load: inout SettleLoad, seconds: Int) throws {
        let before = load.settledByNode
        let deadline = monotonicNanoseconds() + UInt64(seconds) * 1_000_000_000
        try load.begin()
        repeat {
            try load.step(milliseconds: 20, goOn: true)
            try load.resend()
            for (node, settled) in load.settledByNode {
                report.settledAgain[nodes[node].province] = settled - before[node, default: 0]
            }
        } while report.settledAgain.values.contains(0) && monotonicNanoseconds() < deadline
    }

    /// The audit compares nodes: what is still under way it could only excuse. Reservations whose
    /// votes were lost with a node end by themselves after a while.
    private mutating func waitForQuiet(seconds: Int) throws {
        let client = try StatusClient()
        let begun = monotonicNanoseconds()
        for _ in 0..<10 * seconds {
            let quiet = try nodes.allSatisfy { node in
                guard let status = try node.local.status(client, timeoutMilliseconds: 500) else {
                    return false
                }
                return status.transactions.isAllClosed
                    && status.peers.allSatisfy { $0.outbox == 0 && $0.sent == $0.acknowledged }
            }
            if quiet {
                report.quietMilliseconds = Int((monotonicNanoseconds() - begun) / 1_000_000)
                return
            }
            usleep(100_000)
        }
    }

    /// Asks the care node of each outcome that a client was told of.
    private mutating func compare(
        _ told: [SettleLoad.Told], _ sockets: [ServiceClient]
    ) throws {
        var last: [Identifier: SettleLoad.Told] = [:]
        for told in told { last[told.transaction] = told }
        var lost: [String] = []
        for node in sockets.indices {
            let mine = last.values.filter { $0.node == node }
            try Pipeline().run(
                sockets[node], count: mine.count,
                request: { place, id in
                    var body = Gongji_V1_ShowTransaction()
                    body.transaction = mine[place].transaction.data
                    var request = Gongji_V1_ServiceRequest()
                    request.id = id.data
                    request.body = .showTransaction(body)
                    return ServiceClient.encode(request)
                },
                receive: { place, body in
                    let told = mine[place]
                    guard case .transaction(let state) = body, told.stands(state) else {
                        lost.append("\(told.transaction), told as \(told.outcome)")
                        return
                    }
                },
                refused: { place, reason in
                    let told = mine[place]
                    let isUnknown = reason.status == Status.transactionUnknown.rawValue
                    guard isUnknown, told.stands(nil) else {
                        lost.append("\(told.transaction), told as \(told.outcome)")
                        return
                    }
                })
        }
        report.told = last.count
        report.lost = lost
    }
}

extension SettleLoad.Told {
    /// Whether what the client was told is so by `state`, the care node's word of the transaction;
    /// nil: it knows none.
    func stands(_ state: Gongji_V1_TransactionState?) -> Bool {
        guard let state else { return outcome == .refused }
        let settled = Coordination.State.settled.word
        let reversed = Coordination.State.reversed.word
        switch outcome {
        case .settled: return state.coordinator == settled && state.finalFen == fen
        case .released, .reversed: return state.coordinator == outcome.rawValue
        // How it ended is the node's affair, as long as nothing was taken.
        case .refused, .lapsed: return ![settled, reversed].contains(state.coordinator)
        }
    }
}

/// The files of a store that nobody has open.
enum StoreFiles {
    private static let suffixes = ["", "-wal", "-mark"]

    static func copy(_ from: String, to: String) throws {
        for suffix in suffixes where FileManager.default.fileExists(atPath: from + suffix) {
            try FileManager.default.copyItem(atPath: from + suffix, toPath: to + suffix)
        }
    }

    /// In the place of what is at `to`. What SQLite shares between processes is made anew.
    static func move(_ from: String, to: String) throws {
        for suffix in suffixes + ["-shm"] {
            try? FileManager.default.removeItem(atPath: to + suffix)
        }
        for suffix in suffixes where FileManager.default.fileExists(atPath: from + suffix) {
            try FileManager.default.moveItem(atPath: from + suffix, toPath: to + suffix)
        }
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
