package import Domain
package import Wire

/// Why an identity number was not sealed or not opened. Safe to log.
package enum SealingRefusal: Error, Equatable, CustomStringConvertible {
    case suiteCannotSeal(Suite)
    /// Its keyUsage has no dataEncipherment, or it is an authority's.
    case notForSealing(keyID: Digest)
    /// The directory has no certificate of the province that holds now and may be sealed to.
    case noCertificate(ProvinceCode)
    /// Damaged, for another key, for another context, or no identity number: which of these is not
    /// said, so that nobody learns about a box by sending variants of it.
    case cannotBeOpened

    package var description: String {
        switch self {
        case .suiteCannotSeal(let suite):
            "a key of suite \(suite.name) only signs: nothing can be sealed to it"
        case .notForSealing(let keyID):
            "the certificate \(keyID) lacks keyUsage dataEncipherment: its province must rotate "
                + "to one that has it before anything can be sealed to it"
        case .noCertificate(let province):
            "the directory has no certificate of \(province) that holds now and can be sealed to"
        case .cannotBeOpened:
            "the sealed identity number cannot be opened"
        }
    }
}
