import Domain
import Rounds
import Settlement
import Storage
import Wire

/// Faults that begin and end, and what it takes to come to rest after them.
extension World {
    func begin(_ fault: PlannedFault) {
        let node = node(fault.province)
        switch fault.kind {
        // Counted where they take effect.
        case .oldStore, .crash, .liar, .lyingPayer, .certificates: break
        default: count(fault.kind)
        }
        absorb(UInt64(fault.number) | 1 << 41)
        trace(fault.province, "\(fault.kind.rawValue) begins", fault.description)
        switch fault.kind {
        case .partition:
            if let peer = fault.peer {
                cuts[Direction(from: fault.province, to: peer), default: 0] += 1
            }
        case .absence:
            node.absences += 1
            powerCut(node, restartIn: nil)
        case .crash:
            // Between two effects: the power is cut so many effects from now, or from the next start.
            node.effectsLeft = Int(fault.parameter % 24)
        case .slowDisk:
            let slow = 20 + fault.parameter % 2_000
            node.commitMilliseconds = slow / 2...slow
        case .fullDisk: node.store.isFull = true
        case .doubtfulCommit:
            node.store.doubt = fault.parameter.isMultiple(of: 2) ? .happened : .didNotHappen
        case .oldStore:
            // The copy that is put in place when the fault ends its first part.
            oldDisks[fault.number] = MemoryStore(node.store.disk.snapshot())
            put(
                .swapDisk(fault),
                in: min((fault.ends - fault.begins) / 2, 5_000 + fault.parameter % 60_000))
        case .clock: setClock(of: node, to: World.clockError(fault.parameter))
        case .certificates: beginCertificate(fault, node)
        case .directory: admitLatecomer()
        case .liar: liar?.lie(fault.parameter, in: self)
        case .lyingPayer:
            if let liar { liar.payer.lure(as: liar, in: self) }
        case .loss, .duplication, .reordering, .clients: break
        }
    }

    func end(_ fault: PlannedFault) {
        let node = node(fault.province)
        trace(fault.province, "\(fault.kind.rawValue) ends", fault.description)
        switch fault.kind {
        case .partition:
            guard let peer = fault.peer else { return }
            let direction = Direction(from: fault.province, to: peer)
            let left = cuts[direction, default: 1] - 1
            cuts[direction] = left > 0 ? left : nil
        case .absence:
            node.absences -= 1
            start(node)
        case .crash:
            guard node.effectsLeft != nil else { return }
            node.effectsLeft = nil
            if node.station != nil { powerCut(node, restartIn: 100) }
        case .slowDisk: node.commitMilliseconds = 1...4
        case .fullDisk: node.store.isFull = false
        case .oldStore: putNewestDiskBack(node)
        case .clock: setClock(of: node, to: 0)
        case .certificates: renew(node)
        case .doubtfulCommit, .directory, .liar, .lyingPayer, .loss, .duplication, .reordering,
            .clients:
            break
        }
    }

    // MARK: Disks

    /// An old copy of the store is put in place, if a peer can tell: one that is up, can be heard, and
    /// has had more from this node than the copy remembers (`docs/decisions/0004`).
    func swapDisk(_ fault: PlannedFault) {
        let node = node(fault.province)
        guard let old = oldDisks.removeValue(forKey: fault.number), !isHealing,
            !node.runsOnOldDisk, node.station != nil,
            let links = try? old.read({ try $0.links() })
        else { return }
        let sent = Dictionary(links.map { ($0.peer, $0.sent) }, uniquingKeysWith: { $1 })
        let witness = node.edition.members.first { peer in
            guard peer != node.province, peer != Country.liar, isOn(peer),
                self.node(peer).effectsLeft == nil,
                believes(node, self.node(peer)), believes(self.node(peer), node),
                cuts[Direction(from: peer, to: node.province)] == nil,
                cuts[Direction(from: node.province, to: peer)] == nil,
                abs(self.node(peer).clockOffset) < 60_000,
                self.node(peer).commitMilliseconds.upperBound < 100,
                let received = self.node(peer).station?.links[node.province]?.record.received
            else { return false }
            // The copy may be older than the first message.
            guard let sent = sent[peer] else { return true }
            return received.epoch == sent.epoch && received.sequence > sent.sequence
        }
        guard let witness, !witnesses.keys.contains(witness) else { return }
        witnesses[node.province] = witness
        count(.oldStore)
        powerCut(node, restartIn: nil)
        node.newestDisk = node.store.disk
        node.store.replace(with: old)
        trace(node.province, "old store", "an older copy is put in place")
        start(node)
    }

    /// Whether `node` takes what `other` signs.
    private func believes(_ node: SimulatedNode, _ other: SimulatedNode) -> Bool {
        node.edition.refusal(
            ofCertificate: other.credential.keyID, signer: other.province,
            at: node.moment(at: time).wall) == nil
    }

    private func putNewestDiskBack(_ node: SimulatedNode) {
        guard let newest = node.newestDisk else { return }
        witnesses[node.province] = nil
        powerCut(node, restartIn: nil)
        node.store.replace(with: newest)
        node.newestDisk = nil
        start(node)
    }

    // MARK: Clocks

    /// Within what peers forgive (`Limits.clockSkewMillisecondsMax`).
    private static func clockError(_ parameter: Int64) -> Int64 {
        parameter % (2 * clockErrorMillisecondsMax) - clockErrorMillisecondsMax
    }

    private static let clockErrorMillisecondsMax: Int64 = 240_000

    /// A jump of more than a minute stops a node, which is then started again.
    private func setClock(of node: SimulatedNode, to offset: Int64) {
        let jump = abs(offset - node.clockOffset)
        if jump > 0 { auditor.clockWasSet(at: node.province, now: now) }
        node.clockOffset = offset
        guard node.station != nil else { return }
        if jump > 60_000 {
            powerCut(node, restartIn: 1_000)
        } else {
            do { try scheduleSleepers(of: node) } catch { fail(crash(error)) }
            work(node)
        }
    }

    // MARK: Certificates and the directory

    private func beginCertificate(_ fault: PlannedFault, _ node: SimulatedNode) {
        switch fault.parameter % 3 {
        case 0:
            count(.certificates)
            renew(node)
        case 1: break  // The certificate has just expired, and nobody renewed it.
        default:
            // From when all have heard of it: what is signed after a revocation, and taken by who does
            // not know of it yet, is no evidence afterwards.
            publish(
                latest.next(
                    revoking: node.credential.keyID,
                    at: now.advanced(
                        byMilliseconds: 2 * World.spreadMillisecondsMax
                            + World.clockErrorMillisecondsMax)
                ))
        }
    }

    /// A new certificate for a node: published, and once its own directory has it, taken into use.
    private func renew(_ node: SimulatedNode) {
        guard latest.members.contains(node.province) else { return }
        let credential = Credential(
            of: node.province, from: now.advanced(byMilliseconds: -300_000), until: World.farFuture,
            &credentialChance)
        let edition = latest.next(adding: credential, at: now)
        publish(edition)
        node.edition = edition
        node.credential = credential
        // A node takes another key into use by a new start.
        powerCut(node, restartIn: 500)
    }

    var latest: Edition { editions[editions.count - 1] }

    /// How long an edition takes to reach everybody.
    static let spreadMillisecondsMax: Int64 = 60_000

    private func publish(_ edition: Edition) {
        editions.append(edition)
        for province in provinces {
            let delay = isHealing ? 0 : nodeChance.number(in: 100...World.spreadMillisecondsMax)
            put(.edition(edition.version, to: province), in: delay)
        }
    }

    func take(_ edition: Edition, _ node: SimulatedNode) {
        guard edition.version > node.edition.version else { return }
        node.edition = edition
        guard let station = node.station else {
            if node.province == latecomer && node.life == 0 { start(node) }
            return
        }
        let wall = node.moment(at: time).wall
        station.meet(edition.members) { [unowned self] in
            Identifier(at: wall, random: (nodeChance.next(), nodeChance.next()))
        }
        work(node)
    }

    private func admitLatecomer() {
        guard let latecomer, !latest.members.contains(latecomer) else { return }
        publish(latest.next(adding: node(latecomer).credential, member: latecomer, at: now))
    }

    // MARK: The end of all faults

    /// Everything works again from now on: the liveness phase.
    func heal() {
        isHealing = true
        trace(provinces[0], "healing begins", "")
        cuts = [:]
        oldDisks = [:]
        admitLatecomer()
        for province in provinces {
            let node = node(province)
            node.absences = 0
            node.effectsLeft = nil
            node.commitMilliseconds = 1...4
            node.store.isFull = false
            node.store.doubt = nil
            putNewestDiskBack(node)
            setClock(of: node, to: 0)
        }
        for province in provinces where !isInForce(node(province).credential) {
            renew(node(province))
        }
        for province in provinces {
            let node = node(province)
            take(latest, node)
            if node.station == nil { put(.start(province, life: node.life), in: 1_000) }
        }
        // Whoever has something to say can say it.
        for province in provinces {
            for peer in (node(province).station?.links.keys.sorted() ?? []) { want(province, peer) }
        }
        workload.heal()
    }

    /// Whether a certificate is good now and as long as anybody looks.
    private func isInForce(_ credential: Credential) -> Bool {
        let last = now.advanced(byMilliseconds: 2 * World.healingMillisecondsMax)
        return [now, last].allSatisfy {
            latest.refusal(ofCertificate: credential.keyID, signer: credential.province, at: $0)
                == nil
        }
    }

    /// Whether clients have all their answers, nothing is in doubt and every link is drained; but for what
    /// nobody can end while a primary that lies says nothing.
    var isAtRest: Bool { areClientsDone && firstUnrest == nil }

    private var areClientsDone: Bool { workload.isDone(butFor: auditor.waitsForPrimary) }

    func unrest() -> Failure {
        if !areClientsDone {
            return Failure(
                .liveness, "clients",
                "clients still wait: \(workload.open(butFor: auditor.waitsForPrimary))")
        }
        return firstUnrest ?? Failure(.liveness, "rest", "the network did not come to rest")
    }

    /// How the other end sees a link, in words.
    private func otherEnd(
        of link: Link, from province: ProvinceCode, at peer: ProvinceCode
    ) -> String {
        guard let other = node(peer).station?.links[province] else { return "; it is off" }
        let sent = link.record.sent.sequence
        let received = other.record.received?.sequence ?? 0
        return "; it has received \(received) of \(sent)"
            + (other.divergence.map { ", \($0.rawValue)" } ?? "")
            + (node(peer).connected.contains(province) ? "" : ", and is not connected")
            + (node(province).connected.contains(peer) ? "" : ", nor is the sender")
    }

    private var firstUnrest: Failure? {
        for province in provinces {
            guard let station = node(province).station else {
                return Failure(.liveness, "node", "\(province) is off")
            }
            if let halt = station.halt { return Failure(.liveness, "halt", halt.sentence) }
            for peer in station.links.keys.sorted() where peer != Country.liar {
                guard let link = station.links[peer] else { continue }
                if !link.inFlight.isEmpty || link.outboxCount > 0 || link.divergence != nil {
                    return Failure(
                        .liveness, "link",
                        "\(province) has \(link.inFlightMessageCount) messages in flight to "
                            + "\(peer) and \(link.outboxCount) in the outbox"
                            + (link.divergence.map { ", \($0.rawValue)" } ?? "")
                            + otherEnd(of: link, from: province, at: peer))
                }
            }
        }
        for province in provinces {
            let found = try? node(province).store.read {
                try $0.open(inDoubt: false, limit: .max)
            }
            if let open = found?.coordinations.first(where: { !auditor.isLeftToPrimary($0) }) {
                return Failure(
                    .liveness, "in_doubt",
                    "\(province) still coordinates \(open.transaction), \(open.state.word)",
                    about: open.transaction)
            }
            if let open = found?.participations.first(where: { $0.primary != Country.liar }) {
                return Failure(
                    .liveness, "in_doubt",
                    "\(province) still holds money for \(open.transaction)",
                    about: open.transaction)
            }
        }
        return nil
    }
}
