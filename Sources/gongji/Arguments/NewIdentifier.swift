import Domain
import Glibc

extension Instant {
    /// The system's clock.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}

extension Identifier {
    /// A new id: now, and 80 bits from the system's source of randomness.
    static func make() -> Identifier {
        var random = SystemRandomNumberGenerator()
        return Identifier(at: .now, random: (random.next(), random.next()))
    }
}
