import Glibc

/// Files that are no secrets by themselves, and from which money or trust follows: the store, the
/// configuration.
package enum GuardedFile {
    /// A file that others may read, and only this user or root may change or replace. Throws
    /// ``FileRefusal``.
    package static func checkUnchangeable(_ path: String) throws {
        let target = try resolved(path)
        for file in [path, target] { try checkFolders(of: file) }
        var status = stat()
        guard stat(target, &status) == 0 else { throw failure(path, "inspect") }
        try checkOwner(status, path)
        guard status.st_mode & 0o022 == 0 else {
            throw FileRefusal.changeable(path: path, mode: UInt16(status.st_mode & 0o7777))
        }
    }

    /// A store at `path`, which may not exist yet, with the files that lie beside it: only this user
    /// reads them, and nobody else puts anything into the folder that the file really lies in, not even
    /// where it is sticky, for a file beside the store is believed as the store is. Throws
    /// ``FileRefusal``.
    package static func checkStore(_ path: String, beside suffixes: [String]) throws {
        let target = exists(path) ? try resolved(path) : path
        for file in [path, target] {
            try checkFolders(of: file)
            try checkOwnFolder(SecretFile.parent(of: file))
        }
        for suffix in [""] + suffixes where exists(target + suffix) {
            var status = stat()
            guard lstat(target + suffix, &status) == 0 else {
                throw failure(target + suffix, "inspect")
            }
            guard status.st_mode & S_IFMT == S_IFREG else {
                throw FileRefusal.notRegular(path: target + suffix)
            }
            try checkOwner(status, target + suffix)
            let mode = status.st_mode & 0o7777
            guard mode & ~0o600 == 0 else {
                throw FileRefusal.tooOpen(path: target + suffix, mode: UInt16(mode))
            }
        }
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private static func resolved(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else { throw failure(path, "find") }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func checkOwner(_ status: stat, _ path: String) throws {
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw FileRefusal.foreign(path: path)
        }
    }

    /// In none of the folders on the way others may put another in the place of the next.
    private static func checkFolders(of path: String) throws {
        var folder = SecretFile.parent(of: path)
        while true {
            let mode = try mode(of: folder)
            guard mode & 0o022 == 0 || mode & UInt32(S_ISVTX) != 0 else {
                throw FileRefusal.folderTooOpen(path: folder, mode: UInt16(mode))
            }
            if folder == "/" || folder == "." { return }
            folder = SecretFile.parent(of: folder)
        }
    }

    private static func checkOwnFolder(_ folder: String) throws {
        let mode = try mode(of: folder)
        guard mode & 0o022 == 0 else {
            throw FileRefusal.folderTooOpen(path: folder, mode: UInt16(mode))
        }
    }

    private static func mode(of folder: String) throws -> UInt32 {
        var status = stat()
        guard stat(folder, &status) == 0 else { throw failure(folder, "find") }
        return status.st_mode & 0o7777
    }
}
