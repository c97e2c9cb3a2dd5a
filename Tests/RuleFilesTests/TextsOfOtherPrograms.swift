import Domain
import RuleFiles
import RuleSets
import Testing

/// Files as spreadsheet programs write them.
@Suite struct TextsOfOtherPrograms {
    /// 淄博市中心医院 in GB18030.
    static let hospital: Bytes = [
        0xd7, 0xcd, 0xb2, 0xa9, 0xca, 0xd0, 0xd6, 0xd0, 0xd0, 0xc4, 0xd2, 0xbd, 0xd4, 0xba,
    ]

    static func register(named name: Bytes) -> Bytes {
        Bytes("code,kind,region,name,from,until\r\nH1,medical,370300,".utf8) + name
            + Bytes(",2021-06-24,\r\nend,1,,,,\r\n".utf8)
    }

    @Test func aFileInTheEncodingOfSpreadsheetsIsRead() throws {
        let register = try InstitutionRegisterFile.read(
            TextsOfOtherPrograms.register(named: TextsOfOtherPrograms.hospital), file: "r.csv")
        #expect(register.entries.map(\.name) == ["淄博市中心医院"])
    }

    @Test func aMarkOfByteOrderIsNoPartOfTheText() throws {
        let text = TextsOfOtherPrograms.register(named: Bytes("中心医院".utf8))
        #expect(try TextOctets.utf8([0xef, 0xbb, 0xbf] + text) == text)
        let string = String(decoding: text, as: UTF8.self)
        for (mark, swap) in [([0xff, 0xfe] as Bytes, false), ([0xfe, 0xff], true)] {
            let units = string.utf16.flatMap { unit -> Bytes in
                let (low, high) = (UInt8(truncatingIfNeeded: unit), UInt8(unit >> 8))
                return swap ? [high, low] : [low, high]
            }
            #expect(try TextOctets.utf8(mark + units) == text)
        }
    }

    /// A letter of UTF-8 that lost an octet is no Chinese letter of another kind.
    @Test func whatMayBeDamagedUTF8IsNotGuessedAt() throws {
        for name in ["淄博市中心医院", "院"] {
            var damaged = Bytes(name.utf8)
            damaged.remove(at: damaged.count - 2)
            let file = TextsOfOtherPrograms.register(
                named: Bytes("中心医院,大药房,门诊部 甲 乙 丙 ".utf8) + damaged)
            let fault = #expect(throws: TextOctets.Unreadable.self) {
                try TextOctets.utf8(file)
            }
            #expect(fault?.line == 2)
            #expect(fault?.what.contains("iconv -f GB18030 -t UTF-8") == true)
        }
    }

    /// Latin letters, Greek, kana and private letters are signs of another encoding.
    @Test(
        arguments: [
            [0xe9, 0x74, 0xe9], [0xa6, 0xc1, 0xa6, 0xc2], [0xa4, 0xa2, 0xa4, 0xa4], [0xaa, 0xa1],
            [0xff],
            [0x81], [0x41, 0xfe, 0x0a],
        ] as [Bytes])
    func whatIsNoChineseTextIsRefused(_ name: Bytes) {
        let faults = #expect(throws: RuleFileFaults.self) {
            try InstitutionRegisterFile.read(
                TextsOfOtherPrograms.register(named: name), file: "r.csv")
        }
        #expect(faults?.faults.first?.line == 2)
    }

    @Test func fullWidthDigitsAndLettersAreRead() throws {
        let text = """
            code,kind,region,name,from,until
            Ｈ３７,medical,３７０３００,医院,２０２１-０６-２４,
            end,１

            """
        let entry = try #require(
            try InstitutionRegisterFile.read(Bytes(text.utf8), file: "r.csv").entries.first)
        #expect(entry.code.text == "H37")
        #expect(entry.region.number == 370_300)
        #expect(entry.from.description == "2021-06-24")
    }
}
