import Domain
import RuleSets
import Yams

/// What one file gave: the set if nothing is wrong with it, and the parts that are compared with
/// those of other files, each if it could be read.
struct ReadRuleSet {
    let faults: FaultList
    var loaded: LoadedRuleSet?
    var name: String?
    var regions: [RegionCode]?
    var from: BusinessDate?
    var until: BusinessDate?
    /// Of the keys, for faults between files.
    var nameLine: Int?
    var regionsLine: Int?
}

enum RuleSetReader {
    static let keys: [Key] = [
        Key("name", .name(max: 32)), Key("title", .line(200)), Key("source", .line(200)),
        Key("regions", .regions), Key("from", .date), Key("until", .date, optional: true),
        Key("rules", .rules),
    ]
    static let ruleKeys: [Key] = [
        Key("id", .ruleID),
        Key("check", .word(Key.Words(kind: "check", words: CheckForm.all.map(\.word)))),
    ]

    static func read(_ text: String, file: String) -> ReadRuleSet {
        var read = ReadRuleSet(faults: FaultList(file: file))
        guard let root = YAMLText.root(of: text, faults: read.faults),
            let fields = Fields(root, of: "the rule set", keys: keys, faults: read.faults)
        else { return read }
        if !YAMLText.isEnded(text) {
            // Cut between two rules a file would still be a rule set, and a milder one.
            read.faults.add(
                line: text.count { $0.isNewline } + 1,
                "the file has no end mark, so it may be cut off",
                allowed: "a last line of three dots")
        }
        read.name = fields.name("name")
        read.nameLine = fields.line(of: "name")
        read.regions = fields.regions("regions")
        read.regionsLine = fields.line(of: "regions")
        read.from = fields.date("from")
        read.until = fields.date("until")
        if let from = read.from, let until = read.until, until < from {
            fields.refuse("until", "is \(until), before from, \(from)")
        }
        let title = fields.text("title")
        let source = fields.text("source")
        var lines: [RuleID: Int] = [:]
        let rules = fields.nodes("rules").map { nodes in
            nodes.map { rule($0, lines: &lines, faults: read.faults) }
        }
        guard read.faults.count == 0, let name = read.name, let title, let source,
            let regions = read.regions, let from = read.from, let rules,
            let rules = complete(rules)
        else { return read }
        let set = RuleSet(
            name: name, title: title, regions: regions, from: from, until: read.until,
            rules: rules)
        for fault in set.faults {
            read.faults.add(
                line: fault.rule.flatMap { lines[rules[$0].id] } ?? fields.line,
                fault.rule.map { "rule \(rules[$0].id) cannot be as it is" }
                    ?? "the rule set cannot be as it is",
                allowed: fault.allowed)
        }
        if read.faults.count == 0 {
            read.loaded = LoadedRuleSet(
                set: set, file: file, source: source, text: text, lines: lines)
        }
        return read
    }

    private static func rule(
        _ node: Node, lines: inout [RuleID: Int], faults: FaultList
    ) -> Rule? {
        guard case .mapping(let mapping) = node else {
            faults.add(
                line: node.mark?.line, column: node.mark?.column, "a rule is no mapping",
                allowed: "id, check and the keys of the check")
            return nil
        }
        // Which keys are known depends on the check, so that is looked for first.
        let head = Node.mapping(
            Node.Mapping(
                mapping.filter { pair in ruleKeys.contains { $0.name == pair.key.string } }
                    .map { ($0.key, $0.value) },
                .implicit, .any, node.mark))
        guard let common = Fields(head, of: "a rule", keys: ruleKeys, faults: faults) else {
            return nil
        }
        let id = common.ruleID("id")
        if let id {
            if let before = lines[id] {
                common.refuse("id", "is \(id), which the rule in line \(before) has")
            } else {
                lines[id] = node.mark?.line ?? 0
            }
        }
        guard let form = form(common),
            let fields = Fields(
                node, of: "check \(form.word)", keys: form.keys, shared: ruleKeys, faults: faults)
        else { return nil }
        let check = form.read(fields)
        guard let id, let check else { return nil }
        return Rule(id: id, check: check)
    }

    private static func form(_ fields: Fields) -> CheckForm? {
        guard let word = fields.oneOf("check") else { return nil }
        return CheckForm.named(word)
    }
}
