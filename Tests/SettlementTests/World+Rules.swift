import Domain
import Foundation
import RuleFiles
import RuleSets
import Testing

@testable import Settlement

/// What the repository holds besides code.
enum Repository {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }
}

/// The rules and registers that worlds work by.
enum Book {
    /// The five rule sets that are delivered.
    static let deployed: RuleBook = {
        do {
            return try RuleFolder.load(
                folder: Repository.root.appendingPathComponent("deploy/rulesets").path
            ).book
        } catch {
            preconditionFailure("the rule sets of the repository: \(error)")
        }
    }()

    /// One national set of exactly these checks, with what every use needs.
    static func national(_ checks: [Check]) -> RuleBook { book([(.national, checks)]) }

    /// One set a region; each has what every use needs besides.
    static func book(_ sets: [(region: RegionCode, checks: [Check])]) -> RuleBook {
        do throws(RuleBook.Overlap) {
            return try RuleBook(
                sets.map { region, checks in
                    let all = needed + checks
                    return RuleSet(
                        name: "test-\(region)", title: "", regions: [region],
                        from: BusinessDate(year: 2000, month: 1, day: 1)!, until: nil,
                        rules: all.enumerated().map { index, check in
                            Rule(id: RuleID("T\(index)")!, check: check)
                        })
                })
        } catch {
            preconditionFailure("\(error)")
        }
    }

    private static let needed: [Check] = [
        .categories([.medicalCare, .residentInsurancePremium]), .ownCredential,
        .giverInsurance([.employee]), .kinship([.child, .parent, .spouse]),
    ]

    static let cities: [RegionCode] = [210_900, 370_300, 371_000, 440_300].map { RegionCode($0)! }
    static let fuxin = cities[0]
    static let zibo = cities[1]
    static let weihai = cities[2]
    static let shenzhen = cities[3]

    /// In every province and every city that rules name: a hospital, a pharmacy and a collector, in
    /// the register since 2020.
    static let register: InstitutionRegister = {
        let provinces = [210_000, 310_000, 330_000, 370_000, 440_000].map { RegionCode($0)! }
        let entries = (provinces + cities).flatMap { region in
            InstitutionKind.allCases.map { kind in
                InstitutionRegister.Entry(
                    code: institution(kind, in: region), kind: kind, region: region,
                    name: "Sample \(kind.word) \(region)",
                    from: BusinessDate(year: 2020, month: 1, day: 1)!, until: nil)
            }
        }
        do throws(InstitutionRegister.Overlap) { return try InstitutionRegister(entries) } catch {
            preconditionFailure("\(error)")
        }
    }()

    static func institution(_ kind: InstitutionKind, in region: RegionCode) -> InstitutionCode {
        let letter =
            switch kind {
            case .medical: "H"
            case .pharmacy: "P"
            case .collector: "C"
            case .insurer: "I"
            }
        return InstitutionCode("\(letter)\(region)00001")!
    }
}

extension World {
    /// From now on a national set of exactly these checks is in force, everywhere and in place of
    /// whatever was; without any, none is.
    func enforce(_ checks: [Check]?) {
        rules = checks.map { Book.national($0) } ?? Book.book([])
    }
}

/// Identity numbers sealed for tests: a box opens only where it was sealed to, and for what.
final class SealedBoxes: @unchecked Sendable {
    private struct Content {
        let number: String
        let born: BusinessDate
        let province: ProvinceCode
        let context: Identifier
    }

    private var contents: [Bytes: Content] = [:]

    func seal(
        _ number: String, born: BusinessDate, to province: ProvinceCode, context: Identifier
    ) -> Bytes {
        let box = Array("box \(contents.count)".utf8)
        contents[box] = Content(
            number: number, born: born, province: province, context: context)
        return box
    }

    func opener(of province: ProvinceCode) -> any IdentityOpening {
        Opener(boxes: self, province: province)
    }

    private struct Opener: IdentityOpening {
        let boxes: SealedBoxes
        let province: ProvinceCode

        func open(_ box: Bytes, context: Identifier) -> OpenedIdentity? {
            guard let content = boxes.contents[box], content.province == province,
                content.context == context
            else { return nil }
            // Each province has an index of its own.
            var index = Array("\(province) \(content.number)".utf8)
            index += Bytes(repeating: 0, count: Digest.size - index.count)
            return OpenedIdentity(index: Digest(index)!, born: content.born)
        }
    }
}
