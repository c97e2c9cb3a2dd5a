/// Why a text is not an identity number. Safe to log: it says nothing about the text's digits.
package enum IdentityNumberFault: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case length
    case character
    case region
    case dateOfBirth
    case checkDigit

    package var description: String {
        switch self {
        case .length: "an identity number has 18 characters"
        case .character: "an identity number is 17 digits and a digit or a capital X"
        case .region: "the region of the identity number begins with 0"
        case .dateOfBirth: "the identity number has a date of birth that never was"
        case .checkDigit: "the check digit of the identity number does not fit"
        }
    }
}
