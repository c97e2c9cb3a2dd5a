package import Domain
import Foundation
import Rounds

/// The node's clock, and the ids that it makes. The pure rooms get both from outside.
package enum Clock {
    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// A new id (design §1), from the system's random source.
    package static func newIdentifier() -> Identifier {
        var generator = SystemRandomNumberGenerator()
        return Identifier(at: now(), random: (generator.next(), generator.next()))
    }

    /// How many milliseconds the wall clock is ahead of the time since the machine was started: what
    /// changes only when someone sets the clock.
    package static func wallAheadOfBoot() -> Double { nowAndAheadOfBoot().milliseconds }

    /// The time, and how many milliseconds this very time is ahead of the time since the start.
    package static func nowAndAheadOfBoot() -> (now: Instant, milliseconds: Double) {
        let now = now()
        var boot = timespec()
        clock_gettime(CLOCK_BOOTTIME, &boot)
        let ahead =
            Double(now.milliseconds) - Double(boot.tv_sec) * 1000
            - Double(boot.tv_nsec) / 1_000_000
        return (now, ahead)
    }

    /// Milliseconds of the monotonic clock, for durations.
    package static func monotonicMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    /// This moment by both clocks.
    static func moment() -> Moment { Moment(wall: now(), steady: monotonicMilliseconds()) }
}
