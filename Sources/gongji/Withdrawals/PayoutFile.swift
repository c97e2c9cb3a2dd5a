import Domain
import Foundation
import Glibc
import RuleFiles
import Signing
import Wire

/// The instructions for the bank as a CSV file: one line a payment, and a last one with their count
/// and sum.
enum PayoutFile {
    static let header = ["payout", "withdrawal", "bank", "account", "amount_yuan"]

    static func text(_ batch: Gongji_V1_PayoutBatch) -> String {
        var writer = CSVWriter()
        writer.write(header)
        for instruction in batch.instructions {
            writer.write([
                batch.payout.hexText, instruction.withdrawal.hexText, instruction.bank,
                instruction.account, YuanAmount.text(instruction.amountFen),
            ])
        }
        let sum = batch.instructions.map(\.amountFen).reduce(0, +)
        writer.write(["total", String(batch.instructions.count), "", "", YuanAmount.text(sum)])
        return writer.text
    }

    /// Throws ``CommandFailure`` if `path` is taken, or cannot be written in its folder.
    static func checkFree(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) == 0 {
            throw CommandFailure.failed(
                "\(path) exists and is not written over; choose another --out")
        }
        let folder = parent(of: path)
        guard access(folder, W_OK | X_OK) == 0 else {
            throw CommandFailure.failed("\(folder) cannot be written to; choose another --out")
        }
    }

    /// Writes the whole file or none, with mode 0600, and never over another.
    static func write(_ text: String, to path: String, payout: Identifier) throws {
        let draft = "\(path).\(payout).part"
        // Left by this same payout when it did not come to its end.
        unlink(draft)
        try Bytes(text.utf8).withUnsafeBytes { try SecretFile.create(draft, $0) }
        // Unlike rename(2), link(2) takes no name that is taken.
        let linked = link(draft, path)
        let reason = errno
        unlink(draft)
        guard linked == 0 else {
            throw CommandFailure.failed(
                "\(path) cannot be written: \(String(cString: strerror(reason)))")
        }
        synchronizeFolder(of: path)
    }

    private static func synchronizeFolder(of path: String) {
        let folder = open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
