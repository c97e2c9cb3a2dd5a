import Domain
import Testing
import Wire

@testable import gongji

@Suite("An amount on the command line")
struct AmountTests {
    @Test(
        "is yuan with at most two decimals",
        arguments: [
            ("0", 0), ("0.01", 1), ("1", 100), ("1.5", 150), ("1.50", 150), ("123.45", 12_345),
            ("007", 700), ("-1", -100), ("-0.01", -1), ("10000000000.00", 1_000_000_000_000),
            ("92233720368547758.07", Int64.max), ("-92233720368547758.07", -Int64.max),
        ] as [(String, Int64)])
    func reads(text: String, fen: Int64) {
        #expect(YuanAmount(text)?.fen == fen)
    }

    @Test(
        "is refused as bad usage if it is none, or leaves 64 bits",
        arguments: [
            "", ".", "1.", ".5", "1.234", "1.2.3", "1,5", "1e3", "+1", "--1", "-", " 1", "1 ", "¥1",
            "１", "92233720368547758.08", "99999999999999999999", "0x10", "NaN",
        ])
    func refuses(text: String) {
        #expect(YuanAmount(text) == nil)
    }

    @Test(
        "is printed with two decimals and its sign",
        arguments: [
            (0, "0.00"), (1, "0.01"), (10, "0.10"), (12_345, "123.45"), (-5, "-0.05"),
            (Int64.min, "-92233720368547758.08"),
        ] as [(Int64, String)])
    func prints(fen: Int64, text: String) {
        #expect(YuanAmount.text(fen) == text)
    }
}

@Suite("A day on the command line")
struct DayTests {
    @Test(
        "is a calendar day", arguments: ["1970-01-01", "2024-02-29", "2026-11-23", "2099-12-31"])
    func reads(text: String) {
        #expect(DayArgument(argument: text)?.date.description == text)
    }

    @Test(
        "is refused if there is no such day",
        arguments: [
            "2025-02-29", "2026-13-01", "2026-00-10", "26-01-01", "2026/01/01", "1969-12-31",
        ])
    func refuses(text: String) {
        #expect(DayArgument(argument: text) == nil)
    }
}

@Suite("A word on the command line")
struct WordTests {
    @Test("is taken with - and with _")
    func separators() {
        #expect(Word<Category>(argument: "medical_care")?.value == .medicalCare)
        #expect(Word<Category>(argument: "medical-care")?.value == .medicalCare)
        #expect(Word<ReserveMode>(argument: "up-to")?.value == .upTo)
        #expect(Word<Kinship>(argument: "sons-child")?.value == .sonsChild)
        #expect(Word<Channel>(argument: "fax") == nil)
    }
}
