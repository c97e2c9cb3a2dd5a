import Glibc

/// Files that only their owner may reach: private keys of any kind.
package enum SecretFile {
    /// Reads a secret. Throws ``FileRefusal`` unless
    /// - the file, after symbolic links, is a regular one of mode 0600 or stricter;
    /// - it belongs to this user or to root;
    /// - nobody else can put another in its place: neither the folder that it stands in nor the one
    ///   that `path` names is writable by others (a sticky folder such as `/tmp` passes).
    package static func read(_ path: String, bytesMax: Int) throws -> SecretBytes {
        guard let resolved = realpath(path, nil) else { throw failure(path, "find") }
        defer { free(resolved) }
        let target = String(cString: resolved)
        try checkFolder(of: path)
        try checkFolder(of: target)
        let file = open(target, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw failure(path, "open") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure(path, "inspect") }
        try check(status, path)
        guard status.st_size <= bytesMax else {
            throw FileRefusal.tooLarge(path: path, bytesMax: bytesMax)
        }
        return try SecretBytes(capacity: Int(status.st_size)) { buffer in
            var count = 0
            while count < buffer.count {
                let got = Glibc.read(file, buffer.baseAddress! + count, buffer.count - count)
                guard got >= 0 else { throw failure(path, "read") }
                if got == 0 { break }
                count += got
            }
            return count
        }
    }

    /// Checks what ``read(_:bytesMax:)`` checks about owner and mode, without reading.
    package static func checkMode(_ path: String) throws {
        try checkFolder(of: path)
        if let resolved = realpath(path, nil) {
            defer { free(resolved) }
            try checkFolder(of: String(cString: resolved))
        }
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure(path, "inspect") }
        try check(status, path)
    }

    /// Writes a secret to a new file of mode 0600, durably. Throws ``FileRefusal/exists(path:)``
    /// rather than write over one.
    package static func create(_ path: String, _ octets: UnsafeRawBufferPointer) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            if errno == EEXIST { throw FileRefusal.exists(path: path) }
            throw failure(path, "create")
        }
        defer { close(file) }
        do {
            // The process's umask can only take rights away; this makes them exact.
            guard fchmod(file, 0o600) == 0 else { throw failure(path, "set the mode of") }
            try writeAll(octets, to: file, path)
            PublicFile.synchronizeFolder(of: path)
        } catch {
            unlink(path)
            throw error
        }
    }

    private static func check(_ status: stat, _ path: String) throws {
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileRefusal.notRegular(path: path) }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw FileRefusal.foreign(path: path)
        }
        let mode = status.st_mode & 0o7777
        guard mode & ~0o600 == 0 else {
            throw FileRefusal.tooOpen(path: path, mode: UInt16(mode))
        }
    }

    private static func checkFolder(of path: String) throws {
        let folder = parent(of: path)
        var status = stat()
        guard stat(folder, &status) == 0 else { throw failure(path, "find") }
        let mode = status.st_mode & 0o7777
        guard mode & 0o022 == 0 || mode & UInt32(S_ISVTX) != 0 else {
            throw FileRefusal.folderTooOpen(path: folder, mode: UInt16(mode))
        }
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// The refusal that `errno` stands for.
func failure(_ path: String, _ operation: String) -> FileRefusal {
    let code = errno
    if code == ENOENT || code == ENOTDIR { return .missing(path: path) }
    return .failed(path: path, operation: operation, reason: String(cString: strerror(code)))
}

/// Writes every octet and waits until they are on the disk.
func writeAll(_ octets: UnsafeRawBufferPointer, to file: CInt, _ path: String) throws {
    var rest = octets
    while !rest.isEmpty {
        let count = write(file, rest.baseAddress, rest.count)
        guard count > 0 else {
            if count < 0 && errno == EINTR { continue }
            throw failure(path, "write")
        }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    guard fsync(file) == 0 else { throw failure(path, "write") }
}
