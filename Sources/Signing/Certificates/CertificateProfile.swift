import COpenSSL
import Domain
import Foundation

/// What of the profile (`certs/README.md`) can be seen in a certificate alone. Read once.
struct CertificateProfile: Sendable {
    /// The first thing outside of the profile, whoever it is of; nil if there is none.
    let fault: ChainFault?
    /// pathLenConstraint, if there is one.
    let pathLength: Int?

    /// The extensions that the profile has; no other one, critical or not, says anything that this
    /// program would keep to.
    private static let extensions = [
        NID_basic_constraints, NID_key_usage, NID_subject_key_identifier,
        NID_authority_key_identifier,
    ]

    init(reading x509: OpaquePointer) {
        let length = X509_get_pathlen(x509)
        pathLength = length < 0 ? nil : length
        fault =
            CertificateProfile.faultOfExtensions(x509)
            ?? CertificateProfile.faultOfNames(x509)
    }

    private static func faultOfExtensions(_ x509: OpaquePointer) -> ChainFault? {
        var known: CInt = 0
        for nid in extensions {
            let found = gongji_extension(x509, nid)
            if found == -2 { return .notUnderstood }
            if found >= 0 { known += 1 }
        }
        guard X509_get_ext_count(x509) == known else { return .otherExtension }
        guard gongji_extension(x509, NID_basic_constraints) == 1,
            X509_get_extension_flags(x509) & UInt32(EXFLAG_BCONS) != 0
        else { return .basicConstraints }
        guard gongji_extension(x509, NID_key_usage) == 1 else { return .usageNotCritical }
        return nil
    }

    /// Names are shown on terminals and stand in logs.
    private static func faultOfNames(_ x509: OpaquePointer) -> ChainFault? {
        for name in [X509_get_subject_name(x509), X509_get_issuer_name(x509)] {
            for index in 0..<X509_NAME_entry_count(name) {
                var octets: UnsafeMutablePointer<UInt8>?
                let count = gongji_name_text(name, index, &octets)
                guard count >= 0, let octets else { return .nameCharacters }
                defer { gongji_free(octets) }
                let text = UnsafeBufferPointer(start: octets, count: Int(count))
                guard let text = String(validating: text, as: UTF8.self), isPlain(text) else {
                    return .nameCharacters
                }
            }
        }
        return nil
    }

    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
