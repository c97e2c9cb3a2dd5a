/// What the recipient is to the giver. Which of them a relation may have is for the rule set (rules
/// N4, W2, Z1, G2, S2).
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
    /// Father or mother of the giver's spouse (rule W2).
    case parentInLaw = 9

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
        case .parentInLaw: "parent_in_law"
        }
    }
}

/// What is paid for (就诊类型). Which of them a shared payment may be for is for the rule set (rules N10,
/// N12, N13, W9, G6, G7, G8).
package enum Category: UInt8, Sendable, CaseIterable {
    case medicalCare = 1
    /// Drugs at a pharmacy.
    case pharmacy = 2
    case residentInsurancePremium = 3
    case longTermCarePremium = 4
    case medicalDevice = 5
    case medicalConsumable = 6
    case commercialInsurance = 7
    case healthCheckup = 8
    case publicHealth = 9
    case sportAndFitness = 10
    case wellness = 11
    case cosmeticMedicine = 12
    /// Plastic surgery that no function of the body asks for.
    case plasticSurgery = 13
    case weightLoss = 14
    case bodybuilding = 15

    /// A premium is paid from quota, in full, or not at all (rule N13).
    package var isPremium: Bool {
        switch self {
        case .residentInsurancePremium, .longTermCarePremium: true
        case .medicalCare, .pharmacy, .medicalDevice, .medicalConsumable, .commercialInsurance,
            .healthCheckup, .publicHealth, .sportAndFitness, .wellness, .cosmeticMedicine,
            .plasticSurgery, .weightLoss, .bodybuilding:
            false
        }
    }

    package var word: String {
        switch self {
        case .medicalCare: "medical_care"
        case .pharmacy: "pharmacy"
        case .residentInsurancePremium: "resident_insurance_premium"
        case .longTermCarePremium: "long_term_care_premium"
        case .medicalDevice: "medical_device"
        case .medicalConsumable: "medical_consumable"
        case .commercialInsurance: "commercial_insurance"
        case .healthCheckup: "health_checkup"
        case .publicHealth: "public_health"
        case .sportAndFitness: "sport_and_fitness"
        case .wellness: "wellness"
        case .cosmeticMedicine: "cosmetic_medicine"
        case .plasticSurgery: "plastic_surgery"
        case .weightLoss: "weight_loss"
        case .bodybuilding: "bodybuilding"
        }
    }
}

/// How care was had (就诊类型): where a document speaks of 门诊 alone (rules S3, Z7), and for looking at usage
/// (rule G15).
package enum VisitType: UInt8, Sendable, CaseIterable {
    /// 普通门诊
    case outpatient = 1
    /// 门诊慢特病: outpatient care of chronic and special diseases, with a pooled part of its own.
    case specialOutpatient = 2
    /// 住院
    case inpatient = 3

    package var word: String {
        switch self {
        case .outpatient: "outpatient"
        case .specialOutpatient: "special_outpatient"
        case .inpatient: "inpatient"
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
    /// The insurance office of a designated institution.
    case institutionOffice = 4
    /// The app, mini program or site of a city.
    case cityPlatform = 5

    package var word: String {
        switch self {
        case .nationalApp: "national_app"
        case .provincialPlatform: "provincial_platform"
        case .agencyWindow: "agency_window"
        case .institutionOffice: "institution_office"
        case .cityPlatform: "city_platform"
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

    /// The region that a code of the national form names: one letter, six digits of GB/T 2260, five more
    /// (`H37030000001`). Nil for any other code.
    package var region: RegionCode? {
        let utf8 = Array(text.utf8)
        guard utf8.count == 12, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(utf8[0]),
            utf8[1...].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return RegionCode(String(decoding: utf8[1...6], as: UTF8.self))
    }

    package var description: String { text }
    package static func < (left: InstitutionCode, right: InstitutionCode) -> Bool {
        left.text < right.text
    }
}

/// Where a relation is in its life (`protocol/states.md`, Relation).
package enum RelationPhase: UInt8, Sendable, CaseIterable {
    /// The recipient's province was asked, or a proof is missing.
    case proposed = 1
    case awaitingConsent = 2
    case active = 3
    case suspended = 4
    /// Ended, with transactions that still hold money of it (rule N11).
    case ending = 5
    case ended = 6

    package var word: String {
        switch self {
        case .proposed: "proposed"
        case .awaitingConsent: "awaiting_consent"
        case .active: "active"
        case .suspended: "suspended"
        case .ending: "ending"
        case .ended: "ended"
        }
    }

    /// Neither ending nor ended.
    package var isAlive: Bool {
        switch self {
        case .proposed, .awaitingConsent, .active, .suspended: true
        case .ending, .ended: false
        }
    }
}

/// Where a withdrawal is (`protocol/states.md`, Withdrawal).
package enum WithdrawalState: UInt8, Sendable, CaseIterable {
    /// The document's province was asked; the money is held.
    case claiming = 1
    /// The money is held until someone else has reviewed it.
    case awaitingReview = 2
    /// To be handed to the bank.
    case approved = 3
    /// The bank has it; whether it was paid is not known.
    case handedOver = 4
    case paid = 5
    /// The bank could not pay; the money is back.
    case returned = 6
    case refused = 7

    package var word: String {
        switch self {
        case .claiming: "claiming"
        case .awaitingReview: "awaiting_review"
        case .approved: "approved"
        case .handedOver: "handed_over"
        case .paid: "paid"
        case .returned: "returned"
        case .refused: "refused"
        }
    }
}

/// From whose side usage records are read (rule G15).
package enum UsageSide: UInt8, Sendable, CaseIterable {
    case giver = 1
    case recipient = 2
    case institution = 3

    package var word: String {
        switch self {
        case .giver: "giver"
        case .recipient: "recipient"
        case .institution: "institution"
        }
    }
}
