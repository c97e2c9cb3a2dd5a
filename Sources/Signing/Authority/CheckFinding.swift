/// One thing that was looked at, and what was found.
package struct CheckFinding: Hashable, Sendable {
    package enum Subject: String, Sendable, CaseIterable {
        case root
        case certificate
        case fileMode = "file_mode"
        case keyMatch = "key_match"
        case chain
        case distinguishingID = "distid"
        case keyUsage = "key_usage"
        case province
        case dates
        case revocation
        case revocationList = "revocation_list"
        case curveKey = "curve_key"
        case identityKey = "identity_key"
        case storeKey = "store_key"
        case directory
    }

    package let subject: Subject
    /// The file that was looked at.
    package let file: String
    package let isOK: Bool
    /// What is so, as a sentence.
    package let reason: String
    /// What to do about it; nil if nothing is to be done.
    package let advice: String?
    /// Days until what was looked at ends; nil where nothing ends.
    package let daysLeft: Int?
}

/// What ``CredentialCheck`` found, in the order in which it looked.
package struct CheckReport: Hashable, Sendable {
    package internal(set) var findings: [CheckFinding] = []

    package var isOK: Bool { findings.allSatisfy(\.isOK) }
    package var failures: [CheckFinding] { findings.filter { !$0.isOK } }

    mutating func good(
        _ subject: CheckFinding.Subject, _ file: String, _ reason: String, daysLeft: Int? = nil
    ) {
        findings.append(
            CheckFinding(
                subject: subject, file: file, isOK: true, reason: reason, advice: nil,
                daysLeft: daysLeft))
    }

    mutating func bad(
        _ subject: CheckFinding.Subject, _ file: String, _ reason: String, _ advice: String,
        daysLeft: Int? = nil
    ) {
        findings.append(
            CheckFinding(
                subject: subject, file: file, isOK: false, reason: reason, advice: advice,
                daysLeft: daysLeft))
    }
}
