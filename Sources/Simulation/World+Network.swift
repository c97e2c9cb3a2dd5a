import Domain
import Rounds
import Settlement
import SwiftProtobuf
import Wire

/// What lies between nodes, and between nodes and their clients.
extension World {
    /// A connection without messages for so long is given up, and made again when it is needed: signs of
    /// life of links that nobody uses would be most of what happens. Each new connection brings one.
    static let idleMilliseconds: Int64 = 900

    func isOn(_ province: ProvinceCode) -> Bool {
        if province == Country.liar { return liar != nil && !isHealing }
        return node(province).station != nil
    }

    // MARK: What nodes let out

    func release(_ effects: [NodeEffect], of node: SimulatedNode, _ life: Int) {
        // What a dead process had not sent yet is lost.
        guard node.life == life else { return }
        for effect in effects {
            switch effect {
            case .batch(let frames, let peer): send(frames, from: node.province, to: peer)
            case .reply(let reply):
                guard !loses() else { continue }
                put(
                    .reply(reply.octets, from: node.province, connection: reply.connection),
                    in: networkChance.number(in: 1...5))
            }
        }
    }

    func send(_ frames: [Bytes], from: ProvinceCode, to: ProvinceCode) {
        let direction = Direction(from: from, to: to)
        statistics.batches += 1
        if frames.count > 1 { use(from, to) }
        // That an old store is noticed is for when its peers can be heard.
        let isSpared = isSpared(from) || isSpared(to)
        guard isSpared || (cuts[direction] == nil && !loses()) else {
            trace(frames, direction, isLost: true)
            return
        }
        let faults = isHealing || isSpared ? [] : scenario.faults
        let life = nodes[to]?.life ?? 0
        var delay = networkChance.number(in: 5...50)
        if faults.contains(.reordering),
            networkChance.happens(perMillion: plan.reorderingPerMillion)
        {
            delay += networkChance.number(in: 0...plan.reorderingMillisecondsMax)
            count(.reordering)
        } else {
            // In order, as long as nothing goes wrong.
            let earliest = arrivals[direction, default: 0]
            delay = max(delay, earliest - time)
            arrivals[direction] = time + delay
        }
        put(.deliver(frames, from: from, to: to, life: life), in: delay)
        if faults.contains(.duplication),
            networkChance.happens(perMillion: plan.duplicationPerMillion)
        {
            count(.duplication)
            put(
                .deliver(frames, from: from, to: to, life: life),
                in: delay + networkChance.number(in: 0...plan.reorderingMillisecondsMax))
        }
    }

    private func isSpared(_ province: ProvinceCode) -> Bool {
        province != Country.liar && node(province).runsOnOldDisk
    }

    private func loses() -> Bool {
        guard !isHealing, scenario.faults.contains(.loss),
            networkChance.happens(perMillion: plan.lossPerMillion)
        else { return false }
        count(.loss)
        return true
    }

    func count(_ kind: FaultKind) { statistics.faults[kind, default: 0] += 1 }

    func deliver(_ frames: [Bytes], from: ProvinceCode, to: ProvinceCode) {
        absorb(UInt64(from.number) << 32 | UInt64(to.number))
        absorb(UInt64(bitPattern: time))
        frames.first?.withUnsafeBytes { absorb($0) }
        if to == Country.liar {
            guard let liar, !isHealing else { return }
            liar.take(frames, from: from, in: self)
            return
        }
        let node = node(to)
        guard node.station != nil, node.edition.members.contains(from) else { return }
        let environment = environment(of: node)
        do throws(BatchRefusal) {
            let batch = try InboundBatch(
                received: frames, from: from, at: to, network: World.network,
                now: node.moment(at: time).wall, sm3: environment.sm3, verifier: node.edition)
            trace(frames, Direction(from: from, to: to), isLost: false)
            if !batch.frames.isEmpty {
                use(to, from)
                // Whoever is spoken to wants to answer.
                want(to, from)
            }
            node.work.arrivals.append(Work.Arrival(peer: from, batch: batch))
            work(node)
        } catch {
            trace(from, to, "refused batch", error.word)
        }
    }

    // MARK: Connections

    private func use(_ province: ProvinceCode, _ peer: ProvinceCode) {
        if province != Country.liar { node(province).lastUse[peer] = time }
        if peer != Country.liar { node(peer).lastUse[province] = time }
    }

    /// A connection from `province` to `peer` is to be made as soon as it can be had.
    func want(_ province: ProvinceCode, _ peer: ProvinceCode) {
        guard province != Country.liar else { return }
        let node = node(province)
        guard node.station != nil, !node.connected.contains(peer) else { return }
        guard isOn(peer) else {
            wanting[peer, default: []].insert(province)
            return
        }
        put(
            .connect(province, to: peer, life: node.life),
            in: networkChance.number(in: 20...300))
    }

    func connect(_ node: SimulatedNode, to peer: ProvinceCode, _ life: Int) {
        guard node.life == life, let station = node.station, !node.connected.contains(peer),
            node.edition.members.contains(peer)
        else { return }
        guard isOn(peer) else {
            wanting[peer, default: []].insert(node.province)
            return
        }
        node.connected.append(peer)
        node.lastUse[peer] = time
        station.connected(peer, at: node.moment(at: time))
        want(peer, node.province)
        put(.idle(node.province, towards: peer, life: life), in: World.idleMilliseconds)
        work(node)
    }

    /// Whether `node` has anything to say to `peer` besides that it lives, or has to be heard so that a
    /// link which stands still goes on.
    func isBusy(_ node: SimulatedNode, _ peer: ProvinceCode) -> Bool {
        guard let link = node.station?.links[peer] else { return false }
        // Nobody waits for the liar to remember better.
        let isDiverged =
            peer != Country.liar && link.divergence != nil
            || nodes[peer]?.station?.links[node.province]?.divergence != nil
        return isDiverged || !link.inFlight.isEmpty || link.outboxCount > 0 || link.wantsAck
    }

    func checkIdle(_ node: SimulatedNode, _ peer: ProvinceCode, _ life: Int) {
        guard node.life == life, node.connected.contains(peer) else { return }
        let idle = time - node.lastUse[peer, default: 0]
        // A node on an old store is to be heard, and to hear.
        guard
            isBusy(node, peer) || idle < World.idleMilliseconds || node.runsOnOldDisk
                || isSpared(peer)
        else {
            node.connected.removeAll { $0 == peer }
            return
        }
        put(.idle(node.province, towards: peer, life: life), in: World.idleMilliseconds)
    }

    // MARK: Clients

    func take(_ octets: Bytes, at province: ProvinceCode, _ connection: UInt64) {
        let node = node(province)
        guard node.station != nil else { return }
        do throws(DecodingRefusal) {
            let request = try ServiceRequest(decoding: octets, hashing: QuickHashing())
            guard case .command(let command) = request.body else { return }
            trace(request, at: province)
            node.work.calls.append(
                Work.Call(
                    caller: Caller(
                        connection: connection, principal: Country.principal(connection)),
                    id: request.id,
                    digest: request.digest, command: command))
            work(node)
        } catch {
            let id = RequestOutline(octets).id ?? .zero
            let reply = ServiceReply(id: id, body: .refused(RefusalReason(.malformed)))
            put(.reply(reply.encoded(), from: province, connection: connection), in: 1)
        }
    }

    func tell(_ octets: Bytes, from province: ProvinceCode, _ connection: UInt64) {
        absorb(UInt64(bitPattern: time))
        octets.withUnsafeBytes { absorb($0) }
        guard let reply = try? Gongji_V1_ServiceReply(serializedBytes: octets) else {
            fail(Failure(.crash, "reply", "\(province) sent a client what is no reply"))
            return
        }
        trace(reply, from: province)
        auditor.told(reply, octets, at: province)
        workload.told(reply, at: province, connection: connection)
    }
}

extension World: Desk {
    func ask(_ request: Bytes, at province: ProvinceCode, connection: UInt64) {
        statistics.requests += 1
        if let decoded = try? ServiceRequest(decoding: request, hashing: QuickHashing()) {
            auditor.asked(decoded, at: province)
        }
        guard !loses() else { return }
        put(
            .request(request, to: province, connection: connection),
            in: networkChance.number(in: 1...5))
    }

    func alarm(inMilliseconds delay: Int64, token: UInt64) { put(.alarm(token), in: delay) }
}
