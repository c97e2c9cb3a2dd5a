import Domain
import Foundation
import GRDBSQLite
import Storage
import Synchronization

/// A checksum in the last eight octets of every page of a store's file: what a disk gives back that
/// was not written there is an error when it is read, and never a row.
///
/// SQLite leaves these octets alone once it was told to reserve them (octet 20 of the header); its
/// own checks see only what breaks the structure of a page. The write-ahead log has checksums of
/// its own, so only the file itself is looked at. Done as a layer over SQLite's file system (VFS),
/// which is the default of this process from the first store on; files without reserved octets
/// pass through it untouched.
///
/// Other programs may read a store, but not write to it: they would leave old checksums behind.
enum PageChecksums {
    static let reservedBytes = 8
    static let pageBytes = 4096

    /// The page that was last found not to fit its checksum; 0 if none was.
    static var lastMismatch: Int { mismatch.load(ordering: .relaxed) }
    fileprivate static let mismatch = Atomic(0)

    /// Puts the layer in place, once in the life of the process.
    static func install() throws {
        guard installed == SQLITE_OK else {
            throw SQLiteVFSFailure(code: installed)
        }
    }

    private static let installed: Int32 = {
        guard let original = sqlite3_vfs_find(nil) else { return SQLITE_ERROR }
        let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        layer.initialize(to: original.pointee)
        layer.pointee.zName = UnsafePointer(strdup("gongji"))
        layer.pointee.pNext = nil
        layer.pointee.szOsFile =
            Int32(LayeredFile.offset(after: original.pointee.szOsFile))
            + Int32(MemoryLayout<LayeredFile>.stride)
        layer.pointee.xOpen = openLayered
        LayeredFile.original = original
        return sqlite3_vfs_register(layer, 1)
    }()

    /// Of the page at `offset` of a file, without its last eight octets. A change within eight
    /// aligned octets always changes it; the page's place is part of it, so that a page that was
    /// written to a wrong place does not fit.
    static func checksum(_ page: UnsafeRawBufferPointer, at offset: Int64) -> UInt64 {
        var sum = UInt64(bitPattern: offset) &* 0x9e37_79b9_7f4a_7c15 ^ 0x474f_4e47_4a49_0001
        for word in stride(from: 0, to: page.count - reservedBytes, by: 8) {
            var value = page.loadUnaligned(fromByteOffset: word, as: UInt64.self).littleEndian
            if offset == 0 { value &= keptOfHeader(word) }
            sum = (sum ^ value) &* 0xff51_afd7_ed55_8ccd
            sum ^= sum >> 32
        }
        return sum
    }

    /// SQLite's own backup writes some fields of the header anew (format versions, change counters,
    /// schema cookie), in programs that know nothing of checksums.
    private static func keptOfHeader(_ word: Int) -> UInt64 {
        switch word {
        case 16: 0xffff_ffff_0000_ffff
        case 24: 0xffff_ffff_0000_0000
        case 40: 0xffff_ffff_0000_0000
        case 88: 0x0000_0000_ffff_ffff
        case 96: 0xffff_ffff_0000_0000
        default: .max
        }
    }

    /// Whether the file that begins with `header` has pages of the usual size with checksums.
    static func areIn(header: UnsafeRawBufferPointer) -> Bool {
        header.count >= 100 && header.prefix(16).elementsEqual("SQLite format 3\0".utf8)
            && header[16] == UInt8(pageBytes >> 8) && header[17] == 0
            && header[20] == UInt8(reservedBytes)
    }
}

struct SQLiteVFSFailure: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "SQLite's file system cannot be layered (SQLite \(code))" }
}

/// What the layer keeps for each open database file, behind SQLite's own part of it.
private struct LayeredFile {
    /// SQLite's methods for this file.
    let methods: UnsafePointer<sqlite3_io_methods>
    var hasChecksums = false

    /// Set once, before the layer is registered.
    nonisolated(unsafe) static var original: UnsafeMutablePointer<sqlite3_vfs>?

    /// Methods of the layer by SQLite's, of which there is one set a way of locking.
    private static let layered = Guarded<[UInt: UInt]>([:])

    static func offset(after bytes: Int32) -> Int { (Int(bytes) + 15) & ~15 }

    static func of(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<LayeredFile>
    {
        let bytes = original.map { $0.pointee.szOsFile } ?? 0
        return (UnsafeMutableRawPointer(file) + offset(after: bytes))
            .assumingMemoryBound(to: LayeredFile.self)
    }

    /// SQLite's methods with reading and writing replaced. Version 2: without memory maps, which
    /// would go round them.
    static func methods(
        over original: UnsafePointer<sqlite3_io_methods>
    ) -> UnsafePointer<sqlite3_io_methods> {
        layered.withLock { known in
            let key = UInt(bitPattern: original)
            if let found = known[key].flatMap({ UnsafePointer<sqlite3_io_methods>(bitPattern: $0) })
            {
                return found
            }
            let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
            methods.initialize(to: original.pointee)
            methods.pointee.iVersion = min(2, original.pointee.iVersion)
            methods.pointee.xRead = readLayered
            methods.pointee.xWrite = writeLayered
            known[key] = UInt(bitPattern: methods)
            return UnsafePointer(methods)
        }
    }

    mutating func look(at octets: UnsafeRawBufferPointer, _ offset: Int64) {
        if offset == 0 && octets.count >= 100 {
            hasChecksums = PageChecksums.areIn(header: octets)
        }
    }

    func isPage(_ count: Int32, _ offset: Int64) -> Bool {
        hasChecksums && count == PageChecksums.pageBytes
            && offset % Int64(PageChecksums.pageBytes) == 0
    }
}

private func openLayered(
    _: UnsafeMutablePointer<sqlite3_vfs>?, _ name: UnsafePointer<CChar>?,
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
) -> Int32 {
    guard let original = LayeredFile.original, let file else { return SQLITE_ERROR }
    let code = original.pointee.xOpen(original, name, file, flags, outFlags)
    guard code == SQLITE_OK, flags & SQLITE_OPEN_MAIN_DB != 0, let methods = file.pointee.pMethods
    else { return code }
    LayeredFile.of(file).initialize(to: LayeredFile(methods: methods))
    file.pointee.pMethods = LayeredFile.methods(over: methods)
    return code
}

private func readLayered(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ buffer: UnsafeMutableRawPointer?,
    _ count: Int32, _ offset: Int64
) -> Int32 {
    guard let file, let buffer else { return SQLITE_ERROR }
    let layered = LayeredFile.of(file)
    let code = layered.pointee.methods.pointee.xRead(file, buffer, count, offset)
    // SQLite would take what the file does not have for zeros.
    if code & 0xff == SQLITE_IOERR, code >> 8 == 2, layered.pointee.isPage(count, offset) {
        PageChecksums.mismatch.store(
            Int(offset) / PageChecksums.pageBytes + 1, ordering: .relaxed)
        return StoreFailure.dataMismatch
    }
    guard code == SQLITE_OK else { return code }
    let octets = UnsafeRawBufferPointer(start: buffer, count: Int(count))
    layered.pointee.look(at: octets, offset)
    guard layered.pointee.isPage(count, offset) else { return SQLITE_OK }
    let kept = octets.loadUnaligned(
        fromByteOffset: octets.count - PageChecksums.reservedBytes, as: UInt64.self)
    guard kept.littleEndian == PageChecksums.checksum(octets, at: offset) else {
        PageChecksums.mismatch.store(
            Int(offset) / PageChecksums.pageBytes + 1, ordering: .relaxed)
        return StoreFailure.dataMismatch
    }
    return SQLITE_OK
}

private func writeLayered(
    _ file: UnsafeMutablePointer<sqlite3_file>?, _ buffer: UnsafeRawPointer?, _ count: Int32,
    _ offset: Int64
) -> Int32 {
    guard let file, let buffer else { return SQLITE_ERROR }
    let layered = LayeredFile.of(file)
    let octets = UnsafeRawBufferPointer(start: buffer, count: Int(count))
    layered.pointee.look(at: octets, offset)
    guard layered.pointee.isPage(count, offset) else {
        return layered.pointee.methods.pointee.xWrite(file, buffer, count, offset)
    }
    return withUnsafeTemporaryAllocation(byteCount: octets.count, alignment: 8) { page in
        page.copyMemory(from: octets)
        page.storeBytes(
            of: PageChecksums.checksum(octets, at: offset).littleEndian,
            toByteOffset: octets.count - PageChecksums.reservedBytes, as: UInt64.self)
        return layered.pointee.methods.pointee.xWrite(file, page.baseAddress, count, offset)
    }
}
