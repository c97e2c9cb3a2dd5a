import CZeroMQ
import Glibc

/// The Curve25519 keys of one party (RFC 26). Prints as its public key only.
package struct CurveKeyPair: Hashable, Sendable {
    /// Octets of a key.
    package static let keySize = 32

    package let publicKey: [UInt8]
    package let secretKey: [UInt8]

    /// New keys from the system's source of randomness.
    ///
    /// - Throws: ``ZeroMQError`` with `ENOTSUP` if the library was built without CURVE.
    package static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: textSize)
        var secretText = publicText
        if zmq_curve_keypair(&publicText, &secretText) != 0 { throw .last("zmq_curve_keypair") }
        guard let publicKey = key(publicText), let secretKey = key(secretText) else {
            throw ZeroMQError(code: EINVAL, operation: "zmq_z85_decode")
        }
        return CurveKeyPair(publicKey: publicKey, secretKey: secretKey)
    }

    private init(publicKey: [UInt8], secretKey: [UInt8]) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// The keys of a secret key; the public one is computed.
    ///
    /// - Throws: ``ZeroMQError`` with `EINVAL` unless there are 32 octets, with `ENOTSUP` if the
    ///   library was built without CURVE.
    package init(secretKey: [UInt8]) throws(ZeroMQError) {
        guard secretKey.count == CurveKeyPair.keySize, let secretText = Z85.encode(secretKey) else {
            throw ZeroMQError(code: EINVAL, operation: "zmq_curve_public")
        }
        var publicText = [CChar](repeating: 0, count: CurveKeyPair.textSize)
        if zmq_curve_public(&publicText, secretText) != 0 { throw .last("zmq_curve_public") }
        guard let publicKey = CurveKeyPair.key(publicText) else {
            throw ZeroMQError(code: EINVAL, operation: "zmq_z85_decode")
        }
        self.init(publicKey: publicKey, secretKey: secretKey)
    }

    /// 40 characters of Z85 and the end of a C string.
    private static let textSize = 41

    private static func key(_ text: [CChar]) -> [UInt8]? {
        Z85.decode(String(decoding: text.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}

extension CurveKeyPair: CustomStringConvertible, CustomReflectable {
    package var description: String { "CurveKeyPair(\(Z85.encode(publicKey) ?? ""))" }
    package var customMirror: Mirror { Mirror(self, children: ["publicKey": publicKey]) }
}
