import Domain
import Foundation
import Testing

/// `protocol/status.md` and the code say the same.
@Suite struct StatusList {
    struct Row: Equatable {
        let number: UInt32
        let word: String
        let newIDCanHelp: String
    }

    static let document = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("protocol/status.md")

    /// Rows of the form `| 1 | malformed | meaning | no |`.
    func rows() throws -> [Row] {
        try String(contentsOf: StatusList.document, encoding: .utf8)
            .split(separator: "\n")
            .compactMap { line in
                let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                    .map { $0.trimmingCharacters(in: .whitespaces) }
                guard cells.count == 6, let number = UInt32(cells[1]) else { return nil }
                #expect(!cells[3].isEmpty, "status \(number) has no meaning")
                return Row(
                    number: number, word: cells[2].replacingOccurrences(of: "`", with: ""),
                    newIDCanHelp: cells[4])
            }
    }

    @Test func theTableIsTheListOfTheCode() throws {
        let listed = try rows()
        let known = Status.allCases.map {
            Row(number: $0.rawValue, word: $0.word, newIDCanHelp: $0.newIDCanHelp ? "yes" : "no")
        }
        #expect(listed == known)
    }

    @Test func numbersRiseAndWordsAreDifferent() {
        let numbers = Status.allCases.map(\.rawValue)
        #expect(numbers == numbers.sorted())
        #expect(Set(numbers).count == numbers.count)
        #expect(Set(Status.allCases.map(\.word)).count == numbers.count)
        #expect(!numbers.contains(0))
    }

    @Test func aWordIsLowerCaseWithUnderscores() {
        for status in Status.allCases {
            #expect(
                status.word.utf8.allSatisfy {
                    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_")
                })
        }
    }
}
