import Domain
import Foundation
import RuleFiles
import Signing

/// What the bank says came of the payments, as a CSV file: `payout,withdrawal,amount_yuan,result,reason`.
struct BankReturnFile {
    static let header = ["payout", "withdrawal", "amount_yuan", "result", "reason"]
    static let bytesMax = 16 << 20
    static let reasonBytesMax = 200
    private static let faultsToldMax = 100

    struct Line: Equatable {
        let number: Int
        let payout: Identifier
        let withdrawal: Identifier
        let amountFen: Int64
        let paid: Bool
        /// Empty if it was paid: what a bank says then is no matter.
        let reason: String

        /// The same for the same word of the bank, so that a file can be read twice.
        var request: Identifier {
            let result = Bytes((paid ? "paid" : "failed").utf8)
            let digest = sm3(of: payout.bytes + withdrawal.bytes + result)
            return digest.withUnsafeBytes { Identifier($0.prefix(Identifier.size)) ?? .zero }
        }
    }

    let name: String
    let lines: [Line]

    /// Throws ``CommandFailure`` with everything that is wrong, by line.
    init(file path: String) throws {
        let bytes: Bytes
        do {
            bytes = try PublicFile.read(path, bytesMax: BankReturnFile.bytesMax)
        } catch {
            throw CommandFailure.failed("the return file cannot be read: \(error)")
        }
        try self.init(bytes, name: URL(fileURLWithPath: path).lastPathComponent)
    }

    init(_ bytes: Bytes, name: String) throws {
        let text: Bytes
        do { text = try TextOctets.utf8(bytes) } catch {
            throw CommandFailure.failed(
                "nothing was told to the node:\n\(name):\(error.line): \(error.what)")
        }
        var reader = CSVReader(text)
        var faults: [String] = []
        var lines: [Line] = []
        var seen: [Identifier: Int] = [:]
        func fault(_ line: Int, _ what: String) { faults.append("\(name):\(line): \(what)") }

        var header = false
        while let item = reader.next() {
            switch item {
            case .fault(let found): fault(found.line, found.what)
            case .record(let record) where !header:
                header = true
                if record.fields != BankReturnFile.header {
                    fault(
                        record.line,
                        "the first line has to be "
                            + BankReturnFile.header.joined(separator: ","))
                }
            case .record(let record):
                switch BankReturnFile.line(record) {
                case .failure(let what): fault(record.line, what.text)
                case .success(let line):
                    if let first = seen.updateValue(line.number, forKey: line.withdrawal) {
                        fault(line.number, "\(line.withdrawal) stands in line \(first) too")
                    }
                    lines.append(line)
                }
            }
        }
        if !header && faults.isEmpty { fault(1, "the file is empty") }
        try BankReturnFile.refuse(faults)
        self.name = name
        self.lines = lines
    }

    /// Throws ``CommandFailure`` with the faults, if there are any.
    static func refuse(_ faults: [String]) throws {
        guard !faults.isEmpty else { return }
        let more = faults.count - faultsToldMax
        throw CommandFailure.failed(
            "nothing was told to the node:\n\(faults.prefix(faultsToldMax).joined(separator: "\n"))"
                + (more > 0 ? "\nand \(more) more" : ""))
    }

    private struct Fault: Error { let text: String }

    private static func line(_ record: CSVReader.Record) -> Result<Line, Fault> {
        guard record.fields.count == header.count else {
            return .failure(
                Fault(text: "\(record.fields.count) fields where \(header.count) are due"))
        }
        let (result, reason) = (CanonicalText.typed(record.fields[3]), record.fields[4])
        // Full-width digits are read as what they stand for.
        guard let payout = Identifier(CanonicalText.typed(record.fields[0])) else {
            return .failure(Fault(text: "payout: not an id of 32 hexadecimal digits"))
        }
        guard let withdrawal = Identifier(CanonicalText.typed(record.fields[1])) else {
            return .failure(Fault(text: "withdrawal: not an id of 32 hexadecimal digits"))
        }
        guard let amount = YuanAmount(CanonicalText.typed(record.fields[2])) else {
            return .failure(Fault(text: "amount_yuan: not yuan with at most two decimals"))
        }
        guard result == "paid" || result == "failed" else {
            return .failure(Fault(text: "result: neither paid nor failed"))
        }
        guard reason.utf8.count <= reasonBytesMax,
            reason.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f })
        else {
            return .failure(
                Fault(text: "reason: not one line of at most \(reasonBytesMax) octets"))
        }
        let paid = result == "paid"
        return .success(
            Line(
                number: record.line, payout: payout, withdrawal: withdrawal,
                amountFen: amount.fen, paid: paid, reason: paid ? "" : reason))
    }
}
