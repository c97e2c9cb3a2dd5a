import Domain
import Foundation
import Signing
import Testing
import Wire

@Suite struct SecretFileTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("test.key")
        try SigningKey.generate(.sm2WithSM3).write(to: path)
    }

    @Test("mode 0600 and stricter is read", arguments: [0o600, 0o400])
    func strict(mode: Int) throws {
        try folder.setMode("test.key", mode)
        _ = try SigningKey(file: path)
    }

    @Test(
        "a mode that lets anybody else in is refused",
        arguments: [0o640, 0o604, 0o620, 0o602, 0o610, 0o644, 0o660, 0o666, 0o700, 0o4600])
    func open(mode: Int) throws {
        try folder.setMode("test.key", mode)
        #expect(throws: FileRefusal.tooOpen(path: path, mode: UInt16(mode))) {
            try SigningKey(file: path)
        }
    }

    @Test("the refusal says what to do")
    func wording() {
        let text = FileRefusal.tooOpen(path: "/etc/k", mode: 0o644).description
        #expect(text.contains("0644") && text.contains("chmod 600"))
    }

    @Test("a folder in which others may write is refused, a sticky one is not")
    func folderMode() throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o770], ofItemAtPath: folder.path)
        #expect(throws: FileRefusal.folderTooOpen(path: folder.path, mode: 0o770)) {
            try SigningKey(file: path)
        }
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o1777], ofItemAtPath: folder.path)
        _ = try SigningKey(file: path)
    }

    @Test("a symbolic link is followed only to a place that is as safe")
    func links() throws {
        let other = try TemporaryFolder()
        let link = other.file("link.key")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        _ = try SigningKey(file: link)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        #expect(throws: FileRefusal.self) { try SigningKey(file: link) }
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        try folder.setMode("test.key", 0o644)
        #expect(throws: FileRefusal.self) { try SigningKey(file: link) }
    }

    @Test("a missing file, a folder and a large file are refused")
    func notFiles() throws {
        let missing = folder.file("none.key")
        #expect(throws: FileRefusal.missing(path: missing)) { try SigningKey(file: missing) }
        #expect(throws: FileRefusal.self) { try SigningKey(file: folder.path) }
        let large = try folder.write("large.key", Bytes(repeating: 0x20, count: 20_000))
        try folder.setMode("large.key", 0o600)
        #expect(throws: FileRefusal.tooLarge(path: large, bytesMax: 16_384)) {
            try SigningKey(file: large)
        }
    }

    @Test("CURVE keys come back from their files, the secret one of mode 0600")
    func curveKeys() throws {
        let secret = String(repeating: "0f", count: 32)
        let keys = try CurveKeys(secretHex: secret, publicHex: String(repeating: "AB", count: 32))
        let node = NodeFolder(folder.path)
        try keys.write(secretFile: node.curveSecretFile, publicFile: node.curvePublicFile)
        let again = try node.curveKeys()
        #expect(again.secret.withUnsafeBytes { Bytes($0) } == Bytes(repeating: 0x0f, count: 32))
        #expect(again.publicKey == Bytes(repeating: 0xab, count: 32))
        try folder.setMode("curve.key", 0o640)
        #expect(throws: FileRefusal.self) { try node.curveKeys() }
        for bad in [
            "", secret + "00", String(secret.dropLast()), String(repeating: "0g", count: 32),
        ] {
            #expect(throws: AuthorityRefusal.badCurveKey) {
                try CurveKeys(secretHex: bad, publicHex: secret)
            }
        }
    }
}
