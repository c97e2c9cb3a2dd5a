import Domain
import RuleFiles
import TestSeeds
import Testing

@Suite struct CSVReading {
    static func read(_ text: String, recordBytesMax: Int = 4096) -> [String] {
        read(Array(text.utf8), recordBytesMax: recordBytesMax)
    }

    static func read(_ bytes: Bytes, recordBytesMax: Int = 4096) -> [String] {
        var reader = CSVReader(bytes, recordBytesMax: recordBytesMax)
        var items: [String] = []
        while let item = reader.next() {
            switch item {
            case .record(let record):
                items.append("\(record.line) \(record.fields.joined(separator: "|"))")
            case .fault(let fault): items.append("\(fault.line)! \(fault.what)")
            }
        }
        return items
    }

    static let cases: [(text: String, items: [String])] = [
        ("", []),
        ("a", ["1 a"]),
        ("a\n", ["1 a"]),
        ("a,b\r\nc,d\ne", ["1 a|b", "2 c|d", "3 e"]),
        (",\n,", ["1 |", "2 |"]),
        ("\n\na", ["1 ", "2 ", "3 a"]),
        ("\u{feff}a,b", ["1 a|b"]),
        ("\"a\",\"\"\n", ["1 a|"]),
        ("\"a\"\"b\"\"\",\"\"\"\"", ["1 a\"b\"|\""]),
        ("\"a,b\nc\r\nd\",e\nf", ["1 a,b\nc\r\nd|e", "4 f"]),
        (" a , b ", ["1  a | b "]),
        ("药,房", ["1 药|房"]),
        // Faults; reading goes on in the next line.
        ("a\"b\nc", ["1! a quote in a field that does not begin with one", "2 c"]),
        ("\"a\"b,c\nd", ["1! something stands after a closing quote", "2 d"]),
        ("\"a\n\" b\nd", ["2! something stands after a closing quote", "3 d"]),
        ("a\rb\nc", ["1! a carriage return without a line feed", "2 c"]),
        ("a\r", ["1! a carriage return without a line feed"]),
        ("a\n\"b\nc\n", ["1 a", "2! a quote is not closed; nothing after this line was read"]),
        ("a\n\"b\"\"", ["1 a", "2! a quote is not closed; nothing after this line was read"]),
    ]

    @Test(arguments: cases.indices)
    func recordsComeWithTheLineWhereTheyBegin(_ index: Int) {
        let (text, items) = CSVReading.cases[index]
        #expect(CSVReading.read(text) == items)
    }

    @Test func whatIsNotUTF8IsAFault() {
        #expect(
            CSVReading.read(
                Array("a,".utf8) + [0xff] + Array("\nb,\"".utf8) + [0xc0] + Array("\"\nc".utf8))
                == ["1! not UTF-8", "2! not UTF-8", "3 c"])
    }

    @Test func aRecordHasALimit() {
        #expect(CSVReading.read("abcd,e\nf", recordBytesMax: 6) == ["1 abcd|e", "2 f"])
        #expect(
            CSVReading.read("abcd,ef\ng", recordBytesMax: 6) == [
                "1! a record of more than 6 octets", "2 g",
            ])
        #expect(
            CSVReading.read("a\n\"bcdefghi\"\ng", recordBytesMax: 6) == [
                "1 a",
                "2! a quote is not closed within 6 octets; nothing after this line was read",
            ])
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        var generator = SeededGenerator.printed("CSVReading")
        let parts = ["", "a", ",", "\"", "\n", "\r\n", "\r", " ", "药房", "\u{feff}", "=1+1", "🏥"]
        for _ in 0..<500 {
            let records = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                (0..<Int.random(in: 1...4, using: &generator)).map { _ in
                    (0..<Int.random(in: 0...4, using: &generator)).map { _ in
                        parts.randomElement(using: &generator) ?? ""
                    }.joined()
                }
            }
            for end in [CSVWriter.LineEnd.crlf, .lf] {
                var writer = CSVWriter(lineEnd: end)
                for record in records { writer.write(record) }
                var reader = CSVReader(Array(writer.text.utf8))
                var read: [[String]] = []
                while case .record(let record) = reader.next() { read.append(record.fields) }
                // By octets: Swift takes texts for equal that differ in them.
                #expect(
                    read.map { $0.map { Array($0.utf8) } }
                        == records.map { $0.map { Array($0.utf8) } })
            }
        }
    }

    @Test func onlyWhatMustBeIsQuoted() {
        var writer = CSVWriter()
        writer.write(["a", "b c", "d,e", "f\"g", "", "h\ni"])
        writer.write([""])
        #expect(writer.text == "a,b c,\"d,e\",\"f\"\"g\",,\"h\ni\"\r\n\"\"\r\n")
    }
}
