import Domain
import Entrance
import Foundation
import Rounds
import Settlement
import Signing
import Wire

/// Checks, decodes and opens what peers sent, off the thread that receives it: a lane for each peer,
/// worked on in slices and by turns by a few workers.
///
/// Within a lane the order is kept. A peer whose batches cost much waits for itself: its lane goes to
/// the end of the row after each slice, sealed boxes have a budget a peer, and a lane that is full is
/// not filled, which its connection feels and no other.
final class Lanes: @unchecked Sendable {
    private final class Lane {
        let peer: ProvinceCode
        /// Received batches that nobody has looked at.
        var waiting: [[Bytes]] = []
        /// The batch that is worked on, and the boxes in it that are still to be opened.
        var batch: InboundBatch?
        var boxes: ArraySlice<NodeIdentities.Sealed> = []
        var budget: TokenBucket
        /// It is in the row, with a worker, or waits for time or for room in the inbox.
        var isBusy = false

        init(_ peer: ProvinceCode, at now: Double) {
            self.peer = peer
            budget = TokenBucket(
                perSecond: Double(Limits.sealedBoxesPerSecond),
                burst: Double(Limits.sealedBoxesBurst), at: now)
        }
    }

    private enum Step {
        case again
        case done
        /// The budget is used up for so many milliseconds.
        case rest(Double)
        case noRoom
    }

    private let network: String
    private let province: ProvinceCode
    private let trust: Trust
    private let identities: NodeIdentities
    private let inbox: Inbox
    private let refused: @Sendable (BatchRefusal, ProvinceCode) -> Void
    private let roomMade: @Sendable () -> Void

    private let condition = NSCondition()
    private var lanes: [ProvinceCode: Lane] = [:]
    private var row: [Lane] = []
    private var resting: [(lane: Lane, until: Double)] = []
    private var crowded: [Lane] = []
    /// Lanes that were full when they were asked.
    private var wanted: Set<ProvinceCode> = []
    private var isStopped = false

    /// - Parameters:
    ///   - refused: told of batches that are not taken; on a worker's thread.
    ///   - roomMade: told when a lane that ``hasRoom(for:)`` denied has room; on a worker's thread.
    init(
        network: String, province: ProvinceCode, trust: Trust, identities: NodeIdentities,
        inbox: Inbox, refused: @escaping @Sendable (BatchRefusal, ProvinceCode) -> Void,
        roomMade: @escaping @Sendable () -> Void
    ) {
        self.network = network
        self.province = province
        self.trust = trust
        self.identities = identities
        self.inbox = inbox
        self.refused = refused
        self.roomMade = roomMade
        inbox.whenRoomIsMade { [weak self] in self?.crowdedMayGoOn() }
    }

    func hasRoom(for peer: ProvinceCode) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard lanes[peer]?.waiting.count ?? 0 < Limits.laneBatchesMax else {
            wanted.insert(peer)
            return false
        }
        return true
    }

    /// Adds the frames of one message of `peer`; ask ``hasRoom(for:)`` before.
    func add(_ frames: [Bytes], of peer: ProvinceCode) {
        condition.lock()
        defer { condition.unlock() }
        let lane = lanes[peer] ?? Lane(peer, at: Clock.monotonicMilliseconds())
        lanes[peer] = lane
        lane.waiting.append(frames)
        guard !lane.isBusy else { return }
        lane.isBusy = true
        row.append(lane)
        condition.signal()
    }

    func stop() {
        condition.lock()
        isStopped = true
        condition.broadcast()
        condition.unlock()
    }

    /// Works until ``stop()``; any number of threads.
    func work() {
        while let lane = next() {
            let step = step(lane)
            condition.lock()
            switch step {
            case .again: row.append(lane)
            case .done:
                if lane.waiting.isEmpty { lane.isBusy = false } else { row.append(lane) }
            case .rest(let milliseconds):
                resting.append((lane, Clock.monotonicMilliseconds() + milliseconds))
            case .noRoom: crowded.append(lane)
            }
            if !row.isEmpty || !resting.isEmpty { condition.signal() }
            condition.unlock()
            // The engine may have made room between the refusal and the note of it.
            if case .noRoom = step, inbox.hasRoom(for: lane.peer) { crowdedMayGoOn() }
        }
    }

    private func next() -> Lane? {
        condition.lock()
        defer { condition.unlock() }
        while !isStopped {
            let now = Clock.monotonicMilliseconds()
            row += resting.filter { $0.until <= now }.map(\.lane)
            resting.removeAll { $0.until <= now }
            if !row.isEmpty { return row.removeFirst() }
            if let first = resting.map(\.until).min() {
                _ = condition.wait(until: Date(timeIntervalSinceNow: (first - now) / 1000))
            } else {
                condition.wait()
            }
        }
        return nil
    }

    private func crowdedMayGoOn() {
        condition.lock()
        defer { condition.unlock() }
        guard !crowded.isEmpty else { return }
        row += crowded
        crowded = []
        condition.broadcast()
    }

    // MARK: One slice of a lane; by the one worker that has it

    private func step(_ lane: Lane) -> Step {
        guard let batch = lane.batch else { return begin(lane) }
        if !lane.boxes.isEmpty {
            let now = Clock.monotonicMilliseconds()
            let rest = lane.budget.rest(at: now)
            guard rest == 0 else { return .rest(rest) }
            var opened = 0
            // What a peer sends again was opened when it came first.
            for box in lane.boxes.prefix(Limits.sealedBoxesPerSlice)
            where !identities.hasOpened(box) {
                _ = identities.open(box)
                opened += 1
            }
            lane.budget.spend(Double(opened), at: Clock.monotonicMilliseconds())
            lane.boxes = lane.boxes.dropFirst(Limits.sealedBoxesPerSlice)
            return .again
        }
        guard inbox.offer(Work.Arrival(peer: lane.peer, batch: batch)) else { return .noRoom }
        lane.batch = nil
        return .done
    }

    private func begin(_ lane: Lane) -> Step {
        condition.lock()
        let frames = lane.waiting.isEmpty ? nil : lane.waiting.removeFirst()
        let isWanted = wanted.remove(lane.peer) != nil
        condition.unlock()
        if isWanted { roomMade() }
        guard let frames else { return .done }
        let edition = trust.current
        do throws(BatchRefusal) {
            let batch = try InboundBatch(
                received: frames, from: lane.peer, at: province, network: network,
                now: Clock.now(), sm3: edition.environment.sm3, verifier: edition.verifier)
            lane.batch = batch
            lane.boxes = ArraySlice(identities.sealed(in: batch))
            return .again
        } catch {
            refused(error, lane.peer)
            return .done
        }
    }
}
