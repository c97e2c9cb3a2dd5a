import CZeroMQ
import Glibc
import Synchronization

/// Wakes a thread that waits in a ``Poller``, from any other thread, over an `eventfd(2)`.
///
/// Any number of ``wake()`` before the next ``drain()`` is one wake-up, and one system call.
package final class Waker: Sendable {
    /// Readable when woken.
    package let descriptor: Int32
    private let pending = Atomic<Bool>(false)

    package init() throws(ZeroMQError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        if descriptor < 0 { throw ZeroMQError(code: errno, operation: "eventfd") }
    }

    deinit { close(descriptor) }

    /// Makes the descriptor readable. What the caller wrote before is seen by the polling thread
    /// after its next ``drain()``.
    package func wake() {
        if pending.exchange(true, ordering: .acquiringAndReleasing) { return }
        var one: UInt64 = 1
        while write(descriptor, &one, 8) < 0 && errno == EINTR {}
    }

    /// Takes the wake-up back. By the polling thread, which looks at everything that may have been
    /// handed to it **after** this returns: what is handed over later wakes it again.
    package func drain() {
        var count: UInt64 = 0
        while read(descriptor, &count, 8) < 0 && errno == EINTR {}
        // Only after the read: the other way round a wake between the two would be read away while
        // `pending` says that it is still to come.
        _ = pending.exchange(false, ordering: .acquiringAndReleasing)
    }
}
