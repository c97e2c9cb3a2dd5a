/// Kinship of the recipient to the giver that crosses a province (rule N4).
package enum Kinship: UInt8, Sendable, CaseIterable {
    case spouse = 1
    case parent = 2
    case child = 3
    case sibling = 4
    case paternalGrandparent = 5
    case maternalGrandparent = 6
    /// Child of a son.
    case sonsChild = 7
    /// Child of a daughter.
    case daughtersChild = 8

    package var word: String {
        switch self {
        case .spouse: "spouse"
        case .parent: "parent"
        case .child: "child"
        case .sibling: "sibling"
        case .paternalGrandparent: "paternal_grandparent"
        case .maternalGrandparent: "maternal_grandparent"
        case .sonsChild: "sons_child"
        case .daughtersChild: "daughters_child"
        }
    }
}

/// What is paid for (rules N10, N12, N13).
package enum Category: UInt8, Sendable, CaseIterable {
    case medicalCare = 1
    case pharmacy = 2
    case residentInsurancePremium = 3
    case longTermCarePremium = 4

    /// A premium is paid from quota, in full, or not at all (rule N13).
    package var isPremium: Bool {
        switch self {
        case .medicalCare, .pharmacy: false
        case .residentInsurancePremium, .longTermCarePremium: true
        }
    }

    package var word: String {
        switch self {
        case .medicalCare: "medical_care"
        case .pharmacy: "pharmacy"
        case .residentInsurancePremium: "resident_insurance_premium"
        case .longTermCarePremium: "long_term_care_premium"
        }
    }
}

/// How a person is insured (rule N3): only an employee insured has a personal account to give from.
package enum Insurance: UInt8, Sendable, CaseIterable {
    case employee = 1
    case resident = 2

    package var word: String {
        switch self {
        case .employee: "employee"
        case .resident: "resident"
        }
    }
}

/// Over which channel a relation was made or ended (rule N5).
package enum Channel: UInt8, Sendable, CaseIterable {
    case nationalApp = 1
    case provincialPlatform = 2
    case agencyWindow = 3

    package var word: String {
        switch self {
        case .nationalApp: "national_app"
        case .provincialPlatform: "provincial_platform"
        case .agencyWindow: "agency_window"
        }
    }
}

/// A designated institution or pharmacy, or the collecting agency of a premium: its national code,
/// 1 to 32 characters of `A-Z`, `0-9`, `-`.
package struct InstitutionCode: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    package init?(_ text: some StringProtocol) { self.init(String(text)) }

    /// Not generic, as every record of a transaction has one and is read several times.
    package init?(_ text: String) {
        let utf8 = text.utf8
        guard (1...32).contains(utf8.count) else { return nil }
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"):
                continue
            default: return nil
            }
        }
        self.text = text
    }

    package var description: String { text }
    package static func < (left: InstitutionCode, right: InstitutionCode) -> Bool {
        left.text < right.text
    }
}
