package import Wire

extension Suite {
    /// The digest function of the suite.
    package var hashing: any Hashing {
        switch self {
        case .sm2WithSM3: SM3Hashing()
        case .ed25519WithSHA256: SHA256Hashing()
        }
    }

    /// The name of the suite in the directory, in configuration and on the command line.
    package var name: String {
        switch self {
        case .sm2WithSM3: "sm2-sm3"
        case .ed25519WithSHA256: "ed25519-sha256"
        }
    }

    /// Nil if no suite has that name.
    package init?(name: String) {
        guard let suite = Suite.allCases.first(where: { $0.name == name }) else { return nil }
        self = suite
    }

    /// OpenSSL's name for the type of key.
    var keyType: String {
        switch self {
        case .sm2WithSM3: "SM2"
        case .ed25519WithSHA256: "ED25519"
        }
    }

    /// The digest that is part of the signature algorithm; Ed25519 has its own inside.
    var signatureDigest: String? {
        switch self {
        case .sm2WithSM3: "SM3"
        case .ed25519WithSHA256: nil
        }
    }

    /// Whether a key of the suite can be encrypted to: SM2 can (GM/T 0003.4), Ed25519 only signs.
    package var seals: Bool {
        switch self {
        case .sm2WithSM3: true
        case .ed25519WithSHA256: false
        }
    }

    /// The most octets that a signature of the suite has: DER of two numbers of 33 octets; RFC 8032.
    package var signatureBytesMax: Int {
        switch self {
        case .sm2WithSM3: 72
        case .ed25519WithSHA256: 64
        }
    }
}
