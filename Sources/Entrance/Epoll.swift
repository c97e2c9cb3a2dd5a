import CSockets
import Glibc

/// `epoll(7)`: waits for many descriptors at a cost that does not grow with their number.
struct Epoll {
    struct Event {
        let token: UInt64
        let readiness: UInt32
    }

    static let input = UInt32(EPOLLIN.rawValue)
    static let output = UInt32(EPOLLOUT.rawValue)
    static let gone = UInt32(EPOLLHUP.rawValue) | UInt32(EPOLLERR.rawValue)
    static let edge = UInt32(1) << 31

    private let descriptor: Descriptor
    private var events: [epoll_event]

    init() throws(EntranceFailure) {
        let number = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard number >= 0 else { throw .last("epoll_create1") }
        descriptor = Descriptor(number)
        events = [epoll_event](repeating: epoll_event(), count: 128)
    }

    func add(_ number: Int32, _ interest: UInt32, token: UInt64) throws(EntranceFailure) {
        try control(EPOLL_CTL_ADD, number, interest, token)
    }

    func change(_ number: Int32, _ interest: UInt32, token: UInt64) throws(EntranceFailure) {
        try control(EPOLL_CTL_MOD, number, interest, token)
    }

    /// Before the descriptor is closed by somebody else.
    func remove(_ number: Int32) {
        var event = epoll_event()
        _ = epoll_ctl(descriptor.number, EPOLL_CTL_DEL, number, &event)
    }

    private func control(
        _ operation: Int32, _ number: Int32, _ interest: UInt32, _ token: UInt64
    ) throws(EntranceFailure) {
        var event = epoll_event(events: interest, data: epoll_data(u64: token))
        if epoll_ctl(descriptor.number, operation, number, &event) != 0 { throw .last("epoll_ctl") }
    }

    /// What is ready; nothing when the time is over. Negative milliseconds are without limit.
    mutating func wait(milliseconds: Int) throws(EntranceFailure) -> [Event] {
        let count = events.withUnsafeMutableBufferPointer {
            epoll_wait(descriptor.number, $0.baseAddress, Int32($0.count), Int32(milliseconds))
        }
        if count < 0 {
            if errno == EINTR { return [] }
            throw .last("epoll_wait")
        }
        return events.prefix(Int(count)).map { Event(token: $0.data.u64, readiness: $0.events) }
    }
}
