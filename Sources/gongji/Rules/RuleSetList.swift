import Domain
import RuleFiles
import RuleSets

/// The rule sets of a folder as they stand on a day.
struct RuleSetList {
    let folder: RuleFolder
    let path: String
    let on: BusinessDate
    /// Nil: of all regions.
    let region: RegionCode?

    private var sets: [LoadedRuleSet] {
        guard let region else { return folder.sets }
        return folder.sets.filter { !Set($0.set.regions).isDisjoint(with: region.path) }
    }

    /// The name of the set that governs what stays inside ``region``.
    var governing: String? { region.flatMap { folder.book.set(for: [$0], on: on)?.name } }

    var text: String {
        var table = TextTable("name", "regions", "from", "until", ">rules", "on \(on)", "title")
        let governing = governing
        for loaded in sets {
            let set = loaded.set
            table.add(
                set.name, set.regions.map(\.description).joined(separator: ", "),
                set.from.description, set.until?.description ?? "-", String(set.rules.count),
                set.name == governing ? "governs" : set.standing(on: on), set.title)
        }
        guard let region else { return "\(path)\n\(table.text())" }
        let last =
            governing.map { "\($0) governs what stays inside \(region) on \(on)" }
            ?? "no set governs what stays inside \(region) on \(on)"
        return "\(path)\n" + (table.isEmpty ? last : "\(table.text())\n\(last)")
    }

    var json: JSON {
        [
            "folder": .text(path), "on": .describing(on),
            "region": .optional(region?.description), "governing": .optional(governing),
            "sets": .array(
                sets.map { loaded in
                    loaded.head(on: on).merging(["rules": .int(loaded.set.rules.count)])
                }),
        ]
    }
}

extension RuleSet {
    func standing(on day: BusinessDate) -> String {
        isInForce(on: day) ? "in force" : day < from ? "not yet in force" : "no longer in force"
    }
}

extension LoadedRuleSet {
    /// All but the rules.
    func head(on day: BusinessDate) -> JSON {
        [
            "name": .text(set.name), "title": .text(set.title), "source": .text(source),
            "file": .text(file), "regions": .array(set.regions.map { .describing($0) }),
            "from": .describing(set.from), "until": .optional(set.until?.description),
            "in_force": .bool(set.isInForce(on: day)),
        ]
    }
}
