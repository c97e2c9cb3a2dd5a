import Domain
import Foundation
import Testing
import Wire

@testable import gongji

@Suite("A list of usage")
struct UsageTests {
    static let list = UsageList(
        side: .recipient,
        records: [record(10_000, .medicalCare), record(2_550, .pharmacy, reversed: 20_600)],
        cursor: [1, 2])

    private static func record(
        _ fen: Int64, _ category: Gongji_V1_Category, reversed: Int32? = nil
    ) -> Gongji_V1_UsageRecord {
        var record = Gongji_V1_UsageRecord()
        record.transaction = Data(repeating: 7, count: 16)
        record.businessDate = 20_599
        record.insured = 440_000
        record.care = 310_000
        record.institution = "H31000000001"
        record.category = category
        record.amountFen = fen
        if let reversed {
            record.reversalDate = reversed
            record.other = Data(repeating: 9, count: 16)
        }
        return record
    }

    @Test("is CSV with one line a record, the reversal plain to see")
    func csv() {
        let transaction = String(repeating: "07", count: 16)
        let giver = String(repeating: "09", count: 16)
        #expect(
            UsageTests.list.csv
                == """
                business_date,transaction,insured,care,institution,category,amount_yuan,\
                reversal_date,giver
                2026-05-26,\(transaction),440000,310000,H31000000001,medical_care,100.00,,
                2026-05-26,\(transaction),440000,310000,H31000000001,pharmacy,25.50,2026-05-27,\
                \(giver)

                """)
    }

    @Test("names the other person as the side does", arguments: UsageSide.allCases)
    func other(side: UsageSide) {
        let list = UsageList(side: side, records: [], cursor: [])
        let name = [UsageSide.giver: "recipient", .recipient: "giver", .institution: "wallet"][side]
        #expect(list.csv.hasSuffix(",reversal_date,\(name ?? "?")\n"))
        #expect(list.text == "nothing was used")
        let page = UsageList(side: side, records: [], cursor: [1])
        #expect(
            page.text
                == "nothing among the records looked at; there is more: --cursor 01, or --all")
    }

    @Test("ends with its sums, what was reversed apart, and with the way to go on")
    func text() {
        let lines = UsageTests.list.text.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[1].contains("own account"))
        #expect(
            lines[3] == "this page: 2 records, together 125.50; of it reversed 25.50, stays 100.00")
        #expect(lines[4] == "there is more: --cursor 0102, or --all")
    }

    @Test("has the sums of all only if it has all")
    func whole() {
        var list = UsageTests.list
        list.cursor = []
        #expect(list.text.contains("\n2 records, together 125.50"))
        list.isContinued = true
        #expect(list.text.contains("\nthis page: 2 records, together 125.50"))
    }

    @Test("has its sums in fen, and its cursor, as JSON")
    func json() {
        let json = UsageTests.list.json.compact
        #expect(
            json.hasSuffix(
                #""sums_of":"this_page","sum_fen":12550,"reversed_fen":2550,"cursor":"0102"}"#))
    }
}
