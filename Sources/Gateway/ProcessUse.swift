import Foundation
import Glibc

enum ProcessUse {
    /// CPU time and resident memory of this process.
    static func now() -> StatusDocument.ProcessUse {
        // RUSAGE_SELF
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        var resident: Int64 = 0
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
            let pages = text.split(separator: " ").dropFirst().first.flatMap({ Int64($0) })
        {
            resident = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
        }
        return StatusDocument.ProcessUse(
            pid: getpid(), cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            residentBytes: resident)
    }
}
