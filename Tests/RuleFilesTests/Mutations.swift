import Domain
import RuleFiles
import RuleSets
import TestSeeds
import Testing

/// Files that somebody, or a bad disk, changed a little: either a book, or faults that tell where.
@Suite struct Mutations {
    @Test func twoThousandChangesOfTheDeployedFilesNeverCrash() throws {
        var generator = SeededGenerator.printed("Mutations")
        let files = try Repository.files()
        var books = 0
        for round in 0..<2000 {
            let index = Int.random(in: files.indices, using: &generator)
            var bytes = files[index].bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                Mutations.change(&bytes, using: &generator)
            }
            let changed = RuleFolder.File(name: files[index].name, bytes: bytes)
            let national = files.filter {
                $0.name == "national-2026.yaml" && $0.name != changed.name
            }
            do {
                let folder = try RuleFolder.read([changed] + national)
                #expect(folder.sets.allSatisfy { $0.set.faults.isEmpty }, "round \(round)")
                books += 1
            } catch {
                #expect(!error.faults.isEmpty)
                for fault in error.faults where fault.line == nil {
                    // Only that the national set is missing is of no line.
                    #expect(fault.what == "no national set", "round \(round): \(fault)")
                }
                #expect(error.faults.allSatisfy { !$0.description.contains("\n") })
            }
        }
        #expect((1..<2000).contains(books))
    }

    static let pieces = [
        "\n", "  ", "- ", ": ", "\"", "'", "[", "]", "{", "}", "#", "&a ", "*a", "|", ">", "?", "!",
        "!!int ", "%", "@", "`", "\t", "---\n", "...\n", "<<: ", "~", "null", "\u{2028}", "\u{0}",
        "0", "9", "-", ".", ",", "1e9", "\\x", "\r",
    ]

    static func change(_ bytes: inout Bytes, using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let at = Int.random(in: bytes.indices, using: &generator)
        let count = min(Int.random(in: 1...40, using: &generator), bytes.count - at)
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &generator)
        case 1: bytes.removeSubrange(at..<at + count)
        case 2: bytes.insert(contentsOf: bytes[at..<at + count], at: at)
        case 3:
            let piece = pieces.randomElement(using: &generator) ?? ""
            bytes.insert(contentsOf: Array(piece.utf8), at: at)
        case 4: bytes.removeSubrange(at...)
        case 5:
            let to = Int.random(in: bytes.indices, using: &generator)
            bytes.swapAt(at, to)
        default:
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let line = lines.randomElement(using: &generator) ?? []
            bytes.insert(contentsOf: line + [UInt8(ascii: "\n")], at: at)
        }
    }
}
