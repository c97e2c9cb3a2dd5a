import ArgumentParser
import Domain

/// What can be done to a node.
enum ChaosFault: String, CaseIterable, ExpressibleByArgument {
    case kill, freeze, disk, cut, clock, store

    /// What it does, for the list in the help.
    var sentence: String {
        switch self {
        case .kill: "SIGKILL, and a start after a pause"
        case .freeze: "SIGSTOP for up to a minute, then SIGCONT"
        case .disk: "a disk with little room or none, then room again (root)"
        case .cut: "the network cut between two nodes or around one, both ways or one way (root)"
        case .clock: "a clock that is wrong, or jumps (libfaketime)"
        case .store: "SIGKILL, and a start on a damaged copy of the store; then on the true one"
        }
    }
}

/// One thing that is done to one node, and undone.
struct Fault: Equatable {
    enum What: Equatable {
        case kill
        case freeze
        /// Octets that are left on the disk.
        case disk(room: Int)
        /// From `peer`, or from all; `isOneWay`: what the node sends is lost, what is sent to it not.
        case cut(peer: Int?, isOneWay: Bool)
        /// The node runs by a clock that is wrong by so much.
        case skew(seconds: Int)
        /// The clock jumps while the node runs.
        case jump(seconds: Int)
        case store(StoreDamage)
    }

    let what: What
    let node: Int
    /// From the beginning of the load.
    let atMilliseconds: Int
    let lastsMilliseconds: Int
}

/// What is done to which node when, all from one seed.
struct ChaosPlan: Equatable {
    let faults: [Fault]
    let milliseconds: Int

    /// The same plan for the same arguments. Kinds come equally often, in an order of their own. A
    /// fault that falls into the time of another on the same node has to wait until that is over.
    init(seed: UInt64, minutes: Double, everySeconds: Double, kinds: [ChaosFault], nodes: Int) {
        var random = SeededGenerator(seed: seed)
        let milliseconds = Int(minutes * 60_000)
        let count = max(kinds.count, Int(minutes * 60 / everySeconds))
        var bag: [ChaosFault] = []
        let times = (0..<count).map { _ in
            Int.random(in: 0..<max(1, milliseconds), using: &random)
        }.sorted()
        self.milliseconds = milliseconds
        faults = times.map { time in
            if bag.isEmpty { bag = kinds.shuffled(using: &random) }
            return ChaosPlan.fault(
                bag.removeLast(), at: time, nodes: nodes, longest: max(500, milliseconds / 4),
                &random)
        }
    }

    private static func fault(
        _ kind: ChaosFault, at time: Int, nodes: Int, longest: Int,
        _ random: inout SeededGenerator
    ) -> Fault {
        let node = Int.random(in: 0..<nodes, using: &random)
        let what: Fault.What
        var lasts: ClosedRange<Int>
        switch kind {
        case .kill: (what, lasts) = (.kill, 50...1500)
        case .freeze: (what, lasts) = (.freeze, 2000...60_000)
        case .disk:
            // Half of them to the last page; else too little for new requests.
            let isFull = Bool.random(using: &random)
            let room =
                isFull
                ? Int.random(in: 0...65_536, using: &random)
                : Int.random(in: 16 << 20...200 << 20, using: &random)
            (what, lasts) = (.disk(room: room), 2000...20_000)
        case .cut:
            let others = (0..<nodes).filter { $0 != node }
            let peer = Bool.random(using: &random) ? others.randomElement(using: &random) : nil
            (what, lasts) = (
                .cut(peer: peer, isOneWay: Bool.random(using: &random)), 1000...30_000
            )
        case .clock:
            let sign = Bool.random(using: &random) ? 1 : -1
            if Bool.random(using: &random) {
                what = .skew(seconds: sign * Int.random(in: 5...240, using: &random))
            } else {
                what = .jump(seconds: sign * Int.random(in: 90...900, using: &random))
            }
            lasts = 3000...20_000
        case .store:
            what = .store(StoreDamage.random(using: &random))
            lasts = 100...1000
        }
        lasts = min(lasts.lowerBound, longest)...min(lasts.upperBound, longest)
        // Most are short, or there would never be a moment without one.
        let share = Double.random(in: 0..<1, using: &random)
        let more = Double(lasts.upperBound - lasts.lowerBound) * share * share * share
        return Fault(
            what: what, node: node, atMilliseconds: time,
            lastsMilliseconds: lasts.lowerBound + Int(more))
    }
}

extension Fault {
    var kind: ChaosFault {
        switch what {
        case .kill: .kill
        case .freeze: .freeze
        case .disk: .disk
        case .cut: .cut
        case .skew, .jump: .clock
        case .store: .store
        }
    }

    /// With the names of nodes.
    func sentence(_ names: [String]) -> String {
        let time = "\(Double(lastsMilliseconds / 100) / 10) s"
        let words =
            switch what {
            case .kill: "killed, down for \(time)"
            case .freeze: "frozen for \(time)"
            case .disk(let room): "\(room / 1024) KiB of disk left for \(time)"
            case .cut(let peer, let isOneWay):
                "cut off from \(peer.map { names[$0] } ?? "all") "
                    + "\(isOneWay ? "one way" : "both ways") for \(time)"
            case .skew(let seconds): "clock wrong by \(seconds) s for \(time)"
            case .jump(let seconds): "clock jumps by \(seconds) s"
            case .store(let damage): "killed, store damaged: \(damage.sentence)"
            }
        return "\(names[node]) \(words)"
    }

    func json(_ names: [String]) -> JSON {
        [
            "kind": .text(kind.rawValue), "province": .text(names[node]),
            "at_milliseconds": .int(atMilliseconds),
            "lasts_milliseconds": .int(lastsMilliseconds), "what": .text(sentence(names)),
        ]
    }
}
