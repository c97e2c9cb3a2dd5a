import Glibc
import Synchronization

/// A thread that takes no signals: of this room and of those beside it.
package final class ServiceThread: Sendable {
    private let identity: pthread_t
    private let ended = Mutex(false)

    package init(_ body: @escaping @Sendable () -> Void) throws(ZeroMQError) {
        let start = Unmanaged.passRetained(Start(body))
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        var identity = pthread_t()
        let code = pthread_create(
            &identity, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        self.identity = identity
        if code != 0 {
            start.release()
            throw ZeroMQError(code: code, operation: "pthread_create")
        }
    }

    /// Waits until the body has returned. Once at least in a thread's life; from the thread itself
    /// it only lets go.
    package func join() {
        let own = pthread_equal(identity, pthread_self()) != 0
        ended.withLock { ended in
            if ended { return }
            ended = true
            if own {
                pthread_detach(identity)
            } else {
                pthread_join(identity, nil)
            }
        }
    }

    private final class Start: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
