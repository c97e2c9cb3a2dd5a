import Domain
import Foundation
import Signing
import Testing
import Wire

/// What `certs/README.md` rules out, issued by the `openssl` command under a root that is trusted.
@Suite("The certificate profile", .serialized) struct ProfileTests {
    private let folder: TemporaryFolder
    private let root: X509Certificate

    private static let good = """
        basicConstraints=critical,CA:FALSE
        keyUsage=critical,digitalSignature,dataEncipherment
        subjectKeyIdentifier=hash
        authorityKeyIdentifier=keyid:always

        """
    private static let distid = "distid:1234567812345678"

    init() throws {
        folder = try TemporaryFolder()
        let key = try SigningKey.generate(.sm2WithSM3)
        let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970) * 1000)
        let authority = try CertificateAuthority.root(
            CertificateSubject(
                province: .national, organization: "Gongji test", commonName: "profile root"),
            key: key,
            validity: Validity(from: now.advanced(byMilliseconds: -86_400_000), days: 7305))
        root = authority.certificate
        try folder.write("root.pem", root.pem)
        try key.write(to: folder.file("root.key"))
        _ = try run("genpkey", "-algorithm", "SM2", "-out", folder.file("node.key"))
    }

    @discardableResult
    private func run(_ arguments: String...) throws -> String {
        let result = try OpenSSLCommand.run(arguments)
        try #require(result.status == 0, "\(result.output)")
        return result.output
    }

    private func issue(
        _ extensions: String = good, subject: String = "/C=CN/O=Test/CN=node/serialNumber=370000",
        days: Int = 700
    ) throws -> X509Certificate {
        try folder.write("extensions", Bytes(extensions.utf8))
        try run(
            "req", "-new", "-utf8", "-key", folder.file("node.key"), "-sm3", "-sigopt",
            ProfileTests.distid, "-subj", subject, "-out", folder.file("node.csr"))
        try run(
            "x509", "-req", "-in", folder.file("node.csr"), "-vfyopt", ProfileTests.distid, "-CA",
            folder.file("root.pem"), "-CAkey", folder.file("root.key"), "-sm3", "-sigopt",
            ProfileTests.distid, "-extfile", folder.file("extensions"), "-days", String(days),
            "-out", folder.file("node.pem"))
        return try X509Certificate(file: folder.file("node.pem"))
    }

    private func fault(_ certificate: X509Certificate) -> ChainFault? {
        switch certificate.issuer(among: [root]) {
        case .success: nil
        case .failure(let fault): fault
        }
    }

    @Test("openssl issues one that is taken, for two years and no longer")
    func good() throws {
        #expect(fault(try issue()) == nil)
        #expect(fault(try issue(days: 730)) == nil)
        #expect(fault(try issue(days: 732)) == .lifetime)
        #expect(fault(try issue(days: 36_500)) == .lifetime)
    }

    @Test(
        "an extension outside the profile is refused, critical or not",
        arguments: [
            ("extendedKeyUsage=critical,serverAuth", ChainFault.otherExtension),
            ("extendedKeyUsage=serverAuth", .otherExtension),
            ("nameConstraints=critical,permitted;DNS:example.cn", .otherExtension),
            ("nameConstraints=permitted;DNS:example.cn", .otherExtension),
            ("subjectAltName=DNS:example.cn", .otherExtension),
            ("1.2.3.4=ASN1:NULL", .otherExtension),
            ("1.2.3.4=critical,ASN1:NULL", .notUnderstood),
        ])
    func extensions(_ line: String, _ expected: ChainFault) throws {
        #expect(fault(try issue(ProfileTests.good + line + "\n")) == expected)
    }

    @Test(
        "basicConstraints and keyUsage are there, critical and as the profile has them",
        arguments: [
            ("basicConstraints=critical,CA:FALSE\n", "", ChainFault.basicConstraints),
            ("critical,CA:FALSE", "CA:FALSE", .basicConstraints),
            ("critical,CA:FALSE", "critical,CA:FALSE,pathlen:0", .basicConstraints),
            (
                "keyUsage=critical,digitalSignature,dataEncipherment\n", "",
                .usageNotCritical
            ),
            ("keyUsage=critical,", "keyUsage=", .usageNotCritical),
        ])
    func constraints(_ part: String, _ other: String, _ expected: ChainFault) throws {
        let found = fault(try issue(ProfileTests.good.replacing(part, with: other)))
        // OpenSSL itself takes a path length on no authority for damage.
        #expect(found == expected || (other.contains("pathlen") && found == .notUnderstood))
    }

    @Test(
        "a name with a control character or a line end is refused",
        arguments: ["node\nrevoked: no", "node\u{1b}[2J", "node\u{202e}000073", "node\t1"])
    func names(_ name: String) throws {
        let certificate = try issue(subject: "/C=CN/O=Test/CN=\(name)/serialNumber=370000")
        #expect(fault(certificate) == .nameCharacters)
    }

    @Test("a root outside the profile is none")
    func roots() throws {
        try folder.write(
            "extensions",
            Bytes(
                """
                [req]
                distinguished_name=name
                [name]
                [good]
                basicConstraints=critical,CA:TRUE,pathlen:0
                keyUsage=critical,digitalSignature,keyCertSign,cRLSign
                subjectKeyIdentifier=hash
                [path]
                basicConstraints=critical,CA:TRUE
                keyUsage=critical,digitalSignature,keyCertSign,cRLSign
                subjectKeyIdentifier=hash
                [usage]
                basicConstraints=critical,CA:TRUE,pathlen:0
                keyUsage=critical,digitalSignature,keyCertSign,cRLSign
                subjectKeyIdentifier=hash
                extendedKeyUsage=critical,serverAuth

                """.utf8))
        func fault(_ section: String, days: Int = 7305) throws -> String? {
            try run(
                "req", "-x509", "-new", "-key", folder.file("node.key"), "-sm3", "-sigopt",
                ProfileTests.distid, "-subj", "/C=CN/O=Test/CN=root/serialNumber=100000", "-config",
                folder.file("extensions"), "-extensions", section, "-days", String(days), "-out",
                folder.file("other.pem"))
            return try X509Certificate(file: folder.file("other.pem")).faultAsRoot
        }
        #expect(try fault("good") == nil)
        #expect(try fault("good", days: 7400) == ChainFault.lifetime.description)
        #expect(try fault("path") == ChainFault.basicConstraints.description)
        #expect(try fault("usage") == ChainFault.otherExtension.description)
    }

    @Test("a directory with such a certificate is refused as a whole")
    func directory() throws {
        let network = try TestNetwork()
        let other = try network.certified(TestNetwork.sichuan)
        let long = try network.certified(to: 900)
        let files = try network.draft([long.certificate], [other.certificate])
            .signed(by: network.authority)
        #expect(
            throws: DirectoryRefusal.badCertificate(
                province: TestNetwork.shandong, index: 0, reason: ChainFault.lifetime.description)
        ) {
            _ = try DirectoryDocument(
                bytes: files.directory, signature: files.signature, roots: [network.root],
                network: nil, current: nil, now: TestNetwork.at(day: 20))
        }
    }
}
