/// Why a gate ended a connection, or took none. The raw value stands in `status` and in the log.
package enum Turning: String, Sendable, CaseIterable {
    /// It ended by itself.
    case left
    /// It sent nothing, or not all of a greeting and a handshake, in time.
    case silent
    /// Its first octets are no greeting of ZMTP 3.
    case notZMTP = "not_zmtp"
    /// Another security mechanism than the gate's.
    case wrongMechanism = "wrong_mechanism"
    /// libzmq ended the handshake: another server key, or one that was broken off.
    case handshakeFailed = "handshake_failed"
    /// The key is nobody's.
    case unknownKey = "unknown_curve_key"
    /// The key has as many connections as it may.
    case connectionsOfKey = "connections_of_key"
    /// Not known yet, it gave way to a newer one.
    case gaveWay = "gave_way"
    /// The gate has as many connections as it may, and all are known.
    case full = "connections_full"
    /// The process is short of descriptors.
    case descriptors = "out_of_descriptors"
    /// The key has left the directory or the list of clients.
    case keyLeft = "key_left"
    /// More octets than the largest message, and no message.
    case unfinishedMessage = "unfinished_message"
    /// Answers that were not read.
    case unreadAnswers = "unread_answers"
    /// The node stops.
    case stopping
    /// libzmq gave no socket.
    case noSocket = "no_socket"

    /// Whether it is worth a line and a count as a refusal.
    package var isRefusal: Bool {
        switch self {
        case .left, .stopping: false
        case .silent, .notZMTP, .wrongMechanism, .handshakeFailed, .unknownKey, .connectionsOfKey,
            .gaveWay, .full, .descriptors, .keyLeft, .unfinishedMessage, .unreadAnswers, .noSocket:
            true
        }
    }
}
