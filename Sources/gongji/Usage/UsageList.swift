import Domain
import Foundation
import RuleFiles
import Wire

/// Usage records of one side, as far as they were asked for.
struct UsageList {
    let side: UsageSide
    var records: [Gongji_V1_UsageRecord]
    /// Empty: there are no more.
    var cursor: Bytes
    /// It does not begin with the newest.
    var isContinued = false

    /// Its sums are not those of all records.
    private var isPart: Bool { isContinued || !cursor.isEmpty }

    /// Of all records; what was reversed is in both.
    var sums: (all: Int64, reversed: Int64) {
        records.reduce(into: (0, 0)) { sums, record in
            sums.all += record.amountFen
            if record.hasReversalDate { sums.reversed += record.amountFen }
        }
    }

    var text: String {
        if records.isEmpty {
            if !cursor.isEmpty {
                return "nothing among the records looked at; there is more: "
                    + "--cursor \(cursor.hex), or --all"
            }
            return isContinued ? "nothing more was used" : "nothing was used"
        }
        var table = TextTable(
            "date", ">amount", "reversed on", "insured", "care", "institution", "category", other,
            "transaction")
        for record in records {
            table.add(
                BusinessDate(daysSince1970: record.businessDate).description,
                YuanAmount.text(record.amountFen), record.reversal ?? "-", String(record.insured),
                String(record.care), record.institution, categoryWord(record.category),
                record.other.isEmpty ? "own account" : record.other.hexText,
                record.transaction.hexText)
        }
        let sums = sums
        let count = records.count == 1 ? "1 record" : "\(records.count) records"
        var text = table.text() + (isPart ? "\nthis page: " : "\n")
        text += "\(count), together \(YuanAmount.text(sums.all))"
        if sums.reversed != 0 {
            text +=
                "; of it reversed \(YuanAmount.text(sums.reversed)), stays "
                + YuanAmount.text(sums.all - sums.reversed)
        }
        if !cursor.isEmpty { text += "\nthere is more: --cursor \(cursor.hex), or --all" }
        return text
    }

    /// RFC 4180 with line feeds.
    var csv: String {
        var writer = CSVWriter(lineEnd: .lf)
        writer.write([
            "business_date", "transaction", "insured", "care", "institution", "category",
            "amount_yuan", "reversal_date", other,
        ])
        for record in records {
            writer.write([
                BusinessDate(daysSince1970: record.businessDate).description,
                record.transaction.hexText, String(record.insured), String(record.care),
                record.institution, categoryWord(record.category),
                YuanAmount.text(record.amountFen), record.reversal ?? "", record.other.hexText,
            ])
        }
        return writer.text
    }

    var json: JSON {
        let sums = sums
        return [
            "side": .text(side.word),
            "records": .array(
                records.map { record in
                    [
                        "business_date": .describing(
                            BusinessDate(daysSince1970: record.businessDate)),
                        "transaction": .text(record.transaction.hexText),
                        "insured": .province(record.insured), "care": .province(record.care),
                        "institution": .text(record.institution),
                        "category": .text(categoryWord(record.category)),
                        "amount_fen": .int(record.amountFen),
                        "reversal_date": .optional(record.reversal),
                        "other": record.other.isEmpty ? nil : .text(record.other.hexText),
                    ]
                }),
            "sums_of": isPart ? "this_page" : "all",
            "sum_fen": .int(sums.all), "reversed_fen": .int(sums.reversed),
            "cursor": cursor.isEmpty ? nil : .text(cursor.hex),
        ]
    }

    /// Who the other person of a record is.
    private var other: String {
        switch side {
        case .giver: "recipient"
        case .recipient: "giver"
        case .institution: "wallet"
        }
    }
}

extension Gongji_V1_UsageRecord {
    fileprivate var reversal: String? {
        hasReversalDate ? BusinessDate(daysSince1970: reversalDate).description : nil
    }
}
