import Foundation

/// A value that only one thread at a time can get at.
///
/// Not a `Mutex` of Synchronization: the thread sanitizer does not see how one that is waited for is handed
/// over (`docs/testing.md`).
package final class Guarded<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    package init(_ value: Value) { self.value = value }

    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
