import Domain
import Rounds
import Foundation
import Settlement
import Signing
import Wire
import ZeroMQ

/// Reads batches from the ROUTER, checks them, and hands good ones to the engine. Runs on a thread
/// of its own, so that signatures are checked while the engine works.
struct PeerReceiver {
    let router: Socket
    let stopper: Waker
    let network: String
    let province: ProvinceCode
    let trust: Trust
    let identities: NodeIdentities
    let inbox: Inbox
    let board: StatusBoard
    let log: Log

    func run() {
        do {
            try loop()
        } catch {
            if error.isTerminated { return }
            Core.giveUp(inbox, log, "peer_receiver_failed", error.description)
        }
    }

    private func loop() throws(ZeroMQError) {
        let poller = Poller()
        let incoming = poller.add(router)
        let stop = poller.add(stopper)
        let limits = ReceiveLimits(
            framesMax: Limits.batchMessagesMax + 2,
            octetsMax: Limits.batchBytesMax + Limits.messageBytesMax)
        while true {
            _ = try poller.wait(timeoutMilliseconds: nil)
            if poller.readiness(of: stop).contains(.input) { return }
            guard poller.readiness(of: incoming).contains(.input) else { continue }
            while let received = try router.receive(limits: limits, dontWait: true) {
                if !take(received) { return }
            }
        }
    }

    /// False if the node stops.
    private func take(_ received: Received) -> Bool {
        let edition = trust.current
        switch received {
        case .oversize(let oversize):
            refuse(.oversize, oversize.userID.flatMap { edition.speakers[$0] })
        case .message(let message):
            // The authenticated key says who is speaking; a key that has left the directory says
            // nothing any more.
            guard let peer = message.userID.flatMap({ edition.speakers[$0] }) else {
                refuse(.wrongSender, nil)
                return true
            }
            do throws(BatchRefusal) {
                let batch = try InboundBatch(
                    received: Array(message.frames.dropFirst()), from: peer, at: province,
                    network: network, now: Clock.now(), sm3: edition.environment.sm3,
                    verifier: edition.verifier)
                identities.prepare(batch)
                return inbox.put(Work.Arrival(peer: peer, batch: batch))
            } catch {
                refuse(error, peer)
            }
        }
        return true
    }

    private func refuse(_ refusal: BatchRefusal, _ peer: ProvinceCode?) {
        let name = peer?.description ?? "unknown"
        board.refusedBatch(refusal.word, from: name)
        log.write(.warning, "batch_refused", ["peer": name, "reason": refusal.word])
    }
}
