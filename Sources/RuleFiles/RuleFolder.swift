package import Domain
package import RuleSets

/// The rule sets of a node: every `*.yaml` of one folder, in the order of their names. Either all of
/// them are right and fit together, or none is taken.
package struct RuleFolder: Hashable, Sendable {
    package static let fileBytesMax = 1 << 20
    package static let filesMax = 256

    /// In the order of the file names.
    package let sets: [LoadedRuleSet]
    package let book: RuleBook

    package func loaded(_ name: String) -> LoadedRuleSet? {
        sets.first { $0.set.name == name }
    }

    /// One file, already in memory.
    package struct File: Hashable, Sendable {
        package let name: String
        package let bytes: Bytes
        package init(name: String, bytes: Bytes) {
            self.name = name
            self.bytes = bytes
        }
    }

    /// Reads the folder. Throws everything that is wrong, of all files.
    package static func load(folder path: String) throws(RuleFileFaults) -> RuleFolder {
        let folder = TextFile.name(of: path)
        let names: [String]
        do { names = try TextFile.names(in: path) } catch {
            throw RuleFileFaults([
                RuleFileFault(file: quotable(path, max: 200), what: "the folder \(error.reason)")
            ])
        }
        let chosen = names.filter { $0.hasSuffix(".yaml") }
        try refuseTooMany(chosen.count, in: folder)
        var reads = names.filter { $0.hasSuffix(".yml") }.map { name in
            unread(name, "is not read, by its name", allowed: "names that end in .yaml")
        }
        for name in chosen {
            do {
                let bytes = try TextFile.read("\(path)/\(name)", bytesMax: fileBytesMax)
                reads.append(read(File(name: name, bytes: bytes)))
            } catch {
                reads.append(unread(name, error.reason))
            }
        }
        return try assemble(reads, folder: folder)
    }

    /// The same for files that are in memory; `folder` stands in faults that are of no one file. A
    /// part of a folder need not hold the national set.
    package static func read(
        _ files: [File], folder: String = "rulesets", isWhole: Bool = true
    ) throws(RuleFileFaults) -> RuleFolder {
        try refuseTooMany(files.count, in: folder)
        return try assemble(files.map(read), folder: folder, isWhole: isWhole)
    }

    private static func refuseTooMany(_ count: Int, in folder: String) throws(RuleFileFaults) {
        guard count > filesMax else { return }
        throw RuleFileFaults([
            RuleFileFault(file: folder, what: "\(count) files", allowed: "at most \(filesMax)")
        ])
    }

    private static func unread(
        _ name: String, _ reason: String, allowed: String = ""
    ) -> ReadRuleSet {
        let read = ReadRuleSet(faults: FaultList(file: name))
        read.faults.add(line: nil, "the file \(reason)", allowed: allowed)
        return read
    }

    private static func read(_ file: File) -> ReadRuleSet {
        guard file.bytes.count <= fileBytesMax else {
            return unread(file.name, TextFile.tooLarge(fileBytesMax).reason)
        }
        do {
            let text = String(decoding: try TextOctets.utf8(file.bytes), as: UTF8.self)
            return RuleSetReader.read(text, file: file.name)
        } catch {
            let read = ReadRuleSet(faults: FaultList(file: file.name))
            read.faults.add(line: error.line, error.what)
            return read
        }
    }

    private static func assemble(
        _ reads: [ReadRuleSet], folder: String, isWhole: Bool = true
    ) throws(RuleFileFaults) -> RuleFolder {
        compareNames(reads)
        compareDays(reads)
        var faults = reads.flatMap(\.faults.faults)
        // A file whose regions could not be read may be the national one.
        let hasNational = reads.contains { $0.regions?.contains(.national) ?? true }
        if isWhole && !hasNational {
            faults.append(
                RuleFileFault(
                    file: folder, what: "no national set",
                    allowed: "one set or more with the region \(RegionCode.national)"))
        }
        guard faults.isEmpty else { throw RuleFileFaults(faults) }
        let sets = reads.compactMap(\.loaded)
        do {
            return RuleFolder(sets: sets, book: try RuleBook(sets.map(\.set)))
        } catch {
            throw RuleFileFaults([
                RuleFileFault(
                    file: folder,
                    what: "\(error.first) and \(error.second) overlap in region \(error.region)")
            ])
        }
    }

    private static func compareNames(_ reads: [ReadRuleSet]) {
        var first: [String: ReadRuleSet] = [:]
        for read in reads {
            guard let name = read.name else { continue }
            if let other = first[name] {
                read.faults.add(
                    line: read.nameLine,
                    "the name \(quoted(name)) is that of \(quotable(other.faults.file)):"
                        + "\(other.nameLine ?? 1) too")
            } else {
                first[name] = read
            }
        }
    }

    /// One fault for each pair of files, with the first region in which they meet.
    private static func compareDays(_ reads: [ReadRuleSet]) {
        var seen: [RegionCode: [Int]] = [:]
        var told: Set<[Int]> = []
        for (index, read) in reads.enumerated() {
            guard let from = read.from, let regions = read.regions else { continue }
            for region in regions {
                for earlier in seen[region] ?? [] where !told.contains([earlier, index]) {
                    let other = reads[earlier]
                    guard let otherFrom = other.from,
                        max(from, otherFrom) <= min(read.lastDay, other.lastDay)
                    else { continue }
                    told.insert([earlier, index])
                    read.faults.add(
                        line: read.regionsLine,
                        "region \(region) has the set of \(quotable(other.faults.file)):"
                            + "\(other.regionsLine ?? 1) too from \(max(from, otherFrom)) on",
                        allowed: "one set for a region on a day")
                }
                seen[region, default: []].append(index)
            }
        }
    }
}

extension ReadRuleSet {
    fileprivate var lastDay: BusinessDate { until ?? BusinessDate(daysSince1970: .max) }
}
