import Domain
import Foundation
import RuleFiles
import RuleSets
import TestSeeds
import Testing

@Suite struct Registers {
    static let header = "code,kind,region,name,from,until\n"

    /// With the mark that ends a file.
    static func ended(_ text: String, _ count: Int) -> String { text + "end,\(count)\n" }

    func faults(_ text: String) -> [String] {
        do {
            _ = try InstitutionRegisterFile.read(Array(text.utf8), file: "r.csv")
            return []
        } catch {
            return error.faults.map(\.description)
        }
    }

    @Test func anEntryIsFoundOnTheDaysOnWhichItHolds() throws {
        let register = try InstitutionRegisterFile.read(
            Array(
                ("\u{feff}" + Registers.header
                    + "H1,medical,370300,\"淄博市中心医院, \"\"东院\"\"\",1970-01-11,1970-01-20\n"
                    + "P1,pharmacy,370300,大药房,1970-01-01,\n"
                    + "H1,medical,371000,中心医院,1970-01-21,\nend,3\n").replacing("\n", with: "\r\n")
                    .utf8), file: "r.csv")
        let code = try #require(InstitutionCode("H1"))
        func entry(_ day: Int32) -> InstitutionRegister.Entry? {
            register.entry(code: code, on: BusinessDate(daysSince1970: day))
        }
        #expect(entry(9) == nil)
        #expect(entry(10)?.name == "淄博市中心医院, \"东院\"")
        #expect(entry(19)?.region == RegionCode(370_300))
        #expect(entry(20)?.region == RegionCode(371_000))
        #expect(entry(100_000)?.kind == .medical)
        let pharmacy = try #require(InstitutionCode("P1"))
        #expect(
            register.entry(code: pharmacy, on: BusinessDate(daysSince1970: 0))?.kind == .pharmacy)
        let unknown = try #require(InstitutionCode("H2"))
        #expect(register.entry(code: unknown, on: BusinessDate(daysSince1970: 0)) == nil)
    }

    static let cases: [(text: String, faults: [String])] = [
        ("", ["1: the file is empty; allowed: code,kind,region,name,from,until"]),
        (
            "code,kind\n",
            ["1: not the header of a register; allowed: code,kind,region,name,from,until"]
        ),
        (ended(header, 0), []),
        (
            header,
            [
                "2: the file has no end mark, so it may be cut off; "
                    + "allowed: a last line that counts the entries, such as end,0"
            ]
        ),
        (
            header + "H1,medical,370300,A,2021-01-02,\nH2,medical,370300,B,2021-01-0",
            [
                "3: 5 fields; allowed: 6 fields",
                "4: the file has no end mark, so it may be cut off; "
                    + "allowed: a last line that counts the entries, such as end,2",
            ]
        ),
        (
            header + "H1,medical,370300,A,2021-01-02,\nend,12",
            [
                "3: the end mark counts 12, and the file has 1; allowed: the number of entries before it"
            ]
        ),
        (
            header + "H1,medical,370300,A,2021-01-02,\nend\n",
            ["3: bad end mark; allowed: end and the number of entries, such as end,1"]
        ),
        (
            header + "H1,medical,370300,A,2021-01-02,\nend,1,,,,x\n",
            ["3: bad end mark; allowed: end and the number of entries, such as end,1"]
        ),
        (
            ended(header, 0) + "H1,medical,370300,A,2021-01-02,\n",
            ["3: something stands after the end mark"]
        ),
        (
            ended(header + "h1,medcal,37,,2021-02-30,x\n", 1),
            [
                "2: bad code \"h1\"; allowed: 1 to 32 of A-Z, 0-9 and -",
                "2: bad kind \"medcal\"; nearest: medical; "
                    + "allowed: medical, pharmacy, collector, insurer",
                "2: bad region \"37\"; allowed: six digits from 110000 to 919999",
                "2: bad name \"\"; allowed: one line of at most 200 characters",
                "2: bad from \"2021-02-30\"; allowed: a day, YYYY-MM-DD",
                "2: bad until \"x\"; allowed: a day, YYYY-MM-DD, or nothing",
            ]
        ),
        (
            ended(header + "H1,medical,370300,A,2021-01-02,2021-01-01\n", 1),
            ["2: until 2021-01-01 is before from, 2021-01-02"]
        ),
        (
            ended(header + "H1,medical,370300,\"A\nB\",2021-01-01,\nH2,medical\n\n", 3),
            [
                "2: bad name \"A?B\"; allowed: one line of at most 200 characters",
                "4: 2 fields; allowed: 6 fields", "5: an empty line; allowed: 6 fields",
            ]
        ),
        (
            ended(
                header + "H1,medical,370300,A\"B,2021-01-01,\nH2,medical,370300,B,2021-01-01,2\n", 1
            ),
            [
                "2: a quote in a field that does not begin with one",
                "3: bad until \"2\"; allowed: a day, YYYY-MM-DD, or nothing",
            ]
        ),
        (
            header
                + "H1,medical,370300,A,2021-01-01,2021-06-30\n"
                + "H2,medical,370300,B,2021-01-01,\n"
                + "H1,medical,370300,A,2021-07-01,\n"
                + "H1,medical,370300,A,2022-01-01,2022-01-31\n"
                + "H2,medical,370300,B,2020-01-01,2021-01-01\nend,5\n",
            [
                "5: H1 is in line 4 too, for days that overlap; "
                    + "allowed: one entry for a code on a day",
                "6: H2 is in line 3 too, for days that overlap; "
                    + "allowed: one entry for a code on a day",
            ]
        ),
    ]

    @Test(arguments: cases.indices)
    func whatIsWrongIsToldByLine(_ index: Int) {
        let (text, expected) = Registers.cases[index]
        #expect(faults(text) == expected.map { "r.csv:\($0)" })
    }

    @Test func aHundredFaultsAreTold() {
        let told = faults(
            Registers.ended(Registers.header + String(repeating: "x\n", count: 5000), 5000))
        #expect(told.count == 101)
        #expect(told[99] == "r.csv:101: 1 field; allowed: 6 fields")
        #expect(told[100] == "r.csv:101: and 4900 more faults")
    }

    @Test func aRecordHasALimit() {
        let name = String(repeating: "x", count: 5000)
        #expect(
            faults(
                Registers.ended(Registers.header + "H1,medical,370300,\(name),2021-01-01,\n", 0))
                == ["r.csv:2: a record of more than 4096 octets"])
    }

    @Test func aMillionLinesAreTheMost() {
        let told = faults(Registers.header + String(repeating: "\n", count: 1_000_001))
        #expect(told.count == 101)
        #expect(told.last == "r.csv:101: and 999900 more faults")
    }

    @Test func aFileThatIsNotThereIsTold() {
        #expect(throws: RuleFileFaults.self) { try InstitutionRegisterFile.load("/nowhere.csv") }
    }

    /// Ten thousand institutions, in no order, some with two entries.
    @Test func tenThousandLinesLoadAndComeBack() throws {
        var generator = SeededGenerator.printed("Registers")
        var lines: [String] = []
        for number in 0..<10_000 {
            let kind = ["medical", "pharmacy"][number % 2]
            let code = "H\(3_703_000_000 + number / 2)"
            let days = number % 2 == 0 ? "2021-01-01,2022-12-31" : "2023-01-01,"
            lines.append("\(code),\(kind),370300,淄博市第\(number)医药机构,\(days)")
        }
        lines.shuffle(using: &generator)
        let text = Registers.ended(Registers.header + lines.joined(separator: "\n") + "\n", 10_000)
        let clock = ContinuousClock()
        var register = InstitutionRegister.empty
        let took = try clock.measure {
            register = try InstitutionRegisterFile.read(Array(text.utf8), file: "r.csv")
        }
        print("Registers: 10,000 lines in \(took)")
        // Far above what it takes, so that a busy machine does not fail it.
        #expect(took < .seconds(20))
        #expect(register.entries.count == 10_000)
        let scratch = try Scratch()
        try scratch.write("r.csv", InstitutionRegisterFile.text(of: register))
        #expect(try InstitutionRegisterFile.load(scratch.path + "/r.csv") == register)
    }

    /// Against a search through all entries.
    @Test func overlapsAreFoundWhereverTheyAre() throws {
        var generator = SeededGenerator.printed("Registers")
        let code = try #require(InstitutionCode("H1"))
        let region = try #require(RegionCode(370_300))
        for _ in 0..<2000 {
            let entries = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                let from = Int32.random(in: 0...12, using: &generator)
                let until =
                    Int.random(in: 0...4, using: &generator) == 0
                    ? nil : Int32.random(in: from...from + 3, using: &generator)
                return InstitutionRegister.Entry(
                    code: code, kind: .medical, region: region, name: "A",
                    from: BusinessDate(daysSince1970: from),
                    until: until.map { BusinessDate(daysSince1970: $0) })
            }
            let days = (Int32(0)...20).map { BusinessDate(daysSince1970: $0) }
            let isClean = days.allSatisfy { day in entries.count { $0.isInForce(on: day) } <= 1 }
            if isClean {
                let register = try InstitutionRegister(entries)
                for day in days {
                    #expect(
                        register.entry(code: code, on: day)
                            == entries.first { $0.isInForce(on: day) })
                }
            } else {
                #expect(throws: InstitutionRegister.Overlap.self) {
                    try InstitutionRegister(entries)
                }
            }
        }
    }
}
