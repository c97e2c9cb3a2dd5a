import Domain
import Entrance
import Settlement
import Wire
import ZeroMQ

/// Takes batches from the connections of peers and puts each into its peer's lane. Runs on a thread of
/// its own, which does no more than that.
struct PeerReceiver {
    let hall: Hall
    let lanes: Lanes
    let trust: Trust
    let inbox: Inbox
    let stopped: Guarded<Bool>
    let refused: @Sendable (BatchRefusal, ProvinceCode?) -> Void
    let log: Log

    private static let limits = ReceiveLimits(
        framesMax: Limits.batchMessagesMax + 1,
        octetsMax: Limits.batchBytesMax + Limits.messageBytesMax)

    func run() {
        do {
            let guests = try Guests(hall)
            defer { guests.close() }
            try loop(guests)
        } catch let error as ZeroMQError where error.isTerminated {
        } catch {
            Core.giveUp(inbox, log, "peer_receiver_failed", String(describing: error))
        }
    }

    /// Ends the thread. From any thread.
    func stop() {
        stopped.withLock { $0 = true }
        hall.wake()
    }

    private func loop(_ guests: Guests) throws {
        /// Connections whose peer's lane was full.
        var held: Set<UInt64> = []
        while !stopped.withLock({ $0 }) {
            for guest in try guests.wait(milliseconds: nil) {
                held.remove(guest.number)
                if try !take(from: guest, guests) { held.insert(guest.number) }
            }
            for number in held {
                guard let guest = guests[number] else {
                    held.remove(number)
                    continue
                }
                if let peer = trust.current.speakers[guest.name], !lanes.hasRoom(for: peer) {
                    continue
                }
                held.remove(number)
                guests.lookAgain(guest)
            }
        }
    }

    /// Receives until there is nothing, or, then false, until the lane is full.
    private func take(from guest: Guest, _ guests: Guests) throws(ZeroMQError) -> Bool {
        while true {
            // The authenticated key says who is speaking; a key that has left the directory says
            // nothing any more.
            let peer = trust.current.speakers[guest.name]
            if let peer, !lanes.hasRoom(for: peer) {
                guests.letWait(guest)
                return false
            }
            switch try guests.receive(from: guest, limits: PeerReceiver.limits) {
            case nil: return true
            case .oversize: refused(.oversize, peer)
            case .message(let message):
                if let peer {
                    lanes.add(message.frames, of: peer)
                } else {
                    refused(.wrongSender, nil)
                }
            }
        }
    }
}
