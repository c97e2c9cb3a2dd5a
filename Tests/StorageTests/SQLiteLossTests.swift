import Domain
import Foundation
import GRDB
import Glibc
import Settlement
import Storage
import TestSeeds
import Testing
import Wire

@testable import StorageSQLite

/// What SQLite itself does not notice: pages that a disk changed, and a log that ends too early.
@Suite("SQLite store: loss and rot") struct SQLiteLossTests {
    private func corruption(_ path: String) -> String? {
        do {
            _ = try SQLiteStore(path: path, key: Samples.storeKey)
            return nil
        } catch StoreFailure.corrupt(let what) {
            return what
        } catch {
            return "not corrupt: \(error)"
        }
    }

    /// A closed store with some hundred pages.
    private func filled(_ path: String) throws {
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        for round in 0..<4 as Range<UInt64> {
            try store.set((1...100).map { Samples.coordination(round * 100 + $0) })
            try store.set((1...100).map { Samples.participation(round * 100 + $0) })
        }
        try store.close()
    }

    /// The files of a store as a crash leaves them after `commits` commits in its log, on top of the
    /// first ones in its file.
    private func crashed(_ folder: TemporaryFolder, commits: Int) throws -> String {
        let path = folder.file("running.db")
        try filled(path)
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        for commit in 0..<commits {
            try store.set([Samples.coordination(1000 + UInt64(commit))])
        }
        let copy = folder.file("crashed.db")
        for suffix in ["", "-wal", CommitMark.suffix] {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        try store.close()
        return copy
    }

    private func copied(_ path: String, _ folder: TemporaryFolder, _ name: String) throws -> String
    {
        let copy = folder.file(name)
        for suffix in ["", "-wal", CommitMark.suffix]
        where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
        }
        return copy
    }

    @Test("a bit that changed in any page is damage when the page is read, also after a clean end")
    func bits() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        try filled(path)
        let pages = try Data(contentsOf: URL(fileURLWithPath: path)).count / 4096
        #expect(pages > 50)
        var random = SeededGenerator.printed("bits of pages")
        for page in stride(from: 1, to: pages, by: 5) {
            let copy = try copied(path, folder, "bit-\(page).db")
            try Data.edit(copy) { data in
                data[page * 4096 + Int.random(in: 0..<4096, using: &random)] ^=
                    UInt8(1 << Int.random(in: 0..<8, using: &random))
            }
            var words = ""
            do {
                let store = try SQLiteStore(path: copy, key: Samples.storeKey, checking: .always)
                try? store.close()
            } catch {
                words = "\(error)"
            }
            #expect(words.contains("damaged"), "page \(page + 1): \(words)")
        }
    }

    @Test("what was read damaged is not served on, and looked at as a whole at the next opening")
    func latch() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        try filled(path)
        let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
        // The roots of all tables come first; what is read at the start stands in them.
        #expect(size / 4096 > 80)
        try Data.edit(path) { data in
            for page in stride(from: 60, to: size / 4096, by: 1) { data[page * 4096 + 2000] ^= 4 }
        }
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        #expect {
            try store.read { try $0.forEachCoordination { _ in } }
        } throws: { error in
            "\(error)".contains("does not fit its checksum")
        }
        #expect(throws: StoreFailure.self) { try store.set([Samples.coordination(1)]) }
        #expect(throws: StoreFailure.self) { try store.read { _ = try $0.links() } }
        try? store.close()
        #expect(CommitMark.read(of: path)?.isSuspect == true)
        let what = try #require(corruption(path))
        #expect(!what.hasPrefix("not corrupt"), "\(what)")
    }

    @Test("a page that the file no longer has is damage, and not zeros")
    func pageIsGone() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        try filled(path)
        let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        #expect(truncate(path, size / 8192 * 4096) == 0)
        #expect {
            try store.read { try $0.forEachCoordination { _ in } }
            try store.read { try $0.forEachParticipation { _ in } }
        } throws: { error in
            "\(error)".contains("does not fit its checksum")
        }
        try? store.close()
    }

    @Test("what is said of damage stays in the mark, whoever commits meanwhile")
    func markKeepsSuspicion() throws {
        for round in 0..<50 {
            let folder = try TemporaryFolder()
            let path = folder.file("store.db")
            let mark = try CommitMark(of: path, .init())
            DispatchQueue.concurrentPerform(iterations: 8) { index in
                if index == round % 8 { mark.suspect() } else { mark.made(1) }
            }
            #expect(CommitMark.read(of: path) == .init(commits: 1, isSuspect: true))
        }
    }

    @Test(
        "a clean end leaves everything in the file, also with readers open, and nothing in the log")
    func cleanEnd() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        try store.set((1...50).map { Samples.coordination($0) })
        #expect(try store.read { try $0.coordination(Samples.id(50)) } != nil)
        try store.close()
        let left = (try? Data(contentsOf: URL(fileURLWithPath: path + "-wal")))?.count ?? 0
        #expect(left == 0)
        let alone = folder.file("alone.db")
        try FileManager.default.copyItem(atPath: path, toPath: alone)
        let copy = try SQLiteStore(path: alone, key: Samples.storeKey)
        #expect(try copy.read { try $0.coordination(Samples.id(50)) } != nil)
    }

    /// SQLite extends it within a commit: on a full disk that left open whether the commit had
    /// happened, and ended the node.
    @Test("the index of the log has its room before the disk can be full")
    func logIndex() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        for _ in 0..<2 {
            let store = try SQLiteStore(path: path, key: Samples.storeKey)
            try store.set((1...50).map { Samples.coordination($0) })
            var status = stat()
            #expect(stat(path + "-shm", &status) == 0)
            #expect(status.st_size >= 1 << 20 && Int(status.st_blocks) * 512 >= 1 << 20)
            try store.close()
        }
    }

    @Test("a page in the place of another is damage")
    func misplaced() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        try filled(path)
        try Data.edit(path) { data in
            let page = data[30 * 4096..<31 * 4096]
            data.replaceSubrange(31 * 4096..<32 * 4096, with: Data(page))
        }
        #expect(throws: StoreFailure.self) {
            try SQLiteStore(path: path, key: Samples.storeKey, checking: .always)
        }
    }

    @Test("what SQLite's own backup writes anew in the header is not part of the checksum")
    func backup() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        try filled(path)
        try Data.edit(path) { data in
            for offset in [24, 27, 40, 43, 96, 99] { data[offset] ^= 0x41 }
            (data[92], data[93], data[94], data[95]) = (data[24], data[25], data[26], data[27])
        }
        let store = try SQLiteStore(path: path, key: Samples.storeKey, checking: .always)
        #expect(try store.read { try $0.coordination(Samples.id(7)) } != nil)
        try store.close()
        try Data.edit(path) { $0[105] ^= 1 }
        #expect(throws: StoreFailure.self) { try SQLiteStore(path: path, key: Samples.storeKey) }
    }

    @Test("a crash loses nothing, and is no damage")
    func crash() throws {
        let folder = try TemporaryFolder()
        let store = try SQLiteStore(path: try crashed(folder, commits: 20), key: Samples.storeKey)
        #expect(try store.read { try $0.coordination(Samples.id(1019)) } != nil)
    }

    @Test("a log that lost its end is a store that is refused, and left as it is")
    func tornLog() throws {
        let folder = try TemporaryFolder()
        let path = try crashed(folder, commits: 20)
        let log = try Data(contentsOf: URL(fileURLWithPath: path + "-wal"))
        #expect(log.count > 100_000)
        // Within the last frame, in the middle, in the first frame, in the header; and none at all.
        for (round, size) in [log.count - 100, log.count / 2, 40, 8, 0].enumerated() {
            let copy = try copied(path, folder, "torn-\(round).db")
            try Data(log.prefix(size)).write(to: URL(fileURLWithPath: copy + "-wal"))
            let file = try Data(contentsOf: URL(fileURLWithPath: copy))
            let what = try #require(corruption(copy), "cut off at \(size)")
            #expect(what.contains("were made in it; put the newest store back"), "\(what)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: copy)) == file)
            #expect(try Data(contentsOf: URL(fileURLWithPath: copy + "-wal")).count == size)
        }
        let gone = try copied(path, folder, "gone.db")
        try FileManager.default.removeItem(atPath: gone + "-wal")
        #expect(corruption(gone)?.contains("put the newest store back") == true)
        #expect(corruption(path) == nil, "the whole one opens")
    }

    @Test("an octet that changed in the log is a store that is refused")
    func flippedLog() throws {
        let folder = try TemporaryFolder()
        let path = try crashed(folder, commits: 20)
        let size = try Data(contentsOf: URL(fileURLWithPath: path + "-wal")).count
        var random = SeededGenerator.printed("octets of the log")
        for round in 0..<10 {
            let copy = try copied(path, folder, "flipped-\(round).db")
            // In a page of a frame: in its header some octets say nothing.
            let frame = Int.random(in: 0..<(size - 32) / 4120, using: &random)
            let offset = 32 + frame * 4120 + Int.random(in: 24..<4120, using: &random)
            try Data.edit(copy + "-wal") { $0[offset] ^= 0x10 }
            #expect(corruption(copy)?.contains("were made in it") == true, "frame \(frame)")
        }
    }

    @Test("a store that is gone, or an older copy, is refused beside the mark of the newer one")
    func older() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        try filled(path)
        let old = try Data(contentsOf: URL(fileURLWithPath: path))
        let store = try SQLiteStore(path: path, key: Samples.storeKey)
        try store.set([Samples.coordination(5000)])
        try store.close()
        let new = try Data(contentsOf: URL(fileURLWithPath: path))

        try old.write(to: URL(fileURLWithPath: path))
        #expect(corruption(path)?.contains("8 commits, but 9 were made in it") == true)
        try FileManager.default.removeItem(atPath: path)
        #expect(corruption(path)?.contains("0 commits, but 9 were made in it") == true)
        #expect(!FileManager.default.fileExists(atPath: path))
        try new.write(to: URL(fileURLWithPath: path))
        #expect(corruption(path) == nil)

        // Whoever knows what is missing can go on without the mark; a damaged one says nothing.
        try old.write(to: URL(fileURLWithPath: path))
        try Data.edit(path + CommitMark.suffix) { $0[9] ^= 1 }
        #expect(corruption(path) == nil)
    }

    @Test("reading alone is no commit, and the number of commits outlives the process")
    func counting() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("store.db")
        for round in 1...3 as ClosedRange<UInt64> {
            let store = try SQLiteStore(path: path, key: Samples.storeKey)
            try store.set([Samples.coordination(round)])
            try store.write { _ = try $0.coordination(Samples.id(1)) }
            #expect(throws: CancellationError.self) {
                try store.write { transaction in
                    try transaction.setNote("x", [1])
                    throw CancellationError()
                }
            }
            #expect(CommitMark.read(of: path)?.commits == round)
            try store.close()
        }
    }

    /// As if they were to be added when it is opened: who left them out may have changed anything.
    @Test("a store whose checksums were left out is refused, and left as it is")
    func withoutChecksums() throws {
        let folder = try TemporaryFolder()
        let (path, plain) = (folder.file("store.db"), folder.file("plain.db"))
        try filled(path)
        let source = try DatabaseQueue(path: path)
        let target = try DatabaseQueue(path: plain)
        try target.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA application_id = \(SQLiteSchema.applicationID)")
            try database.execute(sql: "PRAGMA user_version = \(SQLiteSchema.version)")
            try database.execute(sql: SQLiteSchema.migrations[0].sql)
            try database.execute(sql: "ATTACH '\(path)' AS other")
            for table in ["coordination", "participation", "tally", "migration"] {
                try database.execute(sql: "INSERT INTO \(table) SELECT * FROM other.\(table)")
            }
            try database.execute(sql: "DETACH other")
        }
        try source.close()
        try target.close()
        let before = try Data(contentsOf: URL(fileURLWithPath: plain))
        #expect(before[20] == 0)
        let what = try #require(corruption(plain))
        #expect(what.contains("its pages have no checksums"), "\(what)")
        #expect(throws: StoreFailure.self) {
            try SQLiteStore(readOnlyPath: plain, key: Samples.storeKey)
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: plain)) == before)
    }
}
