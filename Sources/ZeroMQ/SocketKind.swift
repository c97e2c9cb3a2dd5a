import CZeroMQ

extension Socket {
    /// The messaging pattern (`zmq_socket(3)`).
    package enum Kind: Sendable {
        case router, dealer, request, reply, publish, subscribe, pull, push, pair

        var code: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .request: ZMQ_REQ
            case .reply: ZMQ_REP
            case .publish: ZMQ_PUB
            case .subscribe: ZMQ_SUB
            case .pull: ZMQ_PULL
            case .push: ZMQ_PUSH
            case .pair: ZMQ_PAIR
            }
        }
    }
}
