import ArgumentParser
import Domain
import Foundation
import Wire

/// `gongji wallet usage`: what was paid with shared money (rule G15).
struct UsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract:
            "List what was used: of a giver, of a recipient, or at an institution (rule G15).",
        discussion: """
            Newest day first. Ask the giver's province for a giver, the recipient's for a recipient, \
            the province of care for an institution. What was reversed stays in the list, with the \
            day of its reversal, and is told apart in the sums. Without --all a page is shown, \
            whose sums are those of this page; csv has every page. --json is the same as --format \
            json.

            Example: gongji wallet usage --node nodes/370000 \
            --recipient 0190a1b2c3d4e5f60718293a4b5c6d7e --insured 440000 --category pharmacy \
            --year 2026 --all --format csv
            """)

    @OptionGroup var service: ServiceOptions
    @OptionGroup var output: OutputOptions
    @Option(help: "Of this giver, by wallet id.") var giver: WalletID?
    @Option(help: "Of this recipient, by wallet id.") var recipient: WalletID?
    @Option(help: ArgumentHelp("At this institution.", valueName: "code"))
    var institution: InstitutionCode?
    @Option(help: "Only what givers insured in this province paid, six digits.")
    var insured: ProvinceCode?
    @Option(help: "Only what was paid for this.") var category: Word<Domain.Category>?
    @Option(help: "Only of this year.") var year: UInt32?
    @Option(help: "Records of a page.") var limit: UInt32 = 50
    @Flag(help: "Every page, not the first one alone.") var all = false
    @Option(help: ArgumentHelp("Go on where a page ended.", valueName: "hex"))
    var cursor: String?
    @Option(help: "How to print it.") var format = Word(UsageFormat.table)

    func validate() throws {
        let sides = [giver != nil, recipient != nil, institution != nil].count { $0 }
        guard sides == 1 else {
            throw ValidationError("Give --giver, --recipient or --institution.")
        }
        guard (1...200).contains(limit) else { throw ValidationError("--limit is 1 to 200.") }
        if let year, !(1970...9999).contains(year) {
            throw ValidationError("--year is 1970 to 9999.")
        }
        if let cursor, Bytes(hex: cursor)?.isEmpty ?? true {
            throw ValidationError("--cursor is hexadecimal digits, as a page before printed them.")
        }
        if output.json && format.value == .csv {
            throw ValidationError("--json and --format csv exclude each other.")
        }
    }

    func run() throws {
        let asJSON = output.json || format.value == .json
        try telling(json: asJSON) {
            let list = try list(Asking(service: service, output: output))
            if asJSON {
                Console.out(["outcome": "done", "usage": list.json])
            } else if format.value == .csv {
                Console.outExactly(list.csv)
            } else {
                Console.out(list.text)
            }
        }
    }

    private func list(_ asking: Asking) throws -> UsageList {
        var question = question
        var list = UsageList(
            side: side, records: [], cursor: [], isContinued: !question.cursor.isEmpty)
        repeat {
            guard case .usage(let page) = try asking.query(.listUsage(question)) else {
                throw unexpectedAnswer()
            }
            list.records += page.records
            list.cursor = Bytes(page.cursor)
            guard page.cursor != question.cursor || page.cursor.isEmpty else {
                throw CommandFailure.failed("the node gives the same page again; ask another time")
            }
            question.cursor = page.cursor
        } while (all || format.value == .csv) && !list.cursor.isEmpty
        return list
    }

    private var side: UsageSide {
        giver != nil ? .giver : recipient != nil ? .recipient : .institution
    }

    private var question: Gongji_V1_ListUsage {
        var body = Gongji_V1_ListUsage()
        body.side = Gongji_V1_UsageSide(rawValue: Int(side.rawValue)) ?? .unspecified
        body.wallet = (giver ?? recipient)?.data ?? Data()
        body.institution = institution?.text ?? ""
        body.insured = insured?.number ?? 0
        body.category = category?.value.proto ?? .unspecified
        body.year = year ?? 0
        body.limit = limit
        body.cursor = Data(cursor.flatMap { Bytes(hex: $0) } ?? [])
        return body
    }
}

enum UsageFormat: String, Worded {
    case table, json, csv

    var word: String { rawValue }
}

extension Domain.Category {
    var proto: Gongji_V1_Category { Gongji_V1_Category(rawValue: Int(rawValue)) ?? .unspecified }
}
