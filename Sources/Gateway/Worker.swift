import Foundation

/// A thread that can be waited for.
final class Worker: @unchecked Sendable {
    private let condition = NSCondition()
    private var finished = false

    init(_ name: String, _ body: @escaping @Sendable () -> Void) {
        let thread = Thread { [self] in
            body()
            condition.lock()
            finished = true
            condition.broadcast()
            condition.unlock()
        }
        thread.name = name
        thread.stackSize = 4 * 1024 * 1024
        thread.start()
    }

    var isFinished: Bool {
        condition.lock()
        defer { condition.unlock() }
        return finished
    }

    func join() {
        condition.lock()
        while !finished { condition.wait() }
        condition.unlock()
    }
}
