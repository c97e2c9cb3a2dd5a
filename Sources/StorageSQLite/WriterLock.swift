import Domain
import Glibc
import Storage

/// The right to write to a store: an advisory lock (`flock`) on a file beside it. The kernel takes
/// it back when the process ends, in whatever way. The file itself stays; it says nothing.
final class WriterLock: Sendable {
    /// Nil once it was given back.
    private let descriptor: Guarded<Int32?>

    /// Throws ``StoreFailure/locked`` if another opening of the store, in this process or another
    /// one, has the lock.
    init(path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            let words = String(cString: strerror(errno))
            throw StoreFailure.other("cannot open the lock file: \(words)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK
                ? StoreFailure.locked
                : StoreFailure.other("cannot lock: \(String(cString: strerror(code)))")
        }
        self.descriptor = Guarded(descriptor)
    }

    deinit { release() }

    func release() {
        descriptor.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }
}
