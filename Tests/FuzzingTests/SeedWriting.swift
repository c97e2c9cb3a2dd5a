import Domain
import Foundation
import Signing
import Testing
import Wire

@testable import FuzzTargets

/// Makes the seeds of `certificate` and `directory` anew, with a root whose key is thrown away:
/// `GONGJI_WRITE_SEEDS=1 swift test --filter SeedWriting`, then the root into `SeedRoot.swift`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["GONGJI_WRITE_SEEDS"] != nil))
struct SeedWriting {
    private let corpus = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzzing/Corpus")

    private func write(_ octets: Bytes, _ name: String) throws {
        try Data(octets).write(to: corpus.appendingPathComponent(name))
    }

    @Test func write() throws {
        let begin = Scene.now.advanced(byMilliseconds: -10 * 86_400_000)
        let root = try CertificateAuthority.root(
            CertificateSubject(
                province: .national, organization: "Gongji fuzzing", commonName: "root of seeds"),
            key: try .generate(.sm2WithSM3), validity: Validity(from: begin, days: 7000))
        func node(_ number: UInt32, _ suite: Wire.Suite) throws -> X509Certificate {
            let key = try SigningKey.generate(suite)
            let template = CertificateTemplate(
                subject: CertificateSubject(
                    province: try #require(ProvinceCode(number)), organization: "Gongji fuzzing",
                    commonName: "node \(number)"),
                publicKey: key.publicKey, validity: Validity(from: begin, days: 700))
            return try root.issue(template)
        }
        let (first, second) = (
            try node(510_000, .ed25519WithSHA256), try node(520_000, .sm2WithSM3)
        )
        let empty = try root.revocationList(
            number: 1, [], thisUpdate: begin,
            nextUpdate: begin.advanced(byMilliseconds: 3_000_000_000))
        let list = try root.revocationList(
            number: 2,
            [RevocationList.Entry(serial: first.serial, revokedAt: begin, reason: .keyCompromise)],
            thisUpdate: begin, nextUpdate: begin.advanced(byMilliseconds: 3_000_000_000))
        try write(root.certificate.der, "certificate/root")
        try write(first.der, "certificate/node-ed25519")
        try write(second.der, "certificate/node-sm2")
        try write(second.pem, "certificate/node-pem")
        try write(empty.der, "certificate/list-empty")
        try write(list.der, "certificate/list")
        func directory(
            _ certificates: [(UInt32, X509Certificate)], _ lists: [RevocationList]
        ) throws -> Bytes {
            try DirectoryDraft(
                network: Scene.network, version: 1, issuedAt: Scene.now,
                suites: [.sm2WithSM3, .ed25519WithSHA256],
                nodes: try certificates.map { number, certificate in
                    DirectoryNode(
                        province: try #require(ProvinceCode(number)),
                        endpoint: "tcp://127.0.0.1:\(5000 + number / 10_000)",
                        curvePublicKey: Bytes(repeating: UInt8(number / 10_000), count: 32),
                        certificates: [certificate])
                }, revocationLists: lists
            ).encoded()
        }
        try write(try directory([(510_000, first)], []), "directory/no-list")
        try write(try directory([(510_000, first)], [empty]), "directory/one-node")
        try write(
            try directory([(510_000, first), (520_000, second)], [list]), "directory/two-nodes")
        print(String(decoding: root.certificate.pem, as: UTF8.self))
    }
}
