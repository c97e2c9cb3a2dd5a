import Synchronization
import Testing
import ZeroMQ

@Suite("Polling")
struct PollerTests {
    let context: Context
    let clock = ContinuousClock()

    init() throws { context = try Context() }

    @Test("A wait with nothing ready ends when its time is over, and not before")
    func timeout() throws {
        let poller = Poller()
        let token = poller.add(try Socket(.pull, in: context))
        let start = clock.now
        #expect(try poller.wait(timeoutMilliseconds: 30) == 0)
        #expect(clock.now - start >= .milliseconds(29))
        #expect(poller.readiness(of: token).isEmpty)
        #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
    }

    @Test("Each entry says for itself whether it is ready")
    func readiness() throws {
        let pull = try Socket(.pull, in: context)
        try pull.bind("inproc://poll")
        let push = try Socket(.push, in: context)
        try push.connect("inproc://poll")
        let waker = try Waker()
        let poller = Poller()
        let (input, output, woken) = (
            poller.add(pull), poller.add(push, .output), poller.add(waker)
        )
        #expect(try poller.wait(timeoutMilliseconds: nil) == 1)
        #expect(poller.readiness(of: output) == .output)
        poller.set([], for: output)
        #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
        #expect(try push.send([[1]]))
        waker.wake()
        #expect(try poller.wait(timeoutMilliseconds: nil) == 2)
        #expect(poller.readiness(of: input) == .input && poller.readiness(of: woken) == .input)
        poller.remove(input)
        #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
        waker.drain()
        #expect(try poller.wait(timeoutMilliseconds: 1) == 0)
        let again = poller.add(pull)
        #expect(try poller.wait(timeoutMilliseconds: nil) == 1)
        #expect(poller.readiness(of: again) == .input)
        pull.close()
        #expect(throws: ZeroMQError.self) { try poller.wait(timeoutMilliseconds: 0) }
    }

    @Test("A waker wakes another thread; many wakes are one")
    func waker() async throws {
        let waker = try Waker()
        let woken = Task.detached {
            let poller = Poller()
            _ = poller.add(waker)
            return try poller.wait(timeoutMilliseconds: patienceMilliseconds)
        }
        for _ in 0..<1000 { waker.wake() }
        #expect(try await woken.value == 1)
        waker.drain()
        let poller = Poller()
        _ = poller.add(waker)
        #expect(try poller.wait(timeoutMilliseconds: 0) == 0)
        waker.wake()
        #expect(try poller.wait(timeoutMilliseconds: 0) == 1)
    }

    @Test("No wake-up is lost between two threads")
    func wakerLosesNothing() async throws {
        let waker = try Waker()
        let box = Mutex<[Int]>([])
        let count = 20_000
        async let received = Task.detached {
            let poller = Poller()
            _ = poller.add(waker)
            var next = 0
            while next < count {
                if try poller.wait(timeoutMilliseconds: patienceMilliseconds) == 0 { break }
                waker.drain()
                next += box.withLock { items in
                    defer { items.removeAll(keepingCapacity: true) }
                    return items.count
                }
            }
            return next
        }.value
        for number in 0..<count {
            box.withLock { $0.append(number) }
            waker.wake()
        }
        #expect(try await received == count)
    }
}
