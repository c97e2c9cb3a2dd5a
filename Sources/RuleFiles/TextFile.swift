import Glibc

/// A file that was not read, in words.
struct UnreadFile: Error {
    let reason: String
}

enum TextFile {
    /// The whole file; refuses, before it reads, what is larger than `bytesMax` or not a file.
    static func read(_ path: String, bytesMax: Int) throws(UnreadFile) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw failure("opened") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0 else { throw failure("read") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw UnreadFile(reason: "is not a regular file")
        }
        let size = Int(status.st_size)
        guard size <= bytesMax else { throw tooLarge(bytesMax) }
        var reason: UnreadFile?
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size, let base = buffer.baseAddress {
                let got = Glibc.read(file, base + count, size - count)
                if got < 0 { reason = failure("read") }
                if got <= 0 { break }
                count += got
            }
        }
        if let reason { throw reason }
        return bytes
    }

    /// The names in a folder, in the order of their octets, without those that begin with a dot.
    static func names(in folder: String) throws(UnreadFile) -> [String] {
        guard let stream = opendir(folder) else { throw failure("opened") }
        defer { closedir(stream) }
        var names: [String] = []
        errno = 0
        while let entry = Glibc.readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
            errno = 0
        }
        guard errno == 0 else { throw failure("read") }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func tooLarge(_ bytesMax: Int) -> UnreadFile {
        UnreadFile(reason: "is larger than \(bytesMax) octets")
    }

    /// The last part of a path.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private static func failure(_ done: String) -> UnreadFile {
        UnreadFile(reason: "could not be \(done): \(String(cString: strerror(errno)))")
    }
}
