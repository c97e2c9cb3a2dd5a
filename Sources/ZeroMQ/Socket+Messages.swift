import CZeroMQ
import Glibc

/// The most that one multipart message may be before it is refused on receipt.
package struct ReceiveLimits: Sendable {
    package var framesMax: Int
    /// All frames together.
    package var octetsMax: Int

    package static let none = ReceiveLimits(framesMax: .max, octetsMax: .max)

    package init(framesMax: Int, octetsMax: Int) {
        self.framesMax = framesMax
        self.octetsMax = octetsMax
    }
}

/// What one call of ``Socket/receive(limits:dontWait:)`` took off the queue: always a whole
/// message.
package enum Received: Hashable, Sendable {
    case message(Message)
    /// It was over a limit and is gone.
    case oversize(Oversize)

    package struct Message: Hashable, Sendable {
        /// At least one. On a router, the first is the peer's routing id.
        package var frames: [[UInt8]]
        /// What the server's ZAP handler named the peer (metadata `User-Id`). To be believed only
        /// on a socket with ``SocketSecurity/curveServer(keys:domain:)`` or `nullServer`: on any
        /// other the peer may have written it itself. Nil over `inproc://`.
        package var userID: String?

        package init(frames: [[UInt8]], userID: String?) {
            self.frames = frames
            self.userID = userID
        }
    }

    package struct Oversize: Hashable, Sendable {
        /// The frames before the one that went over a limit.
        package var head: [[UInt8]]
        package var frameCount: Int
        package var octetCount: Int
        /// As in ``Message``.
        package var userID: String?

        package init(head: [[UInt8]], frameCount: Int, octetCount: Int, userID: String?) {
            self.head = head
            self.frameCount = frameCount
            self.octetCount = octetCount
            self.userID = userID
        }
    }
}

extension Socket {
    /// Queues a multipart message: all of it or nothing.
    ///
    /// - Parameter frames: at least one.
    /// - Returns: false, with `dontWait`, if the message was not taken because every peer's queue
    ///   is full or there is no peer. Without `dontWait` always true. (A publisher, and a router
    ///   without `routerMandatory`, drop instead, and say true.) For about a millisecond after a
    ///   peer has made room, the answer may still be false: polling for output knows better.
    /// - Throws: ``ZeroMQError``; `EFSM` for a request or reply out of turn.
    package func send(_ frames: [[UInt8]], dontWait: Bool = false) throws(ZeroMQError) -> Bool {
        precondition(!frames.isEmpty, "a message without frames")
        let handle = try opened("zmq_send")
        var taken = true
        for (index, frame) in frames.enumerated() {
            let more = index < frames.count - 1 ? ZMQ_SNDMORE : 0
            let flags = more | (dontWait ? ZMQ_DONTWAIT : 0)
            sending: while true {
                let sent = frame.withUnsafeBytes {
                    zmq_send(handle, $0.baseAddress, $0.count, flags)
                }
                if sent >= 0 { break sending }
                switch zmq_errno() {
                case EINTR:
                    continue sending
                case EAGAIN:
                    if index == 0 { return false }
                    // The connection went away in the middle. The library has taken the earlier
                    // frames back and swallows all up to the next last frame, so the rest of this
                    // message must still go to it: else it would swallow the whole next message.
                    taken = false
                    break sending
                default:
                    throw .last("zmq_send")
                }
            }
        }
        return taken
    }

    /// Takes the next multipart message. Nil, with `dontWait`, if there is none.
    ///
    /// Memory is used for what is within `limits` only; but the library has by then queued the
    /// whole message, in frames of up to ``SocketOptions/frameBytesMax``.
    ///
    /// - Throws: ``ZeroMQError``; `EFSM` for a request or reply out of turn.
    package func receive(
        limits: ReceiveLimits = .none, dontWait: Bool = false
    ) throws(ZeroMQError) -> Received? {
        let handle = try opened("zmq_msg_recv")
        var frames: [[UInt8]] = []
        var frameCount = 0
        var octetCount = 0
        var userID: String?
        var oversize = false
        defer {
            zmq_msg_close(scratch)
            zmq_msg_init(scratch)
        }
        repeat {
            while zmq_msg_recv(scratch, handle, dontWait ? ZMQ_DONTWAIT : 0) < 0 {
                switch zmq_errno() {
                case EINTR: continue
                case EAGAIN where frameCount == 0: return nil
                default: throw .last("zmq_msg_recv")
                }
            }
            // On a router, it is not with the routing id but with the frames behind that.
            if userID == nil, let text = zmq_msg_gets(scratch, "User-Id") {
                userID = String(cString: text)
            }
            let size = zmq_msg_size(scratch)
            frameCount += 1
            octetCount += size
            oversize =
                oversize || frameCount > limits.framesMax || octetCount > limits.octetsMax
            if !oversize {
                frames.append(
                    [UInt8](UnsafeRawBufferPointer(start: zmq_msg_data(scratch), count: size)))
            }
        } while zmq_msg_more(scratch) != 0
        if oversize {
            return .oversize(
                Received.Oversize(
                    head: frames, frameCount: frameCount, octetCount: octetCount, userID: userID))
        }
        return .message(Received.Message(frames: frames, userID: userID))
    }
}
