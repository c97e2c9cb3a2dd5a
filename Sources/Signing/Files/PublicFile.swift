package import Domain
import Glibc

/// Files that anybody may read: certificates, lists of revoked ones, the directory.
package enum PublicFile {
    /// The whole file. Throws ``FileRefusal``, before it reads, if there is more than `bytesMax`.
    package static func read(_ path: String, bytesMax: Int) throws -> Bytes {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw failure(path, "open") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, "inspect") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileRefusal.notRegular(path: path) }
        guard status.st_size <= bytesMax else {
            throw FileRefusal.tooLarge(path: path, bytesMax: bytesMax)
        }
        var problem: FileRefusal?
        let bytes = Bytes(unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
            while count < Int(status.st_size) {
                let room = Int(status.st_size) - count
                let got = Glibc.read(file, buffer.baseAddress! + count, room)
                if got < 0 { problem = failure(path, "read") }
                if got <= 0 { break }
                count += got
            }
        }
        if let problem { throw problem }
        return bytes
    }

    /// Replaces the file at one stroke: a reader sees the old octets or the new ones.
    package static func replace(_ path: String, _ bytes: Bytes) throws {
        let draft = "\(path).new"
        let file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw failure(draft, "create") }
        do {
            defer { close(file) }
            try bytes.withUnsafeBytes { try writeAll($0, to: file, draft) }
        } catch {
            unlink(draft)
            throw error
        }
        try move(draft, to: path)
    }

    /// Renames a file, replacing what bears the new name, and makes the folder's entry durable.
    static func move(_ path: String, to destination: String) throws {
        guard rename(path, destination) == 0 else { throw failure(path, "rename") }
        synchronizeFolder(of: destination)
    }

    /// Makes the entry of a new or renamed file durable, where the file system can.
    static func synchronizeFolder(of path: String) {
        let folder = open(SecretFile.parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes a folder of mode 0700 with those above it, unless it exists.
    static func makeFolder(_ path: String) throws {
        if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, SecretFile.parent(of: path) != path else {
            throw failure(path, "create")
        }
        try makeFolder(SecretFile.parent(of: path))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path, "create") }
    }

    /// The names in a folder, sorted; none if there is no such folder.
    static func names(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else {
            if errno == ENOENT { return [] }
            throw failure(folder, "list")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { octets in
                String(decoding: octets.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
