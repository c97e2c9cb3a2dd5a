import Foundation
import Glibc
import Signing
import Testing

/// The store and the configuration are to be nobody else's.
@Suite("Guarded files") struct GuardedFileTests {
    let folder: TemporaryFolder
    let store: String
    private let beside = ["-wal", "-mark"]

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.write("store", [1])
        try folder.setMode("store", 0o600)
    }

    private func refusal(_ path: String? = nil) -> FileRefusal? {
        do {
            try GuardedFile.checkStore(path ?? store, beside: beside)
            return nil
        } catch { return error as? FileRefusal }
    }

    @Test("a store of its owner alone is taken, and one that is not there yet")
    func good() throws {
        #expect(refusal() == nil)
        #expect(refusal(folder.file("new")) == nil)
    }

    @Test(
        "a store or a file beside it that others reach is refused",
        arguments: [0o644, 0o660, 0o604])
    func modes(_ mode: Int) throws {
        try folder.setMode("store", mode)
        #expect(refusal() == .tooOpen(path: store, mode: UInt16(mode)))
        try folder.setMode("store", 0o600)
        try folder.write("store-mark", [1])
        try folder.setMode("store-mark", mode)
        #expect(refusal() == .tooOpen(path: store + "-mark", mode: UInt16(mode)))
        // Of a store that is not there yet too: it would be believed.
        try folder.write("new-wal", [1])
        try folder.setMode("new-wal", mode)
        #expect(
            refusal(folder.file("new"))
                == .tooOpen(path: folder.file("new-wal"), mode: UInt16(mode)))
    }

    @Test("a folder in which others write is refused, sticky or not, behind a link too")
    func folders() throws {
        let open = try TemporaryFolder()
        let target = try open.write("store", [1])
        try open.setMode("store", 0o600)
        for mode in [0o777, 0o1777, 0o770] {
            #expect(chmod(open.path, mode_t(mode)) == 0)
            #expect(refusal(target) == .folderTooOpen(path: open.path, mode: UInt16(mode)))
            let link = folder.file("link-\(mode)")
            try FileManager.default.createSymbolicLink(
                atPath: link, withDestinationPath: target)
            #expect(refusal(link) == .folderTooOpen(path: open.path, mode: UInt16(mode)))
        }
        #expect(chmod(open.path, 0o700) == 0)
        #expect(refusal(folder.file("link-511")) == nil)
    }

    @Test("a link beside the store is refused")
    func links() throws {
        try FileManager.default.createSymbolicLink(
            atPath: store + "-wal", withDestinationPath: store)
        #expect(refusal() == .notRegular(path: store + "-wal"))
    }

    @Test("a configuration may be read by others and not changed")
    func configuration() throws {
        let file = try folder.write("node.json", [1])
        func refusal() -> FileRefusal? {
            do {
                try GuardedFile.checkUnchangeable(file)
                return nil
            } catch { return error as? FileRefusal }
        }
        for mode in [0o600, 0o640, 0o644] {
            try folder.setMode("node.json", mode)
            #expect(refusal() == nil)
        }
        for mode in [0o664, 0o646, 0o666] {
            try folder.setMode("node.json", mode)
            #expect(refusal() == .changeable(path: file, mode: UInt16(mode)))
        }
        try folder.setMode("node.json", 0o644)
        #expect(chmod(folder.path, 0o777) == 0)
        #expect(refusal() == .folderTooOpen(path: folder.path, mode: 0o777))
        #expect(chmod(folder.path, 0o700) == 0)
    }
}
