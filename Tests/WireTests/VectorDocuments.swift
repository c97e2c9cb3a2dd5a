import Domain
import Foundation
import Signing
import Wire

/// What the vector files hold. Those before the signed ones are the same whenever they are made; the others hold
/// signatures of keys that are thrown away.
enum VectorDocuments {
    static func merkle() -> JSON {
        .list(
            Wire.Suite.allCases.map { suite in
                let hashing = suite.hashing
                let trees = (1...9).map { count -> JSON in
                    let data = (0..<count).map { Bytes("leaf \($0)".utf8) }
                    let leaves = data.map { hashing.leaf($0) }
                    return .object([
                        "data": .list(data.map { .octets($0) }), "leaves": .digests(leaves),
                        "root": .digest(Merkle.root(leaves, hashing)),
                        "paths": .list(
                            (0..<count).map { .digests(Merkle.path(of: $0, in: leaves, hashing)) }),
                    ])
                }
                return .object(["suite": .count(suite.rawValue), "trees": .list(trees)])
            })
    }

    static func linkDigest() -> JSON {
        .list(
            Wire.Suite.allCases.map { suite in
                let hashing = suite.hashing
                let messages = Samples.messages.prefix(4).map { $0.encoded() }
                var position = LinkPosition(epoch: Samples.id(0xe0), sequence: 0, digest: .zero)
                let digests = messages.map { message -> JSON in
                    position = position.advanced(by: hashing.leaf(message), hashing)
                    return .digest(position.digest)
                }
                return .object([
                    "suite": .count(suite.rawValue), "before_the_first": .digest(.zero),
                    "messages": .list(messages.map { .octets($0) }), "digests": .list(digests),
                ])
            })
    }

    static func messages() -> JSON {
        .list(
            Samples.messages.map { message in
                .object([
                    "body": .text(message.name), "fields": message.shown,
                    "encoded": .octets(message.encoded()),
                ])
            })
    }

    static func plans() -> JSON {
        .list(
            Samples.plans.map { plan in
                let encoded = EncodedPlan(plan, hashing: Samples.sm3)
                return .object([
                    "fields": plan.shown, "encoded": .octets(encoded.bytes),
                    "plan_digest": .digest(encoded.digest),
                    "bill": plan.bill.shown(wallet: plan.wallet),
                    "bill_digest": .digest(Samples.sm3.digest(plan.billOctets)),
                    "permission_octets": .octets(
                        PermissionTerms(of: plan, hashing: Samples.sm3).octets),
                    "terms": .digest(
                        PermissionTerms(of: plan, hashing: Samples.sm3).digest(Samples.sm3)),
                ])
            })
    }

    /// What an agency computes from a document, and an institution from a number
    /// (`protocol/messages.md`, Digests of documents and numbers).
    static func digests() -> JSON {
        // The same paper, typed in each way that folds.
        let ways: [(issuer: String, number: String)] = [
            ("H31010100001", "3101012026052900071"),
            ("\u{3000}h31010100001 ", "310101 20260529 00071"),
            ("Ｈ３１０１０１００００１", "３１０１０１２０２６０５２９０００７１"),
            ("H-310101-00001", "310101-20260529-00071"),
            ("H\u{2010}310101\u{2011}00001", "310101\u{2013}20260529\u{2014}00071"),
            ("H\u{2212}310101\u{ff0d}00001", "310101\u{2212}20260529\u{ff0d}00071"),
            ("H.310101.00001", "310101.20260529.00071"),
            ("H·310101·00001", "310101·20260529\u{30fb}00071"),
            ("H/310101/00001", "310101/20260529／00071"),
            ("H_31010100001", "(310101)20260529【00071】"),
            ("H\u{2009}31010100001", "310101\u{a0}20260529\u{202f}00071\t"),
            ("\u{feff}H310101\u{200b}00001", "310101\u{200d}20260529\u{ad}00071"),
            ("H31010100001", "No.3101012026052900071"),
            ("H31010100001", "№ 3101012026052900071"),
            ("H31010100001", "ＮＯ：3101012026052900071"),
            ("H31010100001", "编号：3101012026052900071"),
            ("H31010100001", "票据号码 No. 3101012026052900071号"),
            ("H31010100001", "第3101012026052900071号"),
            ("H31010100001", "٣١٠١٠١٢٠٢٦٠٥٢٩٠٠٠٧١"),
        ]
        let documents: [(kind: String, issuer: String, number: String)] =
            [("premium", "国家税务总局深圳市税务局", "344036 2603 0000 1234")]
            + ways.map { ("visit", $0.issuer, $0.number) } + [
                ("premium", "国家税务总局（深圳市）税务局", "ⅷ-344036"),
                ("checkup", "H37100200017", "tj-2026-000815"),
                ("checkup", "H37100200017", "ＴＪ２０２６０００８１５"),
                ("other", "某某康复器具厂", "No.7\u{3000}/\u{a0}2026"),
                ("other", "某某康复器具厂", "NOVA-7"),
                ("other", "某某康复器具厂", "号"),
            ]
        let numbers = [
            "A12345678", "6222 0000 0000 0000 001", "６２２２-0000-0000-0000-001",
            "11010119900307003x", "f-2026-000117",
        ]
        return .object([
            "documents": .list(
                documents.map { kind, issuer, number in
                    let octets = CanonicalText.document(
                        kind: kind, issuer: issuer, number: number)
                    return .object([
                        "kind": .text(kind), "issuer": .text(issuer), "number": .text(number),
                        "octets": .octets(octets), "digest": .digest(Samples.sm3.digest(octets)),
                    ])
                }),
            "numbers": .list(
                numbers.map { number in
                    .object([
                        "number": .text(number),
                        "digest": .digest(
                            Samples.sm3.digest(Bytes(CanonicalText.number(number).utf8))),
                    ])
                }),
        ])
    }

    // MARK: Signed

    static func signatures() throws -> JSON {
        let key = try SigningKey.generate(.sm2WithSM3)
        let bytes = BatchEnvelope.signedBytes(root: Samples.digest("root"))
        // The last 65 octets of SubjectPublicKeyInfo are the uncompressed point.
        let own = JSON.object([
            "about": .text("key made for this file and thrown away"), "suite": .int(1),
            "distid": .octets(Bytes("1234567812345678".utf8)),
            "public_key": .octets(Bytes(key.publicKey.der.suffix(65))),
            "public_key_pem": .text(String(decoding: key.publicKey.pem, as: UTF8.self)),
            "message": .octets(bytes), "signature": .octets(try key.sign(bytes)),
        ])
        return .list([own] + published)
    }

    /// Vectors of the standards.
    static let published: [JSON] = [
        .object([
            "about": .text("GM/T 0003.5-2012, A.2"), "suite": .int(1),
            "distid": .octets(Bytes("1234567812345678".utf8)),
            "public_key": .text(
                "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                    + "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"),
            "message": .octets(Bytes("message digest".utf8)),
            "signature": .text(
                "3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
                    + "022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"),
        ]),
        .object([
            "about": .text("RFC 8032, 7.1, test 1"), "suite": .int(2),
            "public_key": .text(
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
            "message": .text(""),
            "signature": .text(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                    + "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ]),
        .object([
            "about": .text("RFC 8032, 7.1, test 3"), "suite": .int(2),
            "public_key": .text(
                "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
            "message": .text("af82"),
            "signature": .text(
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290"
                    + "ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
        ]),
    ]

    /// Flushes of Shanghai to one and to three peers, in both suites, with all that verifies them;
    /// and receipts of some of their messages.
    static func batchesAndReceipts() throws -> (batches: JSON, receipts: JSON) {
        var batches: [JSON] = []
        var receipts: [JSON] = []
        for suite in Wire.Suite.allCases {
            let network = try TestNetwork(suite)
            let key = try network.certified()
            let one = [TestNetwork.shandong]
            let three = [TestNetwork.zhejiang, TestNetwork.shandong, TestNetwork.guangdong]
            // The last has no messages, and is shown what it has said itself.
            let receiver = try network.certified(TestNetwork.guangdong)
            var answer = BatchMaker()
            (answer.from, answer.to) = (TestNetwork.guangdong, TestNetwork.shanghai)
            let proof = try answer.proof(receiver)
            for peers in [one, three] {
                let parts = peers.enumerated().map { index, peer -> FlushPart in
                    var maker = BatchMaker()
                    maker.to = peer
                    maker.messages = Array(Samples.messages.prefix(index == 2 ? 0 : 2 + 3 * index))
                    return FlushPart(
                        header: maker.header, frames: maker.messages.map { $0.encoded() },
                        proof: maker.messages.isEmpty ? proof : nil)
                }
                let sent = try Flush.sign(parts, key, suite.hashing)
                batches.append(try shown(sent, network, key, receiver))
                for (peer, batch) in zip(peers, sent) where !batch.frames.isEmpty {
                    let received = try InboundBatch(
                        received: [batch.envelope] + batch.frames, from: TestNetwork.shanghai,
                        at: peer, network: TestNetwork.name, now: TestNetwork.now,
                        sm3: SM3Hashing(), verifier: try network.verifier([key]))
                    receipts.append(
                        try shown(
                            received.receipt(of: batch.frames.count - 1), network, key))
                }
            }
        }
        return (.list(batches), .list(receipts))
    }

    private static func text(_ pem: Bytes) -> JSON { .text(String(decoding: pem, as: UTF8.self)) }

    private static func shown(
        _ flush: [OutboundBatch], _ network: TestNetwork, _ key: CertifiedKey,
        _ receiver: CertifiedKey
    ) throws -> JSON {
        let hashing = key.suite.hashing
        let root = Merkle.root(flush.map { hashing.leaf($0.subtree.bytes) }, hashing)
        return .object([
            "network": .text(TestNetwork.name), "suite": .count(key.suite.rawValue),
            "root_certificate_pem": text(network.root.pem),
            "certificate_pem": text(key.certificate.pem), "key_id": .digest(key.keyID),
            "receiver_certificate_pem": text(receiver.certificate.pem),
            "now_ms": .int(TestNetwork.now.milliseconds), "root": .digest(root),
            "signed_bytes": .octets(BatchEnvelope.signedBytes(root: root)),
            "batches": .list(
                try flush.map { batch in
                    .object([
                        "header": batch.header.shown,
                        "envelope": try BatchEnvelope(decoding: batch.envelope).shown,
                        "frames": .list(([batch.envelope] + batch.frames).map { .octets($0) }),
                        "subtree": .digest(batch.subtree),
                        "link_digest_after": .digest(batch.end.digest),
                    ])
                }),
        ])
    }

    /// A receipt in the form of `receipt.json` (`protocol/receipts.md`).
    private static func shown(
        _ receipt: Receipt, _ network: TestNetwork, _ key: CertifiedKey
    ) throws -> JSON {
        let hashing = key.suite.hashing
        let envelope = try BatchEnvelope(decoding: receipt.envelope)
        guard
            let subtree = Merkle.root(
                from: hashing.leaf(receipt.message), at: receipt.leafIndex, of: receipt.leafCount,
                path: receipt.leafPath, hashing),
            let root = envelope.root(subtree: subtree, hashing)
        else { throw JSON.Missing(what: "a root") }
        return .object([
            "envelope": .octets(receipt.envelope), "message": .octets(receipt.message),
            "leaf_index": .count(receipt.leafIndex), "leaf_count": .count(receipt.leafCount),
            "leaf_path": .digests(receipt.leafPath), "header_path": .digests(receipt.headerPath),
            "header": .octets(envelope.header), "tree_index": .count(envelope.treeIndex),
            "tree_size": .count(envelope.treeSize), "tree_path": .digests(envelope.treePath),
            "suite": .text(envelope.suite.name), "key_id": .digest(envelope.keyID),
            "signature": .octets(envelope.signature), "root": .digest(root),
            "signed": .octets(BatchEnvelope.signedBytes(root: root)),
            "certificate": text(key.certificate.pem), "root_certificate": text(network.root.pem),
        ])
    }
}
