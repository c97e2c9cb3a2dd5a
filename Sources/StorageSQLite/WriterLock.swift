import Foundation
import Storage

#if canImport(Glibc)
import Glibc
#endif

/// The right to write to a store: an advisory lock (`flock`) on a file beside it. The kernel takes
/// it back when the process ends, in whatever way. The file itself stays; it says nothing.
final class WriterLock: Sendable {
    private let descriptor: Int32

    /// Throws ``StoreFailure/locked`` if another opening of the store, in this process or another
    /// one, has the lock.
    init(path: String) throws {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreFailure.other("cannot open the lock file: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK
                ? StoreFailure.locked
                : StoreFailure.other("cannot lock: \(String(cString: strerror(code)))")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
