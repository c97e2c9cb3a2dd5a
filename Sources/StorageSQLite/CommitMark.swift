import Domain
import Foundation
import Glibc
import Storage

/// How many commits were made in a store, in a small file beside it. SQLite takes a write-ahead log
/// that was cut off or damaged for one that ends earlier; this is how its store finds out.
///
/// Written after each commit, and not flushed: a process that dies leaves it whole, and after a
/// power cut it may be older than the store, which does no harm. It is never ahead of the store, so
/// a store with fewer commits has lost some.
final class CommitMark: Sendable {
    struct Content: Equatable {
        var commits: UInt64 = 0
        /// Damage was found while the store was open: all of it is looked at before it is served.
        var isSuspect = false
    }

    static let suffix = "-mark"

    private static let magic: UInt64 = 0x474f_4e47_4d41_524b
    private static let bytes = 32
    private let descriptor: Int32
    private let content: Guarded<Content>

    /// Opens the mark of the store at `path`, or makes it, and writes `content` into it.
    init(of path: String, _ content: Content) throws {
        descriptor = open(path + CommitMark.suffix, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreFailure.other(
                "cannot open the mark beside the store: \(String(cString: strerror(errno)))")
        }
        self.content = Guarded(content)
        write(content)
    }

    deinit { close(descriptor) }

    /// What the mark of the store at `path` says; nil if there is none, or if it is damaged itself.
    static func read(of path: String) -> Content? {
        guard let file = FileHandle(forReadingAtPath: path + suffix) else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: bytes), data.count == bytes else { return nil }
        let words = (0..<4).map { place in
            data.withUnsafeBytes {
                $0.loadUnaligned(fromByteOffset: 8 * place, as: UInt64.self).littleEndian
            }
        }
        guard words[0] == magic, words[3] == check(words[1], words[2]) else { return nil }
        return Content(commits: words[1], isSuspect: words[2] != 0)
    }

    /// `commits` were made, and are durable.
    func made(_ commits: UInt64) {
        content.withLock { content in
            content.commits = commits
            write(content)
        }
    }

    /// Damage was found.
    func suspect() {
        content.withLock { content in
            guard !content.isSuspect else { return }
            content.isSuspect = true
            write(content)
            fdatasync(descriptor)
        }
    }

    /// A failure is not told: an older mark only finds less.
    private func write(_ content: Content) {
        let flags: UInt64 = content.isSuspect ? 1 : 0
        let words = [
            CommitMark.magic, content.commits, flags, CommitMark.check(content.commits, flags),
        ].map(\.littleEndian)
        _ = words.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func check(_ commits: UInt64, _ flags: UInt64) -> UInt64 {
        ((magic ^ commits) &* 0xff51_afd7_ed55_8ccd ^ flags) &* 0x9e37_79b9_7f4a_7c15
    }
}
