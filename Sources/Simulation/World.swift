import Domain
import RuleSets
import Rounds
import Settlement
import Storage
import Wire

/// Many nodes, their clients and everything between them, in virtual time on one thread.
final class World {
    enum Event {
        /// A connection ends with the process that it leads to, and what is on its way with it.
        case deliver([Bytes], from: ProvinceCode, to: ProvinceCode, life: Int)
        case request(Bytes, to: ProvinceCode, connection: UInt64)
        case reply(Bytes, from: ProvinceCode, connection: UInt64)
        case alarm(UInt64)
        /// Time has gone on for a node.
        case tick(ProvinceCode, life: Int)
        case wake(ProvinceCode, life: Int)
        case release([NodeEffect], of: ProvinceCode, life: Int)
        case connect(ProvinceCode, to: ProvinceCode, life: Int)
        case idle(ProvinceCode, towards: ProvinceCode, life: Int)
        case start(ProvinceCode, life: Int)
        case probe(ProvinceCode, life: Int)
        case edition(Int, to: ProvinceCode)
        case begin(PlannedFault)
        case end(PlannedFault)
        case swapDisk(PlannedFault)
    }

    static let network = "simulated"
    /// 2026-08-01T23:30+08:00: half an hour before the end of a business day.
    static let beginning = Instant(milliseconds: 1_785_598_200_000)

    let scenario: Scenario
    let plan: FaultPlan
    let provinces: [ProvinceCode]
    /// Of them, the one that only joins in the middle of the run, if one does.
    let latecomer: ProvinceCode?
    var nodes: [ProvinceCode: SimulatedNode] = [:]
    let liar: Liar?
    var editions: [Edition]
    var agenda = Agenda<Event>()
    var time: Int64 = World.beginning.milliseconds
    var isHealing = false
    var statistics = Statistics()
    var failure: Failure?
    let tracer: Tracer?
    private var mix = Mix(seed: 11)

    var networkChance: Chance
    var nodeChance: Chance
    var credentialChance: Chance
    /// Directions that are cut, how often.
    var cuts: [Direction: Int] = [:]
    /// When the last batch of a direction arrives: what follows does not overtake it.
    var arrivals: [Direction: Int64] = [:]
    /// Copies that may be put in place later, by the number of the fault.
    var oldDisks: [Int: MemoryStore] = [:]
    /// Planned faults that have begun and not ended, by number.
    private var underWay: Set<Int> = []
    /// For each node that runs on an old store a peer that knows it to be old, and that nothing happens to
    /// as long as it matters.
    var witnesses: [ProvinceCode: ProvinceCode] = [:]
    /// Who wants a connection to whom as soon as it can be had.
    var wanting: [ProvinceCode: Set<ProvinceCode>] = [:]
    private var environments: [ProvinceCode: (version: Int, environment: Environment)] = [:]

    let auditor: Auditor
    private(set) var workload: Workload!

    struct Direction: Hashable {
        let from: ProvinceCode
        let to: ProvinceCode
    }

    init(_ scenario: Scenario, tracing: Bool) {
        self.scenario = scenario
        provinces = Country.provinces(scenario.provinces)
        plan = FaultPlan(scenario, provinces: provinces)
        tracer = tracing ? Tracer() : nil
        networkChance = Chance(seed: scenario.seed, for: "network")
        nodeChance = Chance(seed: scenario.seed, for: "nodes")
        credentialChance = Chance(seed: scenario.seed, for: "credentials")
        auditor = Auditor(provinces: provinces, sm3: QuickHashing())
        let hasLiar = !scenario.faults.isDisjoint(with: [.liar, .lyingPayer])
        let planned = plan.faults.filter { scenario.carriesOut($0) }
        let late = planned.contains { $0.kind == .directory } ? provinces.last : nil
        latecomer = late
        var credentials: [Credential] = []
        for province in provinces {
            let expiry = planned.first {
                $0.kind == .certificates && $0.province == province && $0.parameter % 3 == 1
            }
            let until = expiry.map { World.beginning.advanced(byMilliseconds: $0.begins) }
            credentials.append(
                Credential(
                    of: province, from: World.beginning.advanced(byMilliseconds: -86_400_000),
                    until: until ?? World.farFuture, &credentialChance))
        }
        var members = provinces.filter { $0 != late }
        var ofMembers = credentials.filter { $0.province != late }
        if hasLiar {
            let credential = Credential(
                of: Country.liar, from: World.beginning.advanced(byMilliseconds: -86_400_000),
                until: World.farFuture, &credentialChance)
            members.append(Country.liar)
            ofMembers.append(credential)
            liar = Liar(credential, seed: scenario.seed)
        } else {
            liar = nil
        }
        editions = [Edition(first: members.sorted(), ofMembers)]
        for credential in credentials {
            nodes[credential.province] = SimulatedNode(
                credential.province, edition: editions[0], credential: credential,
                events: { [unowned self] in noted($1, by: $0) },
                wantsConnection: { [unowned self] in want($0.province, $1) })
        }
        workload = Workload(scenario, provinces: provinces, desk: self)
    }

    static let farFuture = beginning.advanced(byMilliseconds: 400 * 86_400_000)

    var now: Instant { Instant(milliseconds: time) }
    var elapsed: Int64 { time - World.beginning.milliseconds }

    func node(_ province: ProvinceCode) -> SimulatedNode { nodes[province]! }

    func put(_ event: Event, in delay: Int64) { agenda.put(event, at: time + max(0, delay)) }

    func absorb(_ word: UInt64) { mix.absorb(word) }
    func absorb(_ octets: UnsafeRawBufferPointer) { mix.absorb(octets) }
    var digest: Digest { mix.digest }

    func fail(_ failure: Failure) { if self.failure == nil { self.failure = failure } }

    // MARK: The run

    /// Runs to the end or to the first failure.
    func run() {
        for province in provinces where province != latecomer {
            put(.start(province, life: 0), in: nodeChance.number(in: 0...500))
        }
        for fault in plan.faults where scenario.carriesOut(fault) {
            put(.begin(fault), in: fault.begins)
            put(.end(fault), in: fault.ends)
        }
        workload.begin()
        let end = time + Int64(scenario.minutes) * 60_000
        goOn { $0 < end }
        lookAround()
        guard failure == nil else { return }
        heal()
        let healed = time
        var next = time + World.restEveryMilliseconds
        while failure == nil && !isAtRest {
            guard time - healed < World.healingMillisecondsMax else {
                fail(unrest())
                return
            }
            goOn { $0 < next }
            // Nothing may be left that would make time go on by itself.
            time = max(time, next)
            next = time + World.restEveryMilliseconds
        }
        guard failure == nil else { return }
        statistics.healedMilliseconds = time - healed
        do {
            try auditor.end(
                stores, network: World.network, verifier: editions[editions.count - 1])
        } catch let failure as Failure { fail(failure) } catch { fail(crash(error)) }
        if let found = auditor.failure { fail(found) }
    }

    /// How often it is looked whether everything has come to rest.
    private static let restEveryMilliseconds: Int64 = 5_000

    /// How long everything may take to come to rest once the faults are over: a hold may just have
    /// begun, and is asked about with growing patience.
    static let healingMillisecondsMax: Int64 = 26 * 3_600_000

    private var stores: [(ProvinceCode, MemoryStore)] {
        provinces.map { ($0, node($0).newestDisk ?? node($0).store.disk) }
    }

    /// How transactions ended, by the books of those that coordinated them.
    var outcomes: (settled: Int, reversed: Int, released: Int) {
        var counts: [String: Int] = [:]
        for (_, store) in stores {
            let found = try? store.read { try $0.transactionCounts().coordinator }
            counts.merge(found ?? [:]) { $0 + $1 }
        }
        return (
            counts[Coordination.State.settled.word, default: 0],
            counts[Coordination.State.reversed.word, default: 0],
            counts[Coordination.State.released.word, default: 0]
        )
    }

    private func lookAround() {
        guard failure == nil else { return }
        do {
            try auditor.lookAround(
                stores, network: World.network, verifier: editions[editions.count - 1])
        } catch let failure as Failure { fail(failure) } catch { fail(crash(error)) }
    }

    func crash(_ error: any Error) -> Failure {
        Failure(.crash, "crash", String(describing: error))
    }

    private func goOn(while isDue: (Int64) -> Bool) {
        while failure == nil, let next = agenda.nextTime, isDue(next) {
            guard let (at, event) = agenda.take() else { return }
            time = max(time, at)
            statistics.events += 1
            happen(event)
            if let found = auditor.failure { fail(found) }
        }
    }

    private func happen(_ event: Event) {
        switch event {
        case .deliver(let frames, let from, let to, let life):
            if nodes[to]?.life ?? life == life { deliver(frames, from: from, to: to) }
        case .request(let octets, let province, let connection):
            take(octets, at: province, connection)
        case .reply(let octets, let province, let connection):
            tell(octets, from: province, connection)
        case .alarm(let token): workload.wake(token)
        case .tick(let province, let life):
            let node = node(province)
            guard node.life == life, node.tickAt == time else { return }
            node.tickAt = nil
            work(node)
        case .wake(let province, let life):
            let node = node(province)
            guard node.life == life, let station = node.station else { return }
            station.tick()
            work(node)
        case .release(let effects, let province, let life):
            release(effects, of: node(province), life)
        case .connect(let province, let peer, let life):
            connect(node(province), to: peer, life)
        case .idle(let province, let peer, let life): checkIdle(node(province), peer, life)
        case .start(let province, let life):
            if node(province).life == life { start(node(province)) }
        case .probe(let province, let life): probe(node(province), life)
        case .edition(let version, let province): take(editions[version - 1], node(province))
        case .begin(let fault):
            guard !isHealing, !witnesses.values.contains(fault.province) else { return }
            underWay.insert(fault.number)
            begin(fault)
        case .end(let fault):
            // One that never began has nothing to end.
            if underWay.remove(fault.number) != nil && !isHealing { end(fault) }
        case .swapDisk(let fault): swapDisk(fault)
        }
    }

    // MARK: Nodes

    func environment(of node: SimulatedNode) -> Environment {
        if let known = environments[node.province], known.version == node.edition.version {
            return known.environment
        }
        let environment = Environment(
            province: node.province, provinces: Set(node.edition.members), sm3: QuickHashing(),
            rules: Country.rules, register: Country.register(of: node.province),
            identities: SimulatedOpening(province: node.province),
            seals: SimulatedSeals(province: node.province),
            holdEnds: HoldEndCheck(network: World.network, verifier: node.edition),
            controls: Country.controls)
        environments[node.province] = (node.edition.version, environment)
        return environment
    }

    func start(_ node: SimulatedNode) {
        guard node.station == nil, node.absences == 0,
            node.edition.members.contains(node.province),
            node.edition.holds(node.credential)
        else { return }
        do {
            let moment = node.moment(at: time)
            let recovery = try Recovery(
                node.store, network: World.network, province: node.province,
                members: node.edition.members, signer: node.credential,
                newEpoch: { [unowned self] in
                    Identifier(at: moment.wall, random: (nodeChance.next(), nodeChance.next()))
                })
            let station = Station(
                recovery, store: node.store, network: World.network, province: node.province,
                signer: node.credential, sm3: QuickHashing())
            node.station = station
            trace(node.province, "start", "")
            for peer in station.links.keys.sorted() {
                want(node.province, peer)
                want(peer, node.province)
            }
            for peer in (wanting.removeValue(forKey: node.province) ?? []).sorted() {
                want(peer, node.province)
            }
            try scheduleSleepers(of: node)
            if !node.runsOnOldDisk { auditor.started(node.province, store: node.store.disk) }
            work(node)
        } catch is PowerCut {
            count(.crash)
            powerCut(node, restartIn: 1_000)
        } catch let failure as StoreFailure {
            trace(node.province, "start failed", String(describing: failure))
            powerCut(node, restartIn: 5_000)
        } catch {
            fail(crash(error))
        }
    }

    /// Looks at every row that time will touch, as a node that has just been started does.
    func scheduleSleepers(of node: SimulatedNode) throws {
        let due = try node.store.read {
            try $0.due(at: World.farFuture, limit: Int.max)
        }
        for due in due {
            let wake: Instant? = try node.store.read { reading in
                switch due.part {
                case .coordination: try reading.coordination(due.transaction)?.wake
                case .participation: try reading.participation(due.transaction)?.wake
                case .relation: try reading.relation(due.transaction)?.wake
                }
            }
            if let wake { scheduleWake(node, wake) }
        }
    }

    private func scheduleWake(_ node: SimulatedNode, _ wake: Instant) {
        // What lies beyond any run needs no place in the agenda.
        let delay = wake.milliseconds - node.clockOffset - time
        guard delay < 2 * 86_400_000 else { return }
        put(.wake(node.province, life: node.life), in: delay)
    }

    /// One round of a node, if it can have one now.
    func work(_ node: SimulatedNode) {
        guard let station = node.station else { return }
        guard time >= node.busyUntil else {
            tick(node, at: node.busyUntil)
            return
        }
        let work = node.work
        node.work = Work()
        statistics.rounds += 1
        do {
            try station.work(
                work, in: environment(of: node), at: node.moment(at: time), port: node)
        } catch {
            stopped(node, by: error)
            return
        }
        let (effects, hasCommitted) = node.takeEffects()
        let busy = hasCommitted ? nodeChance.number(in: node.commitMilliseconds) : 0
        node.busyUntil = time + busy
        if !effects.isEmpty {
            put(.release(effects, of: node.province, life: node.life), in: busy)
        }
        let rest = station.restMilliseconds(
            at: node.moment(at: time).wall, latest: World.restMillisecondsMax, port: node)
        // A roll call ends by time; else nothing happens by itself after so long.
        if node.signingRefusal(at: node.moment(at: time).wall) != nil {
            tick(node, at: time + 1_000)
        } else if rest < World.restMillisecondsMax || station.isListening {
            tick(node, at: time + max(busy, station.isListening ? min(rest, 100) : rest))
        }
    }

    static let restMillisecondsMax: Int64 = 3_600_000

    private func stopped(_ node: SimulatedNode, by error: any Error) {
        // What was let out before the power was cut is out.
        let (effects, _) = node.takeEffects()
        release(effects, of: node, node.life)
        switch error {
        case is PowerCut:
            count(.crash)
            powerCut(node, restartIn: nodeChance.number(in: 50...60_000))
        case let failure as StoreFailure:
            trace(node.province, "stopped", String(describing: failure))
            powerCut(node, restartIn: nodeChance.number(in: 500...5_000))
        default: fail(crash(error))
        }
    }

    func tick(_ node: SimulatedNode, at moment: Int64) {
        if let planned = node.tickAt, planned <= moment { return }
        node.tickAt = moment
        agenda.put(.tick(node.province, life: node.life), at: moment)
    }

    /// Ends the node's process; `restartIn` nil: someone else starts it.
    func powerCut(_ node: SimulatedNode, restartIn delay: Int64?) {
        trace(node.province, "crash", "")
        absorb(UInt64(node.province.number) | 1 << 40)
        if node.station != nil { statistics.crashes += 1 }
        node.powerOff()
        for peer in provinces where peer != node.province {
            let other = self.node(peer)
            guard other.connected.contains(node.province) else { continue }
            // A connection ends with the process that it leads to, and is made again when that is back.
            other.connected.removeAll { $0 == node.province }
            want(peer, node.province)
        }
        if let delay {
            put(.start(node.province, life: node.life), in: isHealing ? min(delay, 1_000) : delay)
        }
    }

    private func probe(_ node: SimulatedNode, _ life: Int) {
        guard node.life == life, let station = node.station, station.storeFailure != nil else {
            return
        }
        do {
            try station.probe(at: node.moment(at: time), port: node)
        } catch {
            stopped(node, by: error)
            return
        }
        // If it still fails, the station says so, and is probed again.
        if station.storeFailure == nil {
            station.tick()
            work(node)
        }
    }

    private func noted(_ event: StationEvent, by node: SimulatedNode) {
        switch event {
        case .kept(let round):
            statistics.messages += round.sent.reduce(0) { $0 + $1.frames.count }
            if node.runsOnOldDisk {
                fail(
                    Failure(
                        .safety, "old_store",
                        "\(node.province) worked on a store that its peers know to be older"))
            }
            auditor.kept(round, at: node.province)
            let rows = round.engine.rows
            for id in rows.coordinations.changed {
                if let wake = rows.coordinations[id]?.wake { scheduleWake(node, wake) }
            }
            for id in rows.participations.changed {
                if let wake = rows.participations[id]?.wake { scheduleWake(node, wake) }
            }
            for id in rows.relations.changed {
                if let wake = rows.relations[id]?.wake { scheduleWake(node, wake) }
            }
        case .storeFailed(let failure):
            trace(node.province, "store failed", String(describing: failure))
            guard node.probeAt <= time else { return }
            node.probeAt = time + 1_000
            put(.probe(node.province, life: node.life), in: 1_000)
        case .stands(let standstill, let peer):
            let divergence = standstill.divergence
            trace(node.province, "stands still", "\(divergence.rawValue), \(peer)")
            let isOld = node.runsOnOldDisk || nodes[peer]?.runsOnOldDisk == true
            // A node on an old disk may see one of its peers on a copy that is older still.
            if peer != Country.liar && !isOld && divergence != .peerBehind {
                fail(
                    Failure(
                        .safety, "link",
                        "the link from \(peer) to \(node.province) stands still, "
                            + "\(divergence.rawValue), though no store is old"))
            }
        case .runsAgain(let peer): trace(node.province, "runs again", "\(peer)")
        case .halted(let halt):
            trace(node.province, "halts", "\(halt.claimedBy)")
            if !node.runsOnOldDisk {
                fail(
                    Failure(
                        .safety, "halt",
                        "\(node.province) halts by what \(halt.claimedBy) has shown, though its "
                            + "store is not old"))
            }
        case .signing(let refusal):
            // It has expired, or is revoked.
            if let refusal {
                count(.certificates)
                trace(node.province, "stands still", refusal.rawValue)
            }
        case .refusedBatch, .refusedMessage, .refusedTooMuch, .storeWorksAgain, .resent, .signed:
            break
        }
    }
}

extension Scenario {
    func carriesOut(_ fault: PlannedFault) -> Bool {
        faults.contains(fault.kind) && !withoutFaults.contains(fault.number)
    }
}
