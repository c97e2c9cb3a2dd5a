import Domain
import Foundation
import Signing
import Testing
import Wire

@Suite struct CertificateTests {
    private let network: TestNetwork

    init() throws { network = try TestNetwork() }

    @Test("a province certificate says what was asked for", arguments: Wire.Suite.allCases)
    func fields(suite: Wire.Suite) throws {
        let certificate = try network.certified(TestNetwork.sichuan, suite).certificate
        #expect(certificate.province == TestNetwork.sichuan)
        #expect(certificate.commonName == "node 510000")
        #expect(certificate.organization == "Gongji test")
        #expect(certificate.usage == .province(suite))
        #expect(certificate.maySeal == (suite == .sm2WithSM3))
        #expect(!certificate.isAuthority && certificate.maySignBatches)
        #expect(certificate.publicKey.suite == suite)
        #expect(certificate.validity.notBefore == TestNetwork.at(day: 0))
        #expect(certificate.validity.notAfter == TestNetwork.at(day: 730))
        #expect(certificate.serial.count == 16)
        #expect(certificate.keyID == SM3Hashing().digest(certificate.der))
        #expect(try certificate.issuer(among: [network.root]).get() == network.root)
        #expect(try X509Certificate(pem: certificate.pem) == certificate)
    }

    @Test("openssl reads the key usages that the profile names")
    func usages() throws {
        let folder = try TemporaryFolder()
        for (suite, words) in [
            (Wire.Suite.sm2WithSM3, "Digital Signature, Data Encipherment\n"),
            (.ed25519WithSHA256, "Digital Signature\n"),
        ] {
            let path = try folder.write(
                "node.pem", network.certified(TestNetwork.shandong, suite).certificate.pem)
            let text = try OpenSSLCommand.run("x509", "-in", path, "-noout", "-ext", "keyUsage")
            #expect(text.output.contains("critical") && text.output.contains(words))
        }
    }

    @Test("a root is fit to be one, a province certificate is not")
    func root() throws {
        #expect(network.root.faultAsRoot == nil)
        #expect(network.root.province == .national)
        #expect(!network.root.maySignBatches)
        #expect(try network.certified().certificate.faultAsRoot != nil)
        #expect(try TestNetwork("other", id: .empty).root.faultAsRoot != nil)
    }

    @Test("certificates end after 2049 too (GeneralizedTime, RFC 5280 §4.1.2.5)")
    func farDates() throws {
        let certificate = try network.certified(from: 0, to: 12_000).certificate
        #expect(certificate.validity.notAfter == TestNetwork.at(day: 12_000))
    }

    @Test("the openssl command accepts the chain, and only with the identity")
    func commandVerifies() throws {
        let folder = try TemporaryFolder()
        let root = try folder.write("root.pem", network.root.pem)
        let time = String(TestNetwork.at(day: 5).milliseconds / 1000)
        for suite in Wire.Suite.allCases {
            let node = try folder.write(
                "node.pem", network.certified(TestNetwork.shandong, suite).certificate.pem)
            let good = try OpenSSLCommand.run(
                "verify", "-x509_strict", "-attime", time, "-vfyopt", "distid:1234567812345678",
                "-CAfile", root, node)
            #expect(good.status == 0, "\(good.output)")
            let bad = try OpenSSLCommand.run("verify", "-attime", time, "-CAfile", root, node)
            #expect(bad.status != 0)
        }
        let text = try OpenSSLCommand.run("x509", "-in", root, "-noout", "-text")
        #expect(text.output.contains("SM2-with-SM3"), "\(text.output)")
    }

    @Test("every octet of a certificate counts")
    func damage() throws {
        let der = try network.certified().certificate.der
        for index in der.indices {
            var damaged = der
            damaged[index] ^= 0x01
            guard let certificate = try? X509Certificate(der: damaged) else { continue }
            let isAccepted = (try? certificate.issuer(among: [network.root]).get()) != nil
            #expect(!isAccepted, "octet \(index)")
        }
        #expect(throws: CertificateRefusal.self) { try X509Certificate(der: der + [0]) }
        #expect(throws: CertificateRefusal.self) { try X509Certificate(der: der.dropLast()) }
        #expect(throws: CertificateRefusal.malformed) { try X509Certificate(der: []) }
        #expect(throws: CertificateRefusal.notPEM) { try X509Certificate(pem: der) }
    }

    @Test("chain faults have names")
    func faults() throws {
        let impostor = try TestNetwork()  // the same name, another key
        let stranger = try TestNetwork("another root")
        let cases: [(X509Certificate, ChainFault)] = [
            (try stranger.certified().certificate, .otherIssuer),
            (try impostor.certified().certificate, .otherAuthorityKey),
            (
                try network.certified { $0.distinguishingID = .empty }.certificate,
                .otherDistinguishingID
            ),
            (
                try network.certified { $0.distinguishingID = DistinguishingID("ALICE") }
                    .certificate, .badSignature
            ),
        ]
        for (certificate, fault) in cases {
            #expect(throws: fault) { try certificate.issuer(among: [network.root]).get() }
        }
    }

    @Test("a subject outside the profile is not issued")
    func badSubject() throws {
        for name in ["", String(repeating: "x", count: 65)] {
            #expect(throws: CertificateRefusal.self) {
                try network.certified {
                    $0.subject = CertificateSubject(
                        province: TestNetwork.shandong, organization: "o", commonName: name)
                }
            }
        }
        #expect(throws: CertificateRefusal.self) { try network.certified(from: 2, to: 1) }
    }

    @Test("a revocation list says what was asked for, and openssl reads it")
    func revocationList() throws {
        let certificate = try network.certified().certificate
        let entry = RevocationList.Entry(
            serial: certificate.serial, revokedAt: TestNetwork.at(day: 7), reason: .keyCompromise)
        let list = try network.list([entry], number: 12)
        #expect(list.number == 12)
        #expect(list.entries == [entry])
        #expect(list.thisUpdate == TestNetwork.at(day: 10))
        #expect(list.nextUpdate == TestNetwork.at(day: 40))
        #expect(list.revocation(of: certificate.serial) == TestNetwork.at(day: 7))
        #expect(list.fault(against: network.root) == nil)
        #expect(list.fault(against: try TestNetwork().root) == .badSignature)
        #expect(try network.list(id: .empty).fault(against: network.root) == .otherDistinguishingID)

        let folder = try TemporaryFolder()
        let path = try folder.write("root.crl", list.pem)
        #expect(try RevocationList(file: path).der == list.der)
        let text = try OpenSSLCommand.run("crl", "-in", path, "-noout", "-text")
        #expect(text.output.contains("SM2-with-SM3") && text.output.contains("Key Compromise"))
    }

    @Test("every octet of a revocation list counts")
    func listDamage() throws {
        let der = try network.list([
            RevocationList.Entry(
                serial: [0x41, 2], revokedAt: TestNetwork.at(day: 7), reason: .superseded)
        ]).der
        for index in der.indices {
            var damaged = der
            damaged[index] ^= 0x01
            guard let list = try? RevocationList(der: damaged) else { continue }
            #expect(list.fault(against: network.root) != nil, "octet \(index)")
        }
    }

    @Test("a request that openssl made is taken, one with another identity is not")
    func requests() throws {
        let folder = try TemporaryFolder()
        let key = folder.file("test.key")
        _ = try OpenSSLCommand.run("genpkey", "-algorithm", "SM2", "-out", key)
        for (id, isTaken) in [("1234567812345678", true), ("8765432187654321", false)] {
            let path = folder.file("\(id).csr")
            let made = try OpenSSLCommand.run(
                "req", "-new", "-key", key, "-sm3", "-sigopt", "distid:\(id)", "-subj", "/CN=x",
                "-out", path)
            try #require(made.status == 0, "\(made.output)")
            if isTaken {
                #expect(try CertificateRequest(file: path).publicKey.suite == .sm2WithSM3)
            } else {
                #expect(throws: CertificateRefusal.notProven) {
                    try CertificateRequest(file: path)
                }
            }
        }
    }
}
