import Domain
import Foundation
import Signing
import Testing

@testable import Wire

/// The code against the files of `protocol/vectors`, which other implementations test themselves
/// with too.
@Suite struct VectorTests {
    @Test func theFilesThatNeedNoKeyAreWhatTheCodeMakes() throws {
        #expect(try VectorFile.merkle.read() == VectorDocuments.merkle())
        #expect(try VectorFile.linkDigest.read() == VectorDocuments.linkDigest())
        #expect(try VectorFile.messages.read() == VectorDocuments.messages())
        #expect(try VectorFile.plans.read() == VectorDocuments.plans())
        #expect(try VectorFile.digests.read() == VectorDocuments.digests())
    }

    /// The example of `protocol/messages.md` is the first of the file.
    @Test func theDigestOfTheExampleIsOnThePage() throws {
        let page = try String(
            contentsOf: Repository.root.appendingPathComponent("protocol/messages.md"),
            encoding: .utf8)
        let vector = try #require(try VectorFile.digests.read()["documents"].list().first)
        for name in ["kind", "issuer", "number", "digest"] {
            let text = try vector[name].text()
            #expect(page.contains("    \(name)"), "\(name)")
            #expect(page.contains(text), "\(text)")
        }
    }

    /// The sealed identity in the messages is the one that `sealing.json` opens.
    @Test func theProposalHasTheBoxOfTheOtherPage() throws {
        let file = Repository.root.appendingPathComponent("protocol/vectors/sealing.json")
        let sealing = try JSONDecoder().decode(JSON.self, from: Data(contentsOf: file))
        let vector = try #require(try sealing["opened"].list().first)
        #expect(try vector["sealed"].octets() == Samples.sealedBox)
        #expect(try vector["context"].id() == Samples.sealedContext)
    }

    @Test func messagesDecodeToTheirFieldsAndEncodeAgain() throws {
        let vectors = try VectorFile.messages.read().list()
        #expect(vectors.count == Samples.messages.count)
        for vector in vectors {
            let octets = try vector["encoded"].octets()
            let message = try Message(decoding: octets, hashing: SM3Hashing())
            #expect(message.name == (try vector["body"].text()))
            #expect(message.shown == (try vector["fields"]))
            #expect(message.encoded() == octets)
        }
    }

    @Test func plansHaveTheirDigests() throws {
        for vector in try VectorFile.plans.read().list() {
            let octets = try vector["encoded"].octets()
            let plan = try EncodedPlan(decoding: octets, hashing: SM3Hashing())
            #expect(plan.digest == (try vector["plan_digest"].digest()))
            #expect(plan.plan.encoded() == octets)
            #expect(plan.plan.isWellFormed)
        }
    }

    @Test func signaturesVerify() throws {
        // SubjectPublicKeyInfo up to the key: GM/T 0009 with sm2p256v1; RFC 8410.
        let heads: [Int64: String] = [
            1: "3059301306072a8648ce3d020106082a811ccf5501822d034200",
            2: "302a300506032b6570032100",
        ]
        let vectors = try VectorFile.signatures.read().list()
        #expect(vectors.count == 4)
        for vector in vectors {
            let head = try #require(Bytes(hex: heads[try vector["suite"].int()] ?? ""))
            let key = try PublicKey(der: head + vector["public_key"].octets())
            let message = try vector["message"].octets()
            let signature = try vector["signature"].octets()
            #expect(key.verifies(signature, over: message))
            #expect(!key.verifies(signature, over: message + [0]))
            if key.suite == .sm2WithSM3 {
                #expect(!key.verifies(signature, over: message, id: .empty))
            }
        }
    }

    func certificate(_ pem: JSON) throws -> X509Certificate {
        try X509Certificate(pem: Bytes(pem.text().utf8))
    }

    func verifier(_ signer: X509Certificate, _ root: X509Certificate) -> Verifier {
        Verifier(
            suites: Set(Wire.Suite.allCases), certificates: [(TestNetwork.shanghai, signer)],
            roots: [root], revocationLists: [])
    }

    @Test func batchesAreTakenAndTheirPartsEncodeAgain() throws {
        let flushes = try VectorFile.batches.read().list()
        #expect(try flushes.map { try $0["batches"].list().count } == [1, 3, 1, 3])
        for flush in flushes {
            let verifier = verifier(
                try certificate(flush["certificate_pem"]),
                try certificate(flush["root_certificate_pem"]))
            let now = Instant(milliseconds: try flush["now_ms"].int())
            for vector in try flush["batches"].list() {
                let frames = try vector["frames"].list().map { try $0.octets() }
                let values = try vector["header"]
                let batch = try InboundBatch(
                    received: frames, from: try values["from"].province(),
                    at: try values["to"].province(), network: try flush["network"].text(),
                    now: now, sm3: SM3Hashing(), verifier: verifier)
                #expect(batch.subtree == (try vector["subtree"].digest()))
                #expect(batch.end.digest == (try vector["link_digest_after"].digest()))
                #expect(batch.header.shown == values)
                let envelope = try BatchEnvelope(decoding: frames[0])
                #expect(envelope.shown == (try vector["envelope"]))
                #expect(envelope.encoded() == frames[0])
                #expect(batch.header.encoded() == envelope.header)
                #expect(envelope.keyID == (try flush["key_id"].digest()))
                #expect((envelope.proof != nil) == batch.frames.isEmpty)
                let receiver = Verifier(
                    suites: Set(Wire.Suite.allCases),
                    certificates: [
                        (batch.header.to, try certificate(flush["receiver_certificate_pem"]))
                    ], roots: [try certificate(flush["root_certificate_pem"])],
                    revocationLists: [])
                let proven = envelope.proof?.header(
                    from: batch.header.to, to: batch.header.from,
                    network: try flush["network"].text(), receiver)
                #expect((proven != nil) == batch.frames.isEmpty)
                let root = try #require(
                    envelope.root(subtree: batch.subtree, envelope.suite.hashing))
                #expect(root == (try flush["root"].digest()))
                #expect(
                    BatchEnvelope.signedBytes(root: root) == (try flush["signed_bytes"].octets()))
            }
        }
    }

    func receipt(_ vector: JSON) throws -> Receipt {
        func digests(_ name: String) throws -> [Digest] {
            try vector[name].list().map { try $0.digest() }
        }
        return Receipt(
            envelope: try vector["envelope"].octets(), message: try vector["message"].octets(),
            leafIndex: Int(try vector["leaf_index"].int()),
            leafCount: Int(try vector["leaf_count"].int()), leafPath: try digests("leaf_path"),
            headerPath: try digests("header_path"))
    }

    @Test func receiptsVerify() throws {
        let vectors = try VectorFile.receipts.read().list()
        #expect(vectors.count == 6)
        for vector in vectors {
            let verifier = verifier(
                try certificate(vector["certificate"]), try certificate(vector["root_certificate"]))
            let header = try receipt(vector).verify(network: TestNetwork.name, verifier)
            #expect(header.from == TestNetwork.shanghai)
            #expect(header.encoded() == (try vector["header"].octets()))
        }
    }

    // MARK: Checked by code that shares nothing with this one

    func python(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-B"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    @Test func aProgramInPythonFindsTheSame() throws {
        let script = Repository.root.appendingPathComponent("protocol/vectors/check.py").path
        let (status, output) = try python([script])
        #expect(status == 0, "\(output)")
    }

    @Test func everyReceiptVerifiesByThePageOfPythonAndNoChangedOneDoes() throws {
        let script = Repository.root.appendingPathComponent("protocol/verify_receipt.py").path
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gongji-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let root = folder.appendingPathComponent("root.pem")
        func verify(_ vector: JSON) throws -> (status: Int32, output: String) {
            try JSONEncoder().encode(vector)
                .write(to: folder.appendingPathComponent("receipt.json"))
            try Data(vector["root_certificate"].text().utf8).write(to: root)
            return try python([script, folder.path, "--root", root.path])
        }
        for (number, vector) in try VectorFile.receipts.read().list().enumerated() {
            let (status, output) = try verify(vector)
            #expect(status == 0, "\(output)")
            #expect(output.contains("310000"))
            // One of each suite.
            guard number % 3 == 1, case .object(var fields) = vector else { continue }
            fields["envelope"] = nil
            #expect(try verify(.object(fields)).status == 0)
            fields["envelope"] = try vector["envelope"]
            for name in ["envelope", "message", "signature", "root", "signed", "header"] {
                var octets = try vector[name].octets()
                octets[octets.count - 1] ^= 1
                fields[name] = .octets(octets)
                let (status, _) = try verify(.object(fields))
                #expect(status == 1, "a changed \(name) was taken")
                fields[name] = try vector[name]
            }
        }
    }

    @Test func theOpenSSLCommandVerifiesAReceipt() throws {
        let vector = try #require(try VectorFile.receipts.read().list().first)
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("gongji-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificate = try certificate(vector["certificate"])
        func write(_ name: String, _ bytes: Bytes) throws -> String {
            let file = folder.appendingPathComponent(name)
            try Data(bytes).write(to: file)
            return file.path
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "pkeyutl", "-verify", "-pubin", "-inkey",
            try write("pub.pem", certificate.publicKey.pem), "-rawin", "-digest", "sm3",
            "-pkeyopt", "distid:1234567812345678", "-in",
            try write("signed.bin", vector["signed"].octets()), "-sigfile",
            try write("signature.der", vector["signature"].octets()),
        ]
        process.standardOutput = Pipe()
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}

/// Makes the files anew. Those with signatures get new keys, whose private halves are forgotten.
@Suite(.enabled(if: VectorFile.isToBeWritten)) struct VectorWriting {
    @Test func write() throws {
        try VectorFile.merkle.write(VectorDocuments.merkle())
        try VectorFile.linkDigest.write(VectorDocuments.linkDigest())
        try VectorFile.messages.write(VectorDocuments.messages())
        try VectorFile.plans.write(VectorDocuments.plans())
        try VectorFile.digests.write(VectorDocuments.digests())
        try VectorFile.signatures.write(try VectorDocuments.signatures())
        let (batches, receipts) = try VectorDocuments.batchesAndReceipts()
        try VectorFile.batches.write(batches)
        try VectorFile.receipts.write(receipts)
    }
}
