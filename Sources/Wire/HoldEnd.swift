package import Domain

/// What two operators of the national node sign so that the holds for one plan end whose primary is silent:
/// nothing is taken (`protocol/messages.md`, hold_end).
package struct HoldEnd: Hashable, Sendable {
    package let network: String
    package let transaction: Identifier
    package let planDigest: Digest
    package let care: ProvinceCode
    package let primary: ProvinceCode
    /// By the clock of whoever made it.
    package let issued: Instant
    /// For people: at most `reasonBytesMax` octets without control characters.
    package let reason: String

    package static let reasonBytesMax = 200

    package init(
        network: String, transaction: Identifier, planDigest: Digest, care: ProvinceCode,
        primary: ProvinceCode, issued: Instant, reason: String
    ) {
        self.network = network
        self.transaction = transaction
        self.planDigest = planDigest
        self.care = care
        self.primary = primary
        self.issued = issued
        self.reason = reason
    }
}

/// One operator's signature.
package struct OperatorSignature: Hashable, Sendable {
    package let suite: Suite
    /// SM3 digest of the operator's certificate.
    package let keyID: Digest
    package let signature: Bytes

    package init(suite: Suite, keyID: Digest, signature: Bytes) {
        self.suite = suite
        self.keyID = keyID
        self.signature = signature
    }
}

/// Who has signed as an operator of the national node.
package struct NationalOperator: Hashable, Sendable {
    /// The common name of the certificate.
    package let name: String
    /// SubjectPublicKeyInfo.
    package let publicKey: Bytes

    package init(name: String, publicKey: Bytes) {
        self.name = name
        self.publicKey = publicKey
    }
}

/// Why a hold-end certificate ends nothing.
package enum HoldEndRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    case otherNetwork
    case fromTheFuture
    /// Not two, or two of one operator or one key.
    case operatorsMissing
    case signature(SignatureRefusal)

    package var description: String {
        switch self {
        case .otherNetwork: "it is for another network"
        case .fromTheFuture: "it is dated in the future"
        case .operatorsMissing: "it has not the signatures of two different operators"
        case .signature(let refusal): "a signature is refused: \(refusal.rawValue)"
        }
    }
}

/// A hold end with its signatures. The octets are signed as they were made, and never encoded again.
package struct HoldEndCertificate: Hashable, Sendable {
    package let holdEnd: HoldEnd
    package let octets: Bytes
    package let signatures: [OperatorSignature]

    /// How many different operators sign.
    package static let operators = 2

    package init(octets: Bytes, signatures: [OperatorSignature]) throws(DecodingRefusal) {
        holdEnd = try HoldEnd(decoding: octets)
        self.octets = octets
        self.signatures = signatures
    }

    /// Unsigned.
    package init(_ holdEnd: HoldEnd) {
        self.holdEnd = holdEnd
        octets = holdEnd.encoded()
        signatures = []
    }

    private init(_ holdEnd: HoldEnd, _ octets: Bytes, _ signatures: [OperatorSignature]) {
        self.holdEnd = holdEnd
        self.octets = octets
        self.signatures = signatures
    }

    /// What an operator signs.
    package var signedBytes: Bytes { Bytes("gongji hold end 1".utf8) + [0] + octets }

    /// The same with one more signature. Throws if the C library fails.
    package func signed(by signer: some BatchSigning) throws -> HoldEndCertificate {
        let signature = OperatorSignature(
            suite: signer.suite, keyID: signer.keyID, signature: try signer.sign(signedBytes))
        return HoldEndCertificate(holdEnd, octets, signatures + [signature])
    }

    /// Throws unless exactly two different operators of the national node signed it, whose certificates held
    /// when it was issued and hold `now`: both names and both keys are different.
    package func verify(
        network: String, at now: Instant, _ verifier: any SignatureVerifying
    ) throws(HoldEndRefusal) {
        guard holdEnd.network == network else { throw .otherNetwork }
        guard holdEnd.issued.milliseconds(since: now) <= Limits.clockSkewMillisecondsMax else {
            throw .fromTheFuture
        }
        guard signatures.count == HoldEndCertificate.operators else { throw .operatorsMissing }
        var found: [NationalOperator] = []
        for signature in signatures {
            for instant in [holdEnd.issued, now] {
                let claim = SignatureClaim(
                    signature.signature, over: signedBytes, suite: signature.suite,
                    keyID: signature.keyID, signer: .national, at: instant)
                switch verifier.nationalOperator(claim) {
                case .success(let person): if instant == now { found.append(person) }
                case .failure(let refusal): throw .signature(refusal)
                }
            }
        }
        guard Set(found.map(\.name)).count == HoldEndCertificate.operators,
            Set(found.map(\.publicKey)).count == HoldEndCertificate.operators
        else { throw .operatorsMissing }
    }
}

/// Whose hold-end certificates a node believes.
package struct HoldEndCheck: Sendable {
    package let network: String
    package let verifier: any SignatureVerifying

    package init(network: String, verifier: any SignatureVerifying) {
        self.network = network
        self.verifier = verifier
    }

    package func refusal(of certificate: HoldEndCertificate, at now: Instant) -> HoldEndRefusal? {
        do throws(HoldEndRefusal) {
            try certificate.verify(network: network, at: now, verifier)
            return nil
        } catch {
            return error
        }
    }
}
