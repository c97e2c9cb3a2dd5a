import Domain
import Foundation
import Signing
import Wire

/// Evidence as files (`protocol/receipts.md`, Evidence), which `protocol/verify_receipt.py` judges:
///
///     evidence.json    what is said to contradict, the plan, and all statements as in receipt.json
///     statement-1/ …   each statement that is a message as a folder of its own, what contradicts first
struct EvidenceFolder {
    private let file: Gongji_V1_EvidenceFile

    init(_ file: Gongji_V1_EvidenceFile) { self.file = file }

    /// Writes all files, and says how many statements there are; the folder must not exist, or be empty.
    func write(to folder: String) throws -> Int {
        guard let rootOctets = file.roots.first else {
            throw CommandFailure.failed("the node's answer has no root certificate")
        }
        let root = try X509Certificate(der: Bytes(rootOctets))
        let files = FileManager.default
        if let there = try? files.contentsOfDirectory(atPath: folder), !there.isEmpty {
            throw CommandFailure.failed("\(folder) is not empty; choose another --out")
        }
        try files.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        var statements: [JSON] = []
        for statement in file.statements {
            guard let told = statement.told else {
                statements.append(["octets": .text(statement.octets.hexText)])
                continue
            }
            guard !statement.certificate.isEmpty else {
                throw CommandFailure.failed(
                    "the directory no longer has the certificate of a statement of "
                        + "\(told.header.from); put it back for evidence")
            }
            let receipt = try ReceiptFolder(
                told.receipt, told.message,
                try X509Certificate(der: Bytes(statement.certificate)), root: root)
            statements.append(receipt.json)
            try receipt.write(to: "\(folder)/statement-\(statements.count)")
        }
        let json: JSON = [
            "format": 1, "evidence": file.evidence.json,
            "plan": file.plan.isEmpty ? nil : .text(file.plan.hexText),
            "statements": .array(statements),
        ]
        try PublicFile.replace("\(folder)/evidence.json", Bytes((json.pretty + "\n").utf8))
        return statements.count
    }
}

extension Gongji_V1_Statement {
    struct Told {
        let receipt: Receipt
        let message: Message
        let header: BatchHeader
    }

    /// The message that it is, with who sent it; nil for what is none.
    var told: Told? {
        guard hasReceipt, let receipt = try? Receipt(receipt),
            let message = LocalEvidence.message(receipt.message),
            let envelope = try? BatchEnvelope(decoding: receipt.envelope),
            let header = try? BatchHeader(decoding: envelope.header)
        else { return nil }
        return Told(receipt: receipt, message: message, header: header)
    }
}
