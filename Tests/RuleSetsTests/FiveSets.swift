import Domain
import Foundation
import RuleFiles
import RuleSets

/// The rule sets of the five documents (`docs/rules.md`), as they are deployed. Where a rule of a
/// document needs several checks, their ids are its own with a letter.
enum FiveSets {
    static let all = [national, weihai, zibo, guide, shenzhen]
    static let national = deployed("national-2026")
    static let weihai = deployed("weihai-2020")
    static let zibo = deployed("zibo-2021")
    static let guide = deployed("guide-2024")
    static let shenzhen = deployed("shenzhen-2012")

    static let closest: [Kinship] = [.spouse, .parent, .child]
    static let kinshipsOfNation: [Kinship] = [
        .spouse, .parent, .child, .sibling, .paternalGrandparent, .maternalGrandparent, .sonsChild,
        .daughtersChild,
    ]

    private static func deployed(_ name: String) -> RuleSet {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../deploy/rulesets").standardizedFileURL.path
        do {
            guard let loaded = try RuleFolder.load(folder: folder).loaded(name) else {
                fatalError("there is no rule set \(name) in \(folder)")
            }
            return loaded.set
        } catch { fatalError("\(error)") }
    }
}

extension RuleSet {
    /// The set without this rule, all checks of it.
    func without(_ id: String) -> RuleSet {
        with(rules.filter { $0.id.text != id && !$0.id.text.hasPrefix(id + "-") })
    }

    /// The set without this one check.
    func without(only id: String) -> RuleSet { with(rules.filter { $0.id.text != id }) }

    /// The set with another check under this id.
    func with(_ id: String, _ check: Check) -> RuleSet {
        with(rules.map { $0.id.text == id ? Rule(id: $0.id, check: check) : $0 })
    }

    func with(_ rules: [Rule]) -> RuleSet {
        RuleSet(
            name: name, title: title, regions: regions, from: from, until: until, rules: rules)
    }
}

func rule(_ id: String, _ check: Check) -> Rule { Rule(id: RuleID(id)!, check: check) }
func region(_ number: UInt32) -> RegionCode { RegionCode(number)! }
func fen(_ value: Int64) -> Fen { Fen(value)! }
func day(_ year: Int, _ month: Int, _ day: Int) -> BusinessDate {
    BusinessDate(year: year, month: month, day: day)!
}

/// A moment of that day in Shanghai.
func moment(_ date: BusinessDate, _ hours: Int64, _ minutes: Int64 = 0) -> Instant {
    let midnight = Int64(date.daysSince1970) * 86_400_000 - 8 * 3_600_000
    return Instant(milliseconds: midnight + (hours * 60 + minutes) * 60_000)
}
