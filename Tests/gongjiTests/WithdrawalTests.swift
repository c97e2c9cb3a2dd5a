import Domain
import Foundation
import Gateway
import Testing
import Wire

@testable import gongji

@Suite("The file for the bank")
struct PayoutFileTests {
    private static let batch: Gongji_V1_PayoutBatch = {
        var batch = Gongji_V1_PayoutBatch()
        batch.payout = Data(repeating: 0xaa, count: 16)
        for (index, fen) in [Int64(10_150), 5, 1_234_567_890].enumerated() {
            var instruction = Gongji_V1_PayoutInstruction()
            instruction.withdrawal = Data(repeating: UInt8(index), count: 16)
            instruction.bank = "ICBC"
            instruction.account = "622200001111222\(index)"
            instruction.amountFen = fen
            batch.instructions.append(instruction)
        }
        return batch
    }()

    @Test("has one line a payment, and a last one with count and sum")
    func lines() {
        let payout = String(repeating: "aa", count: 16)
        let ids = ["00", "01", "02"].map { String(repeating: $0, count: 16) }
        #expect(
            PayoutFile.text(PayoutFileTests.batch).components(separatedBy: "\r\n") == [
                "payout,withdrawal,bank,account,amount_yuan",
                "\(payout),\(ids[0]),ICBC,6222000011112220,101.50",
                "\(payout),\(ids[1]),ICBC,6222000011112221,0.05",
                "\(payout),\(ids[2]),ICBC,6222000011112222,12345678.90",
                "total,3,,,12345780.45", "",
            ])
    }

    @Test("is for its owner only, appears whole, and is never written over another")
    func written() throws {
        let scratch = try Scratch()
        let path = scratch.path + "/p.csv"
        let id = Clock.newIdentifier()
        // Of the same payout, which broke off.
        try Data("half".utf8).write(to: URL(fileURLWithPath: "\(path).\(id).part"))
        try PayoutFile.checkFree(path)
        try PayoutFile.write("one", to: path, payout: id)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(throws: CommandFailure.self) { try PayoutFile.checkFree(path) }
        #expect(throws: CommandFailure.self) {
            try PayoutFile.write("two", to: path, payout: id)
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["p.csv"])
    }
}

@Suite("The file from the bank")
struct BankReturnFileTests {
    private static let first = "0190a1b2c3d4e5f60718293a4b5c6d7e"
    private static let second = "0190a1b2c3d4e5f60718293a4b5c6d7f"
    private static let header = "payout,withdrawal,amount_yuan,result,reason\n"
    private static let payout = String(repeating: "aa", count: 16)

    private func read(_ text: String) throws -> BankReturnFile {
        try BankReturnFile(Bytes(text.utf8), name: "r.csv")
    }

    @Test("is read line by line, each with an id made of payout, withdrawal and result")
    func reads() throws {
        let (first, second) = (BankReturnFileTests.first, BankReturnFileTests.second)
        let payout = BankReturnFileTests.payout
        let text =
            BankReturnFileTests.header
            + "\(payout),\(first),10.5,paid,thanks\n"
            + "\(payout),\(second),0.05,failed,\"closed, gone\"\r\n"
        let lines = try read(text).lines
        #expect(lines.map(\.number) == [2, 3])
        #expect(lines.map(\.paid) == [true, false])
        #expect(lines.map(\.reason) == ["", "closed, gone"])
        #expect(lines.map(\.amountFen) == [1050, 5])
        #expect(try read(text).lines.map(\.request) == lines.map(\.request))
        let others =
            try read(BankReturnFileTests.header + "\(payout),\(first),10.50,failed,\n").lines
            + read(BankReturnFileTests.header + "\(second),\(first),10.50,paid,\n").lines
        #expect(Set((lines + others).map(\.request)).count == 4)
        #expect(try read(BankReturnFileTests.header).lines.isEmpty)
    }

    @Test("is refused as a whole with every fault, by line")
    func faults() throws {
        let (first, second) = (BankReturnFileTests.first, BankReturnFileTests.second)
        let payout = BankReturnFileTests.payout
        let text =
            BankReturnFileTests.header
                + """
                \(payout),xx,1,paid,
                \(payout),\(first),1,maybe,
                \(payout),\(first),1,paid
                \(payout),\(second),1,paid,
                \(payout),\(second),1,failed,\(String(repeating: "x", count: 201))
                \(payout),\(second),1,failed,again
                \(payout),\(second),1,paid,,more
                yy,\(first),1,paid,
                \(payout),\(first),1.005,paid,
                \(payout),\(first),1,failed,\"open
                """
        let failure = #expect(throws: CommandFailure.self) { try read(text) }
        #expect(
            failure?.text.split(separator: "\n").map(String.init) == [
                "nothing was told to the node:",
                "r.csv:2: withdrawal: not an id of 32 hexadecimal digits",
                "r.csv:3: result: neither paid nor failed",
                "r.csv:4: 4 fields where 5 are due",
                "r.csv:6: reason: not one line of at most 200 octets",
                "r.csv:7: \(second) stands in line 5 too",
                "r.csv:8: 6 fields where 5 are due",
                "r.csv:9: payout: not an id of 32 hexadecimal digits",
                "r.csv:10: amount_yuan: not yuan with at most two decimals",
                "r.csv:11: a quote is not closed; nothing after this line was read",
            ])
        #expect(failure?.exit == .refused)
    }

    @Test(
        "needs its header",
        arguments: [
            "", "withdrawal,result,reason\n", "a,b,c\n",
            "payout,withdrawal,amount_yuan,result,reason,note\n",
        ])
    func header(text: String) {
        let failure = #expect(throws: CommandFailure.self) { try read(text) }
        #expect(failure?.text.contains("r.csv:1: ") == true)
    }

    @Test("is compared with the withdrawals themselves")
    func compared() throws {
        let (first, payout) = (BankReturnFileTests.first, BankReturnFileTests.payout)
        let line = try #require(
            read(BankReturnFileTests.header + "\(payout),\(first),10.50,paid,\n").lines.first)
        var view = Gongji_V1_WithdrawalView()
        view.payout = line.payout.data
        view.amountFen = 1050
        #expect(line.faults(against: view).isEmpty)
        view.amountFen = 1051
        view.payout = line.withdrawal.data
        #expect(
            line.faults(against: view) == [
                "payout: \(first) was handed over in \(first)", "amount_yuan: \(first) is 10.51",
            ])
        view.payout = Data()
        #expect(line.faults(against: view).first?.contains("not handed over") == true)
    }

    @Test("is reported with what was told now, told before, refused, and not spoken of")
    func totals() throws {
        let (first, second) = (BankReturnFileTests.first, BankReturnFileTests.second)
        let payout = BankReturnFileTests.payout
        let lines = try read(
            BankReturnFileTests.header
                + "\(payout),\(first),1,paid,\n\(payout),\(second),2,failed,\n"
        ).lines
        var totals = BankReturnTotals()
        totals.add(lines[0])
        totals.add(lines[1])
        totals.addToldBefore(lines[1])
        #expect(totals.text.contains("not known"))
        var fund = Fund()
        fund.add(305)
        totals.waiting = [.init(payout: lines[0].payout, fund: fund)]
        #expect(
            totals.text.components(separatedBy: "\n").last
                == "payout \(payout): no word yet of 1, together 3.05")
        let json = totals.json.compact
        #expect(json.contains(#""paid":1,"paid_fen":100,"returned":1,"returned_fen":200"#))
        #expect(json.contains(#""told_before":1,"told_before_fen":200,"refused":[]"#))
        #expect(json.contains(#""without_word":1,"without_word_fen":305"#))
    }
}

@Suite("A document of a withdrawal")
struct DocumentDigestTests {
    private struct Vectors: Decodable {
        struct Document: Decodable { let kind, issuer, number, digest: String }
        let documents: [Document]
    }

    @Test("has the same digest however its issuer and number are written")
    func writing() {
        let digest = DocumentOptions.digest(.premium, "C37 a", "3700 2026 17A")
        #expect(digest == sm3(of: Bytes("premium\nC37A\n3700202617A".utf8)))
        #expect(
            digest == DocumentOptions.digest(.premium, " c37 A\u{3000}", "37002026\u{3000}17a\t"))
        #expect(digest != DocumentOptions.digest(.visit, "C37 A", "3700202617A"))
        // Spaces do not tell two issuers apart, letters and digits do.
        #expect(digest == DocumentOptions.digest(.premium, "C37A", "No. 3700-2026-17A"))
        #expect(digest != DocumentOptions.digest(.premium, "C37B", "3700202617A"))
        #expect(digest != DocumentOptions.digest(.premium, "C37A", "03700202617A"))
    }

    @Test("has the digests that every province computes")
    func vectors() throws {
        let file = Program.packageFolder + "/protocol/vectors/digests.json"
        let vectors = try JSONDecoder().decode(
            Vectors.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        var issuers: [String: Set<String>] = [:]
        for document in vectors.documents {
            let kind = try #require(DocumentKind(rawValue: document.kind))
            let digest = DocumentOptions.digest(kind, document.issuer, document.number)
            #expect(digest.description == document.digest)
            issuers[document.digest, default: []].insert(document.issuer)
        }
        #expect(Set(vectors.documents.map(\.kind)) == Set(DocumentKind.allCases.map(\.word)))
        // One paper in two ways of writing.
        #expect(issuers.values.contains { $0.count > 1 })
    }

    @Test("is of no kind but the four", arguments: ["voucher", "premium_voucher", "Visit", ""])
    func kinds(word: String) {
        #expect(Word<DocumentKind>(argument: word) == nil)
    }
}
