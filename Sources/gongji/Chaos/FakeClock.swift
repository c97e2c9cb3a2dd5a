import Foundation
import Glibc

/// A wrong clock for a node's process, by libfaketime (Debian package `faketime`). Only what the clock
/// says is shifted, not how long anything takes.
struct FakeClock {
    private let library: String
    /// What it reads the shift from, again and again.
    private let file: String

    /// Nil if libfaketime is not installed. Debian keeps it in a folder of the machine's architecture.
    init?(file: String) {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        let found = folders.sorted().map { "/usr/lib/\($0)/faketime/libfaketime.so.1" }
            .first { FileManager.default.fileExists(atPath: $0) }
        guard let found else { return nil }
        library = found
        self.file = file
    }

    /// From now on the clock is wrong by so much.
    func set(aheadSeconds: Int) throws {
        let text = aheadSeconds < 0 ? "\(aheadSeconds)" : "+\(aheadSeconds)"
        try Data("\(text)\n".utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    /// What a process needs in its environment to run by this clock.
    var variables: [String: String] {
        [
            "LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": file,
            "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
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
}
