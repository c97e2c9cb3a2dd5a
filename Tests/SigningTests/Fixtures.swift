import Domain
import Foundation
import Signing
import Wire

/// A root and what it issues, in memory.
struct TestNetwork {
    static let start = Instant(milliseconds: 1_780_000_000_000)  // 2026-05-29
    static let days: Int64 = 86_400_000
    static let shandong = province("370000")
    static let sichuan = province("510000")

    let authority: CertificateAuthority
    var root: X509Certificate { authority.certificate }

    init(_ name: String = "test root", id: DistinguishingID = .standard) throws {
        authority = try CertificateAuthority.root(
            CertificateSubject(province: .national, organization: "Gongji test", commonName: name),
            key: try .generate(.sm2WithSM3),
            validity: Validity(from: TestNetwork.at(day: -1000), days: 7305), distinguishingID: id)
    }

    static func province(_ code: String) -> ProvinceCode { ProvinceCode(code)! }
    static func at(day: Int64) -> Instant { start.advanced(byMilliseconds: day * days) }

    func template(
        _ province: ProvinceCode, _ key: SigningKey, from: Int64 = 0, to: Int64 = 730
    ) -> CertificateTemplate {
        CertificateTemplate(
            subject: CertificateSubject(
                province: province, organization: "Gongji test", commonName: "node \(province)"),
            publicKey: key.publicKey,
            validity: Validity(from: TestNetwork.at(day: from), to: TestNetwork.at(day: to)))
    }

    func certified(
        _ province: ProvinceCode = shandong, _ suite: Suite = .sm2WithSM3, from: Int64 = 0,
        to: Int64 = 730, _ change: (inout CertificateTemplate) -> Void = { _ in }
    ) throws -> CertifiedKey {
        let key = try SigningKey.generate(suite)
        var template = template(province, key, from: from, to: to)
        change(&template)
        return try CertifiedKey(key: key, certificate: try authority.issue(template))
    }

    func list(
        _ entries: [RevocationList.Entry] = [], number: UInt64 = 1,
        id: DistinguishingID = .standard
    ) throws -> RevocationList {
        try authority.revocationList(
            number: number, entries, thisUpdate: TestNetwork.at(day: 10),
            nextUpdate: TestNetwork.at(day: 40), distinguishingID: id)
    }

    /// Two nodes, with both suites allowed.
    func draft(_ first: [X509Certificate], _ second: [X509Certificate]) throws -> DirectoryDraft {
        DirectoryDraft(
            network: "gongji-test-1", version: 3, issuedAt: TestNetwork.at(day: 10),
            suites: [.sm2WithSM3, .ed25519WithSHA256],
            nodes: [
                DirectoryNode(
                    province: TestNetwork.shandong, endpoint: "tcp://10.37.0.1:7370",
                    curvePublicKey: Bytes(repeating: 1, count: 32), certificates: first),
                DirectoryNode(
                    province: TestNetwork.sichuan, endpoint: "tcp://sichuan.example:7510",
                    curvePublicKey: Bytes(repeating: 2, count: 32), certificates: second),
            ], revocationLists: [try list()])
    }
}

/// A new folder of mode 0700 that goes with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("gongji-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ name: String, _ bytes: Bytes) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    func setMode(_ name: String, _ mode: Int) throws {
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: file(name))
    }
}

/// The `openssl` command, the other implementation's front door.
enum OpenSSLCommand {
    static func run(_ arguments: String...) throws -> (status: Int32, output: String) {
        try run(arguments)
    }

    static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
