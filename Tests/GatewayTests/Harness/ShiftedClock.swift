import Domain
import Foundation
import Gateway
import Glibc

struct NoFaketime: Error, CustomStringConvertible {
    var description: String {
        "libfaketime.so.1 is not there; install the Debian package faketime: "
            + "scripts/install-packages faketime"
    }
}

/// A clock for node processes that differs from the machine's by a fixed time, by libfaketime.
/// Only what the clock says is shifted, not how long anything takes.
struct ShiftedClock: Sendable {
    let aheadSeconds: Int64
    private let library: String

    /// It is noon in Asia/Shanghai on `date` at this moment. Throws ``NoFaketime``.
    init(noonOf date: BusinessDate) throws {
        let noon = date.start.advanced(byMilliseconds: 12 * 3_600_000)
        aheadSeconds = noon.milliseconds(since: Clock.now()) / 1000
        library = try ShiftedClock.findLibrary()
    }

    var now: Instant { Clock.now().advanced(byMilliseconds: aheadSeconds * 1000) }

    /// What a process needs in its environment to run by this clock.
    var variables: [String: String] {
        [
            "LD_PRELOAD": library,
            "FAKETIME": aheadSeconds < 0 ? "\(aheadSeconds)" : "+\(aheadSeconds)",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
            // Written over by libfaketime with the names of shared memory that it makes. If there were
            // none, it would add them to the environment, which then moves; and Swift finds the
            // arguments of a process beside its environment.
            "FAKETIME_SHARED": "/gongji-none /gongji-none",
        ]
    }

    /// Removes what a process by such a clock leaves when it is killed.
    static func clearAway(after process: pid_t) {
        for name in ["faketime_shm_", "sem.faketime_sem_"] { unlink("/dev/shm/\(name)\(process)") }
    }

    /// Debian keeps it in a folder of the machine's architecture.
    private static func findLibrary() throws -> String {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        for folder in folders.sorted() {
            let path = "/usr/lib/\(folder)/faketime/libfaketime.so.1"
            if FileManager.default.fileExists(atPath: path) { return path }
        }
        throw NoFaketime()
    }
}
