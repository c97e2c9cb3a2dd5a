import Domain
import Foundation
import Signing
import Storage
import Wire

/// A receipt as files (`protocol/receipts.md`), with which somebody who has none of our programs can check one message:
///
///     receipt.bin      the Receipt (Protocol Buffers)     signed.bin       the octets that are signed
///     receipt.json     its fields in hexadecimal          signature.der    the signature over them
///     certificate.pem  the signer's certificate           root.pem         the root that issued it
struct ReceiptFolder {
    let message: Message
    private let receipt: Receipt
    private let envelope: BatchEnvelope
    private let header: BatchHeader
    private let root: Digest
    private let certificate: X509Certificate
    private let rootCertificate: X509Certificate

    /// Throws ``CommandFailure`` if the entry does not prove its message.
    init(_ entry: JournalEntry, index: Int, _ message: Message, _ evidence: LocalEvidence) throws {
        let receipt = try entry.receipt(of: index)
        _ = try receipt.verify(network: evidence.directory.network, Verifier(evidence.directory))
        let keyID = try BatchEnvelope(decoding: receipt.envelope).keyID
        guard let certificate = evidence.certificate(keyID) else {
            throw CommandFailure.failed(
                "the directory no longer has certificate \(keyID); put it back for evidence")
        }
        try self.init(receipt, message, certificate, root: evidence.root)
    }

    /// Throws ``CommandFailure`` if the paths do not fit. Whether the signature does is for who checks it.
    init(
        _ receipt: Receipt, _ message: Message, _ certificate: X509Certificate,
        root rootCertificate: X509Certificate
    ) throws {
        self.receipt = receipt
        self.message = message
        self.certificate = certificate
        self.rootCertificate = rootCertificate
        envelope = try BatchEnvelope(decoding: receipt.envelope)
        header = try BatchHeader(decoding: envelope.header)
        let hashing = envelope.suite.hashing
        guard
            let subtree = Merkle.root(
                from: hashing.leaf(receipt.message), at: receipt.leafIndex, of: receipt.leafCount,
                path: receipt.leafPath, hashing),
            let root = envelope.root(subtree: subtree, hashing)
        else { throw CommandFailure.failed("a path of the receipt does not fit its tree") }
        self.root = root
    }

    /// Writes all files; the folder must not exist, or be empty.
    func write(to folder: String) throws {
        let files = FileManager.default
        if let there = try? files.contentsOfDirectory(atPath: folder), !there.isEmpty {
            throw CommandFailure.failed("\(folder) is not empty; choose another --out")
        }
        try files.createDirectory(
            atPath: folder, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let signed = BatchEnvelope.signedBytes(root: root)
        let contents: [(String, Bytes)] = [
            ("receipt.bin", receipt.encoded()), ("signed.bin", signed),
            ("signature.der", envelope.signature), ("certificate.pem", certificate.pem),
            ("root.pem", rootCertificate.pem), ("receipt.json", Bytes((json.pretty + "\n").utf8)),
        ]
        for (name, bytes) in contents { try PublicFile.replace("\(folder)/\(name)", bytes) }
    }

    /// The commands of OpenSSL 3 that check chain and signature, to be run in the folder.
    var opensslCommands: [String] {
        let verify: String
        switch envelope.suite {
        case .sm2WithSM3:
            verify =
                "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -digest sm3 "
                + "-pkeyopt distid:1234567812345678 -in signed.bin -sigfile signature.der"
        case .ed25519WithSHA256:
            verify =
                "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed.bin "
                + "-sigfile signature.der"
        }
        return [
            "openssl verify -vfyopt distid:1234567812345678 -attime "
                + "\(header.time.milliseconds / 1000) -CAfile root.pem certificate.pem",
            "openssl x509 -in certificate.pem -pubkey -noout -out key.pem",
            verify,
        ]
    }

    var json: JSON {
        [
            "format": 1, "suite": .text(envelope.suite.name),
            "network": .text(header.network), "from": .describing(header.from),
            "to": .describing(header.to), "time": .describing(header.time),
            "sequence": .int(Int64(clamping: header.firstSequence + UInt64(receipt.leafIndex - 1))),
            "kind": .text(message.name),
            "transaction": .id(message.transaction),
            "message": .text(receipt.message.hex),
            "leaf_index": .int(receipt.leafIndex), "leaf_count": .int(receipt.leafCount),
            "leaf_path": .array(receipt.leafPath.map { .describing($0) }),
            "header": .text(envelope.header.hex),
            "header_path": .array(receipt.headerPath.map { .describing($0) }),
            "tree_index": .int(envelope.treeIndex), "tree_size": .int(envelope.treeSize),
            "tree_path": .array(envelope.treePath.map { .describing($0) }),
            "root": .describing(root),
            "signed": .text(BatchEnvelope.signedBytes(root: root).hex),
            "signature": .text(envelope.signature.hex), "key_id": .describing(envelope.keyID),
            "certificate": .text(String(decoding: certificate.pem, as: UTF8.self)),
            "openssl": .array(opensslCommands.map { .text($0) }),
        ]
    }
}
