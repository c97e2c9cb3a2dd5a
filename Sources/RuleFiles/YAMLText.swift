import Yams

/// One YAML document as a tree of nodes that know their lines. What a rule set does not need is
/// refused: anchors and aliases (a small file could stand for a tree without end), a second document.
enum YAMLText {
    /// Whether the last line that is not empty is the mark for the end of a document (YAML 1.2 §9.1.2).
    static func isEnded(_ text: String) -> Bool {
        text.split(whereSeparator: \.isNewline).last == "..."
    }

    /// The root, or nil after the reason was added to `faults`.
    static func root(of text: String, faults: FaultList) -> Node? {
        if let line = lineOfAnchor(in: text) {
            faults.add(
                line: line, "anchors and aliases (&, *) are not read",
                allowed: "& or * only after a letter or before a space")
            return nil
        }
        do {
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let root = try parser.nextRoot() else {
                faults.add(line: 1, "the file is empty", allowed: "one rule set")
                return nil
            }
            if let second = try parser.nextRoot() {
                faults.add(
                    line: second.mark?.line, "a second document begins", allowed: "one rule set")
                return nil
            }
            return root
        } catch let error as YamlError {
            add(error, to: faults, text)
        } catch {
            faults.add(line: nil, "not YAML")
        }
        return nil
    }

    /// Looked for in the text, as the tree does not tell an alias from what it stands for, and
    /// comparing keys made of aliases can take for ever. Comments and quotes count too: telling them
    /// apart here would be a second reader of YAML, which could be wrong where the first is right.
    private static func lineOfAnchor(in text: String) -> Int? {
        var line = 1
        var before = UInt8(ascii: "\n")
        var sign = false
        for byte in text.utf8 {
            if sign, isLetterOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
            {
                return line
            }
            sign =
                (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"))
                && !isLetterOrDigit(before)
            if byte == UInt8(ascii: "\n") { line += 1 }
            before = byte
        }
        return nil
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    private static func add(_ error: YamlError, to faults: FaultList, _ text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = context.map { ", \($0.text) in line \($0.mark.line)" } ?? ""
            faults.add(
                line: mark.line, column: mark.column,
                "not YAML: \(quotable(problem + place, max: 200))")
        case .reader(let problem, let offset, _, _):
            let line = 1 + text.prefix(offset ?? 0).count { $0.isNewline }
            faults.add(line: line, "not YAML: \(quotable(problem, max: 200))")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map(quoted).joined(separator: ", ")
            faults.add(
                line: context.mark.line, column: context.mark.column,
                "duplicate key \(names) of one mapping; the first stands here")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            faults.add(line: nil, "not YAML")
        }
    }
}
