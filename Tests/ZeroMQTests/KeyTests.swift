import Testing
import ZeroMQ

@Suite("Keys")
struct KeyTests {
    @Test("Z85 keeps to the test case of RFC 32")
    func vector() {
        let octets: [UInt8] = [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B]
        #expect(Z85.encode(octets) == "HelloWorld")
        #expect(Z85.decode("HelloWorld") == octets)
        #expect(Z85.encode([]) == "" && Z85.decode("") == [])
    }

    @Test(
        "Z85 refuses what is not Z85",
        arguments: ["Hello1", "Hell~", "Hell\u{0}", "Hell\u{FC}", "#####", "%nSc1"])
    func refused(text: String) { #expect(Z85.decode(text) == nil) }

    @Test("Z85 encodes groups of four octets only")
    func groups() { #expect(Z85.encode([1, 2, 3]) == nil) }

    @Test("A public key follows from its secret key, and only it is printed")
    func keyPair() throws {
        #expect(Context.supportsCurve)
        let keys = try CurveKeyPair.generate()
        #expect(keys.publicKey.count == 32 && keys.secretKey.count == 32)
        #expect(try CurveKeyPair(secretKey: keys.secretKey) == keys)
        #expect(try CurveKeyPair.generate() != keys)
        let secret = try #require(Z85.encode(keys.secretKey))
        var dumped = ""
        dump(SocketSecurity.curveServer(keys: keys, domain: "nodes"), to: &dumped)
        #expect(!"\(keys)".contains(secret) && !dumped.contains("secretKey"))
        #expect(throws: ZeroMQError.self) { try CurveKeyPair(secretKey: [1, 2, 3]) }
    }

    /// RFC 7748 §6.1, Alice.
    @Test("The curve is Curve25519")
    func known() throws {
        let secret: [UInt8] = [
            0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2,
            0x66, 0x45, 0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5,
            0x1d, 0xb9, 0x2c, 0x2a,
        ]
        let publicKey: [UInt8] = [
            0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d, 0xdc, 0xb4, 0x3e,
            0xf7, 0x5a, 0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e,
            0xaa, 0x9b, 0x4e, 0x6a,
        ]
        #expect(try CurveKeyPair(secretKey: secret).publicKey == publicKey)
    }
}
