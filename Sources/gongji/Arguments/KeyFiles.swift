import Domain
import Signing
import ZeroMQ

/// The CURVE keys whose secret one stands in the file, as 64 hexadecimal digits (`pki client`).
func curveKeys(at path: String) throws -> CurveKeyPair {
    let secret = try SecretFile.read(path, bytesMax: 256)
    let text = secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    guard let key = Bytes(hex: text.filter { !$0.isWhitespace }), key.count == CurveKeyPair.keySize
    else {
        throw CommandFailure.failed(
            "\(path) is no CURVE secret key of 64 hexadecimal digits; make one: gongji pki client")
    }
    return try CurveKeyPair(secretKey: key)
}

/// SM3 (GB/T 32905) of `bytes`.
func sm3(of bytes: Bytes) -> Digest { SM3Hashing().digest(bytes) }
