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
    private static let header = "withdrawal,result,reason\n"

    private func read(_ text: String) throws -> BankReturnFile {
        try BankReturnFile(Bytes(text.utf8), name: "r.csv")
    }

    @Test("is read line by line, with an id for each that follows from withdrawal and result")
    func reads() throws {
        let (first, second) = (BankReturnFileTests.first, BankReturnFileTests.second)
        let text =
            BankReturnFileTests.header
            + "\(first),paid,thanks\n\(second),failed,\"closed, gone\"\r\n"
        let lines = try read(text).lines
        #expect(lines.map(\.number) == [2, 3])
        #expect(lines.map(\.paid) == [true, false])
        #expect(lines.map(\.reason) == ["", "closed, gone"])
        #expect(try read(text).lines.map(\.request) == lines.map(\.request))
        let other = try read(BankReturnFileTests.header + "\(first),failed,\n").lines
        #expect(Set((lines + other).map(\.request)).count == 3)
        #expect(try read(BankReturnFileTests.header).lines.isEmpty)
    }

    @Test("is refused as a whole with every fault, by line")
    func faults() throws {
        let (first, second) = (BankReturnFileTests.first, BankReturnFileTests.second)
        let text =
            BankReturnFileTests.header
                + """
                xx,paid,
                \(first),maybe,
                \(first),paid
                \(second),paid,
                \(second),failed,\(String(repeating: "x", count: 201))
                \(second),failed,again
                \(first),failed,\"open
                """
        let failure = #expect(throws: CommandFailure.self) { try read(text) }
        #expect(
            failure?.text.split(separator: "\n").map(String.init) == [
                "nothing was told to the node:",
                "r.csv:2: withdrawal: not an id of 32 hexadecimal digits",
                "r.csv:3: result: neither paid nor failed",
                "r.csv:4: 2 fields where 3 are due",
                "r.csv:6: reason: not one line of at most 200 octets",
                "r.csv:7: \(second) stands in line 5 too",
                "r.csv:8: a quote is not closed; nothing after this line was read",
            ])
        #expect(failure?.exit == .refused)
    }

    @Test("needs its header", arguments: ["", "withdrawal,result\n", "a,b,c\n"])
    func header(text: String) {
        let failure = #expect(throws: CommandFailure.self) { try read(text) }
        #expect(failure?.text.contains("r.csv:1: ") == true)
    }
}

@Suite("A document of a withdrawal")
struct DocumentDigestTests {
    @Test("has the same digest however its number is spaced")
    func spaces() {
        let digest = DocumentOptions.digest("voucher", "C37", "3700 2026 17")
        #expect(digest == sm3(of: Bytes("voucher\nC37\n3700202617".utf8)))
        #expect(digest == DocumentOptions.digest("voucher", "C37", "37002026\u{3000}17\t"))
        #expect(digest != DocumentOptions.digest("sheet", "C37", "3700202617"))
    }
}
