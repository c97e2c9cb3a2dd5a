import Domain
import Foundation

/// A way in which the files of a store are damaged.
struct StoreDamage: Equatable {
    enum Kind: String, CaseIterable {
        /// The file ends within its pages.
        case fileCut = "file cut off"
        /// Octets of pages are others.
        case fileFlipped = "octets of the file changed"
        /// The log ends within a frame.
        case logCut = "log cut off"
        /// An octet of a frame of the log is another.
        case logFlipped = "octet of the log changed"
        /// There is no log.
        case logGone = "log removed"
    }

    let kind: Kind
    /// Where, as a share of what there is to choose from.
    let place: Double
    let salt: UInt64

    static func random(using random: inout SeededGenerator) -> StoreDamage {
        StoreDamage(
            kind: Kind.allCases.randomElement(using: &random) ?? .fileCut,
            place: Double.random(in: 0..<1, using: &random), salt: random.next())
    }

    var sentence: String { kind.rawValue }

    /// Changes the files of the store at `path`, which nobody has open. Returns what was done.
    func apply(to path: String) throws -> String {
        let log = path + "-wal"
        switch kind {
        case .fileCut, .fileFlipped: return try damageFile(path, log)
        case .logGone:
            let size = LogFrames.size(of: log)
            try? FileManager.default.removeItem(atPath: log)
            return "the log of \(size) octets removed"
        case .logCut, .logFlipped: return try damageLog(log)
        }
    }

    private func damageFile(_ path: String, _ log: String) throws -> String {
        // What stands in the log is read from there.
        let inLog = try LogFrames(of: log).pages
        let count = Int(LogFrames.size(of: path)) / LogFrames.pageBytes
        let pages = (1...max(1, count)).filter { !inLog.contains(UInt32($0)) }
        guard !pages.isEmpty else { return "nothing: all pages stand in the log" }
        var random = SeededGenerator(seed: salt)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        defer { try? file.close() }
        if kind == .fileCut {
            let page = pages[Int(place * Double(pages.count))]
            let size = (page - 1) * LogFrames.pageBytes + Int(random.next() % 4096)
            try file.truncate(atOffset: UInt64(size))
            return "the file cut off at \(size) octets, within page \(page) of \(count)"
        }
        // Pages that are free are never read; so many are not all free.
        for _ in 0..<16 {
            let page = pages.randomElement(using: &random) ?? 1
            let offset = UInt64((page - 1) * LogFrames.pageBytes) + random.next() % 4096
            try file.seek(toOffset: offset)
            let octet = try file.read(upToCount: 1)?.first ?? 0
            try file.seek(toOffset: offset)
            try file.write(contentsOf: Data([octet ^ UInt8(1 << (random.next() % 8))]))
        }
        return "a bit each of 16 octets of the file changed"
    }

    private func damageLog(_ log: String) throws -> String {
        let frames = try LogFrames(of: log)
        guard frames.lastCommit > 0 else { return "nothing: no commit stands in the log" }
        let frame = Int(place * Double(frames.lastCommit))
        let offset = LogFrames.offset(of: frame) + Int(salt % UInt64(LogFrames.frameBytes))
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: log))
        defer { try? file.close() }
        if kind == .logCut {
            try file.truncate(atOffset: UInt64(offset))
        } else {
            // Within the page: what is in the frame's header besides is not all checked.
            let offset = UInt64(max(offset, LogFrames.offset(of: frame) + 24))
            try file.seek(toOffset: offset)
            let octet = try file.read(upToCount: 1)?.first ?? 0
            try file.seek(toOffset: offset)
            try file.write(contentsOf: Data([octet ^ UInt8(1 << (salt % 8))]))
        }
        return "the log \(kind == .logCut ? "cut off" : "changed") within frame \(frame + 1) of "
            + "\(frames.lastCommit)"
    }
}

/// The frames of a write-ahead log (sqlite.org/walformat.html) that belong to its present round.
struct LogFrames {
    static let pageBytes = 4096
    static let frameBytes = 24 + pageBytes

    /// Numbers of the pages that stand in it.
    private(set) var pages: Set<UInt32> = []
    /// Frames up to the last that ends a commit.
    private(set) var lastCommit = 0

    static func offset(of frame: Int) -> Int { 32 + frame * frameBytes }

    static func size(of path: String) -> Int64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? NSNumber)?.int64Value ?? 0
    }

    /// No frames if there is no log.
    init(of path: String) throws {
        guard let file = FileHandle(forReadingAtPath: path) else { return }
        defer { try? file.close() }
        guard let header = try file.read(upToCount: 32), header.count == 32 else { return }
        let salts = Data(header[16..<24])
        var frame = 0
        while true {
            try file.seek(toOffset: UInt64(LogFrames.offset(of: frame)))
            guard let head = try file.read(upToCount: 24), head.count == 24,
                head[8..<16].elementsEqual(salts)
            else { return }
            frame += 1
            pages.insert(head[0..<4].reduce(0) { $0 << 8 | UInt32($1) })
            if head[4..<8].contains(where: { $0 != 0 }) { lastCommit = frame }
        }
    }
}
