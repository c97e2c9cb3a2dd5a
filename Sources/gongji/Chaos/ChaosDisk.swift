import Foundation
import Glibc

/// A disk of its own for one node's store, in memory, whose size can be changed while it is in use.
struct ChaosDisk {
    let path: String

    private static let bytes = 4 << 30

    /// Throws if this process may not; then nothing is left.
    init(at path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        try Tool.run(
            "mount", "-t", "tmpfs", "-o", "size=\(ChaosDisk.bytes),mode=0700", "gongji-chaos", path)
    }

    /// Leaves so many octets free; pages of 4 KiB count.
    func leave(_ room: Int) throws {
        var space = statvfs()
        for _ in 0..<20 {
            guard statvfs(path, &space) == 0 else { break }
            let used = Int(space.f_blocks - space.f_bfree) * Int(space.f_frsize)
            // Less than is used by now, the kernel refuses.
            if (try? resize(used + room)) != nil { return }
        }
        throw Tool.Failed(description: "the size of \(path) cannot be changed")
    }

    func heal() throws { try resize(ChaosDisk.bytes) }

    private func resize(_ bytes: Int) throws {
        try Tool.run("mount", "-o", "remount,size=\(max(4096, bytes))", path)
    }

    func remove() {
        if (try? Tool.run("umount", path)) == nil { try? Tool.run("umount", "-l", path) }
    }
}
