import Domain
import Yams

/// A mapping of a file, read key by key. Whatever is not as its key says is added to the faults, and
/// the reading gives nil; so does an optional key that is not there.
struct Fields {
    /// What the mapping is, as messages name it: `check kinship`.
    let owner: String
    let line: Int?
    let faults: FaultList
    private let keys: [Key]
    private let values: [String: Node]
    private let lines: [String: Int]

    /// Nil if `node` is no mapping. `shared` are keys that are known but not told as allowed, as they
    /// were read before.
    init?(_ node: Node, of owner: String, keys: [Key], shared: [Key] = [], faults: FaultList) {
        self.owner = owner
        self.keys = keys
        self.faults = faults
        line = node.mark?.line
        guard case .mapping(let mapping) = node else {
            faults.add(
                line: node.mark?.line, column: node.mark?.column, "\(owner) is no mapping",
                allowed: Key.list(shared + keys))
            return nil
        }
        let known = Set((shared + keys).map(\.name))
        var values: [String: Node] = [:]
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key, known.contains(scalar.string) else {
                let text = key.scalar?.string
                faults.add(
                    line: key.mark?.line, column: key.mark?.column,
                    "unknown key \(text.map(quoted) ?? "of several parts") of \(owner)",
                    nearest: text.flatMap { nearest(to: $0, in: keys.map(\.name)) },
                    allowed: keys.isEmpty ? "no keys" : keys.map(\.name).joined(separator: ", "))
                continue
            }
            values[scalar.string] = value
            lines[scalar.string] = key.mark?.line
        }
        self.values = values
        self.lines = lines
        for key in keys where key.isRequired && values[key.name] == nil {
            faults.add(
                line: line, "\(owner) lacks the key \(quoted(key.name))",
                allowed: key.value.description)
        }
    }

    func line(of key: String) -> Int? { lines[key] }
    func has(_ key: String) -> Bool { values[key] != nil }

    /// Says what is wrong with the value of `key`.
    func refuse(_ key: String, _ what: String) {
        faults.add(line: lines[key] ?? line, "\(quoted(key)) of \(owner) \(what)")
    }

    // MARK: Single values

    func amount(_ key: String) -> Fen? { scalar(key, "amount") { Fen(yuan: $0) } }
    func date(_ key: String) -> BusinessDate? { scalar(key, "day") { BusinessDate(iso: $0) } }
    func clock(_ key: String) -> Int? { scalar(key, "time") { minutesOfDay($0) } }
    func ruleID(_ key: String) -> RuleID? { scalar(key, "rule id") { RuleID($0) } }

    func flag(_ key: String) -> Bool? {
        scalar(key, "value") { $0 == "true" ? true : $0 == "false" ? false : nil }
    }

    func number(_ key: String) -> Int? {
        guard case .number(let range) = self.key(key).value else { misread(key) }
        return scalar(key, "number") { text in
            wholeNumber(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func text(_ key: String) -> String? {
        guard case .line(let max) = self.key(key).value else { misread(key) }
        return scalar(key, "text") { isPlainLine($0, max: max) ? $0 : nil }
    }

    func name(_ key: String) -> String? {
        guard case .name(let max) = self.key(key).value else { misread(key) }
        return scalar(key, "name") { text in
            let isName = text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "-")
            }
            return isName && (1...max).contains(text.utf8.count) ? text : nil
        }
    }

    func bank(_ key: String) -> String? {
        scalar(key, "bank") { text in
            let isCode = text.utf8.allSatisfy {
                (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            }
            return isCode && (1...16).contains(text.utf8.count) ? text : nil
        }
    }

    func word<Value: Worded>(_ key: String, _ type: Value.Type) -> Value? {
        guard let node = values[key], let text = scalar(of: node, key) else { return nil }
        return word(text, node, key, type)
    }

    /// One of the words that the key itself tells.
    func oneOf(_ key: String) -> String? {
        guard case .word(let words) = self.key(key).value else { misread(key) }
        guard let node = values[key], let text = scalar(of: node, key) else { return nil }
        if words.words.contains(text) { return text }
        unknown(text, node, key, words)
        return nil
    }

    // MARK: Lists

    /// Not empty, each value once.
    func words<Value: Worded>(_ key: String, _ type: Value.Type) -> [Value]? {
        list(key) { node in
            scalar(of: node, key).flatMap { word($0, node, key, type) }
        }
    }

    func regions(_ key: String) -> [RegionCode]? {
        list(key) { node in
            guard let text = scalar(of: node, key) else { return nil }
            if let region = RegionCode(text) { return region }
            faults.add(
                line: node.mark?.line, column: node.mark?.column,
                "bad region \(quoted(text)) in \(quoted(key)) of \(owner)",
                allowed: "six digits, 100000 or from 110000 to 919999")
            return nil
        }
    }

    /// The mappings of a list; those that are none are left out, as their fault is told.
    func rows(_ key: String) -> [Fields]? {
        guard case .rows(let keys) = self.key(key).value else { misread(key) }
        guard let nodes = nodes(key) else { return nil }
        var number = 0
        return nodes.compactMap { node in
            number += 1
            return Fields(node, of: "row \(number) of \(quoted(key))", keys: keys, faults: faults)
        }
    }

    func fields(_ key: String) -> Fields? {
        guard case .fields(let keys) = self.key(key).value else { misread(key) }
        guard let node = values[key] else { return nil }
        return Fields(node, of: "\(quoted(key)) of \(owner)", keys: keys, faults: faults)
    }

    /// The nodes of a list that is not empty.
    func nodes(_ key: String) -> [Node]? {
        guard let node = values[key] else { return nil }
        let allowed = self.key(key).value.description
        guard case .sequence(let nodes) = node else {
            faults.add(
                line: node.mark?.line, column: node.mark?.column,
                "\(quoted(key)) of \(owner) is no list", allowed: allowed)
            return nil
        }
        guard !nodes.isEmpty else {
            faults.add(
                line: node.mark?.line, column: node.mark?.column,
                "\(quoted(key)) of \(owner) is empty", allowed: allowed)
            return nil
        }
        return Array(nodes)
    }

    // MARK: Inside

    private func list<Value: Hashable & CustomStringConvertible>(
        _ key: String, _ read: (Node) -> Value?
    ) -> [Value]? {
        list(key, named: \.description, read)
    }

    private func list<Value: Worded>(_ key: String, _ read: (Node) -> Value?) -> [Value]? {
        list(key, named: \.word, read)
    }

    private func list<Value: Hashable>(
        _ key: String, named name: (Value) -> String, _ read: (Node) -> Value?
    ) -> [Value]? {
        guard let nodes = nodes(key) else { return nil }
        var seen: Set<Value> = []
        return complete(
            nodes.map { node in
                guard let value = read(node) else { return nil }
                guard seen.insert(value).inserted else {
                    faults.add(
                        line: node.mark?.line, column: node.mark?.column,
                        "\(name(value)) stands twice in \(quoted(key)) of \(owner)")
                    return nil
                }
                return value
            })
    }

    private func word<Value: Worded>(
        _ text: String, _ node: Node, _ key: String, _ type: Value.Type
    ) -> Value? {
        if let value = Value.allCases.first(where: { $0.word == text }) { return value }
        unknown(text, node, key, Value.words)
        return nil
    }

    private func unknown(_ text: String, _ node: Node, _ key: String, _ words: Key.Words) {
        faults.add(
            line: node.mark?.line, column: node.mark?.column,
            "unknown word \(quoted(text)) in \(quoted(key)) of \(owner)",
            nearest: nearest(to: text, in: words.words),
            allowed: words.words.joined(separator: ", "))
    }

    private func scalar<Value>(
        _ key: String, _ kind: String, _ read: (String) -> Value?
    ) -> Value? {
        guard let node = values[key], let text = scalar(of: node, key) else { return nil }
        if let value = read(text) { return value }
        faults.add(
            line: node.mark?.line, column: node.mark?.column,
            "bad \(kind) \(quoted(text)) in \(quoted(key)) of \(owner)",
            allowed: self.key(key).value.description)
        return nil
    }

    private func scalar(of node: Node, _ key: String) -> String? {
        if case .scalar(let scalar) = node { return scalar.string }
        faults.add(
            line: node.mark?.line, column: node.mark?.column,
            "\(quoted(key)) of \(owner) holds no single value",
            allowed: self.key(key).value.description)
        return nil
    }

    private func key(_ name: String) -> Key {
        guard let key = keys.first(where: { $0.name == name }) else {
            preconditionFailure("\(owner) has no key \(name)")
        }
        return key
    }

    private func misread(_ name: String) -> Never {
        preconditionFailure("the key \(name) of \(owner) is of another kind")
    }
}

/// All values, or nil if one is missing.
func complete<Value>(_ values: [Value?]) -> [Value]? {
    let there = values.compactMap { $0 }
    return there.count == values.count ? there : nil
}
