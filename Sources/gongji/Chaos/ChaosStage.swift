import Domain
import Foundation
import Glibc
import Signing
import Wire

/// A cluster of its own for faults, with the networks, disks and clocks that they need, and all that
/// has to be cleared away afterwards.
final class ChaosStage: Sendable {
    let cluster: Cluster
    let nodes: [ClusterNode]
    private let network: ChaosNetwork?
    private let disks: [ChaosDisk]
    private let clocks: [FakeClock]
    /// Nodes that run, or ran last, by a wrong clock, and the shift.
    private let shifts: Guarded<[Int: Int]>
    /// Whether everything was cleared away.
    private let isGone = Guarded(false)

    /// Where a node keeps its store if it has a disk of its own.
    private static let diskFolder = "disk"

    /// Makes everything; starts nothing. Throws ``CommandFailure``, and leaves nothing then.
    init(
        at path: String, provinces: [ProvinceCode], kinds: Set<ChaosFault>, rules: String
    ) throws {
        var network: ChaosNetwork?
        var disks: [ChaosDisk] = []
        do {
            if kinds.contains(.cut) { network = try ChaosNetwork(nodes: provinces.count) }
            cluster = try Cluster.found(
                at: path, provinces: provinces, suite: .sm2WithSM3, network: newNetworkName(),
                rules: rules,
                endpoints: network == nil
                    ? nil : provinces.indices.map { ChaosNetwork.endpoint($0) },
                store: kinds.contains(.disk)
                    ? "\(ChaosStage.diskFolder)/gongji.sqlite" : "gongji.sqlite")
            if kinds.contains(.disk) {
                for province in provinces {
                    disks.append(
                        try ChaosDisk(
                            at: "\(cluster.folder(of: province))/\(ChaosStage.diskFolder)"))
                }
            }
            nodes = try cluster.nodes()
        } catch {
            network?.remove()
            for disk in disks { disk.remove() }
            try? FileManager.default.removeItem(atPath: path)
            throw error
        }
        self.network = network
        self.disks = disks
        clocks = nodes.compactMap { FakeClock(file: $0.local.path + "/clock") }
        shifts = Guarded([:])
    }

    /// Why faults of `kind` cannot be made on this machine; nil if they can.
    static func hindrance(_ kind: ChaosFault) -> String? {
        switch kind {
        case .kill, .freeze, .store: return nil
        case .clock:
            return FakeClock(file: "") == nil
                ? "libfaketime is missing; scripts/install-packages faketime" : nil
        case .cut:
            return attempt { try ChaosNetwork(nodes: 2).remove() }
        case .disk:
            return attempt {
                let path =
                    FileManager.default.temporaryDirectory.path + "/gongji-disk-\(getpid())"
                defer { rmdir(path) }
                try ChaosDisk(at: path).remove()
            }
        }
    }

    private static func attempt(_ body: () throws -> Void) -> String? {
        guard geteuid() == 0 else { return "it needs root" }
        do {
            try body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    // MARK: What is done to a node

    func start(_ node: Int) throws {
        let isShifted = shifts.withLock { $0[node] != nil }
        // Nothing is started behind the back of an interrupt that clears everything away.
        try isGone.withLock { isGone in
            guard !isGone else { return }
            try nodes[node].process.start(
                through: network?.entry(node) ?? [],
                variables: isShifted ? clocks[node].variables : [:])
        }
    }

    /// SIGKILL.
    func kill(_ node: Int) {
        let process = nodes[node].process
        let pid = process.pid
        process.killNow()
        if let pid { FakeClock.clearAway(after: pid) }
    }

    func signal(_ node: Int, _ number: Int32) { nodes[node].process.signal(number) }

    /// As long as it has a wrong clock, the node is started with it; nil sets it right, at the next
    /// start.
    func setClock(_ node: Int, aheadSeconds: Int?) throws {
        if let aheadSeconds { try clocks[node].set(aheadSeconds: aheadSeconds) }
        shifts.withLock { $0[node] = aheadSeconds }
    }

    func leave(_ room: Int, on node: Int) throws { try disks[node].leave(room) }
    func healDisk(_ node: Int) throws { try disks[node].heal() }

    func cut(_ node: Int, from peer: Int?, isOneWay: Bool) throws {
        try network?.cut(node, from: peer, isOneWay: isOneWay)
    }

    func healCut(_ node: Int, from peer: Int?, isOneWay: Bool) throws {
        try network?.heal(node, from: peer, isOneWay: isOneWay)
    }

    // MARK: The end

    /// Stops what runs and removes networks and disks; the folder as well, unless it is kept, with
    /// the stores then. Again it can only remove the folder.
    func clearAway(keepingFolder: Bool) {
        isGone.withLock { isGone in
            guard !isGone else {
                if !keepingFolder { try? cluster.remove() }
                return
            }
            isGone = true
            for node in nodes.indices { kill(node) }
            if keepingFolder && !disks.isEmpty { keepStores() }
            for disk in disks { disk.remove() }
            network?.remove()
            if !keepingFolder { try? cluster.remove() }
        }
    }

    /// What is on the disks goes away with them.
    private func keepStores() {
        for disk in disks {
            let kept = disk.path + ".kept"
            try? FileManager.default.copyItem(atPath: disk.path, toPath: kept)
            disk.remove()
            for name in (try? FileManager.default.contentsOfDirectory(atPath: kept)) ?? [] {
                try? FileManager.default.moveItem(
                    atPath: "\(kept)/\(name)", toPath: "\(disk.path)/\(name)")
            }
            rmdir(kept)
        }
    }
}
