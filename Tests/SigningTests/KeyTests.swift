import Domain
import Foundation
import Signing
import Testing
import Wire

@Suite struct KeyTests {
    private static let sm2Header = "3059301306072a8648ce3d020106082a811ccf5501822d034200"
    private static let ed25519Header = "302a300506032b6570032100"
    private let message = Bytes("共济 a batch header".utf8)

    /// GM/T 0003.5 appendix A: identity 1234567812345678, message "message digest".
    @Test("the example signature of GM/T 0003.5 verifies, and no other")
    func standardExample() throws {
        let key = try PublicKey(
            der: Bytes(
                hex: Self.sm2Header + "04"
                    + "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                    + "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13")!)
        let r = "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        let s = "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
        let signature = Bytes(hex: "3046022100\(r)022100\(s)")!
        let text = Bytes("message digest".utf8)
        #expect(key.verifies(signature, over: text))
        #expect(!key.verifies(signature, over: text, id: .empty))
        #expect(!key.verifies(signature, over: Bytes("message digesT".utf8)))
        #expect(!key.verifies(Bytes(hex: "3046022100\(s)022100\(r)")!, over: text))
    }

    /// RFC 8032 §7.1 TEST 2.
    @Test("the example signature of RFC 8032 verifies, and no other")
    func ed25519Example() throws {
        let key = try PublicKey(
            der: Bytes(
                hex: Self.ed25519Header
                    + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")!)
        let signature = Bytes(
            hex: "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")!
        #expect(key.verifies(signature, over: [0x72]))
        #expect(!key.verifies(signature, over: [0x73]))
    }

    @Test("what a key signs, its public half verifies", arguments: Wire.Suite.allCases)
    func roundTrip(suite: Wire.Suite) throws {
        let key = try SigningKey.generate(suite)
        for _ in 0..<20 {
            let signature = try key.sign(message)
            #expect(key.publicKey.verifies(signature, over: message))
            #expect(!key.publicKey.verifies(signature, over: message + [0]))
            #expect(!key.publicKey.verifies(signature + [0], over: message))
            #expect(!key.publicKey.verifies([], over: message))
            for index in signature.indices {
                var damaged = signature
                damaged[index] ^= 1
                #expect(!key.publicKey.verifies(damaged, over: message))
            }
        }
        #expect(
            try !SigningKey.generate(suite).publicKey.verifies(key.sign(message), over: message))
    }

    @Test("an SM2 signature with another identity does not verify")
    func identity() throws {
        let key = try SigningKey.generate(.sm2WithSM3)
        let other = DistinguishingID("8765432187654321")
        let signature = try key.sign(message, id: other)
        #expect(!key.publicKey.verifies(signature, over: message))
        #expect(key.publicKey.verifies(signature, over: message, id: other))
    }

    @Test("the openssl command verifies our SM2 signature, and we verify its")
    func commandInterchange() throws {
        let folder = try TemporaryFolder()
        let key = try SigningKey.generate(.sm2WithSM3)
        try key.write(to: folder.file("test.key"))
        try folder.write("public.pem", key.publicKey.pem)
        let data = try folder.write("data", message)
        let ours = try folder.write("ours.sig", try key.sign(message))
        let verified = try OpenSSLCommand.run(
            "pkeyutl", "-verify", "-pubin", "-inkey", folder.file("public.pem"), "-rawin",
            "-digest", "sm3", "-pkeyopt", "distid:1234567812345678", "-in", data, "-sigfile", ours)
        #expect(verified.status == 0, "\(verified.output)")

        let signed = try OpenSSLCommand.run(
            "pkeyutl", "-sign", "-inkey", folder.file("test.key"), "-rawin", "-digest", "sm3",
            "-pkeyopt", "distid:1234567812345678", "-in", data, "-out", folder.file("theirs.sig"))
        #expect(signed.status == 0, "\(signed.output)")
        let theirs = try PublicFile.read(folder.file("theirs.sig"), bytesMax: 100)
        #expect(key.publicKey.verifies(theirs, over: message))
    }

    @Test("the openssl command verifies our Ed25519 signature")
    func commandEd25519() throws {
        let folder = try TemporaryFolder()
        let key = try SigningKey.generate(.ed25519WithSHA256)
        try folder.write("public.pem", key.publicKey.pem)
        let data = try folder.write("data", message)
        let ours = try folder.write("ours.sig", try key.sign(message))
        let verified = try OpenSSLCommand.run(
            "pkeyutl", "-verify", "-pubin", "-inkey", folder.file("public.pem"), "-rawin",
            "-in", data, "-sigfile", ours)
        #expect(verified.status == 0, "\(verified.output)")
    }

    @Test("a key comes back from its file, which has mode 0600", arguments: Wire.Suite.allCases)
    func file(suite: Wire.Suite) throws {
        let folder = try TemporaryFolder()
        let key = try SigningKey.generate(suite)
        let path = folder.file("test.key")
        try key.write(to: path)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let again = try SigningKey(file: path)
        #expect(again.suite == suite)
        #expect(again.publicKey.isSame(as: key.publicKey))
        #expect(try PublicKey(pem: key.publicKey.pem).isSame(as: key.publicKey))
        #expect(throws: FileRefusal.exists(path: path)) { try key.write(to: path) }
    }

    @Test("a key of another curve, an encrypted key, and no key are refused")
    func unusableKeys() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("test.key")
        for (arguments, refusal) in [
            (["EC", "-pkeyopt", "ec_paramgen_curve:P-256"], KeyRefusal.unsupportedAlgorithm),
            (["SM2", "-aes-256-cbc", "-pass", "pass:secret"], .unreadable),
        ] {
            let made = try OpenSSLCommand.run(
                "genpkey", "-algorithm", arguments[0], arguments[1], arguments[2],
                arguments.count > 3 ? arguments[3] : "-quiet", "-out", path)
            try #require(made.status == 0, "\(made.output)")
            try folder.setMode("test.key", 0o600)
            #expect(throws: refusal) { try SigningKey(file: path) }
        }
        try folder.write("test.key", Bytes("nothing".utf8))
        try folder.setMode("test.key", 0o600)
        #expect(throws: KeyRefusal.unreadable) { try SigningKey(file: path) }
    }

    @Test("a key does not go with another key's certificate")
    func mismatch() throws {
        let network = try TestNetwork()
        let certificate = try network.certified().certificate
        #expect(throws: KeyRefusal.doesNotMatchCertificate) {
            try CertifiedKey(key: try .generate(.sm2WithSM3), certificate: certificate)
        }
    }
}
