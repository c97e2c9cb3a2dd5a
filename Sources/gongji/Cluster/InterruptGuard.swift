import Dispatch
import Glibc

/// Stops and removes a temporary cluster when the command is interrupted (SIGINT, SIGTERM, SIGHUP),
/// so that no node process outlives it; the command then exits as one that was interrupted does.
final class InterruptGuard {
    private var sources: [any DispatchSourceSignal] = []
    private let numbers = [SIGINT, SIGTERM, SIGHUP]

    convenience init(_ cluster: Cluster, removing: Bool = true) {
        self.init {
            _ = try? cluster.stop()
            if removing { try? cluster.remove() }
        }
    }

    /// - Parameter end: stops what was started, on another thread; it may run while that goes on.
    init(ending end: @escaping @Sendable () -> Void) {
        for number in numbers {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                Console.note("\ninterrupted: stopping the nodes")
                end()
                exit(128 + number)
            }
            source.resume()
            sources.append(source)
        }
    }

    func end() {
        for source in sources { source.cancel() }
        for number in numbers { signal(number, SIG_DFL) }
        sources = []
    }
}
