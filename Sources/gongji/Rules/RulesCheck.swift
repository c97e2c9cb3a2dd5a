import ArgumentParser
import Domain
import RuleFiles
import RuleSets
import Signing

/// `gongji rules check`: whether files of rules can be taken over.
struct CheckRules: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check folders or files of rule sets; tells all faults, one a line.",
        discussion: """
            A folder is checked as a node reads it: all files, and whether they fit together. Files \
            are checked alone and with each other. Exits 1 if anything is wrong.

            Example: gongji rules check deploy/rulesets
            """)

    @OptionGroup var rules: RulesOptions
    @OptionGroup var node: NodeOptions
    @OptionGroup var output: OutputOptions
    @Argument(
        help: ArgumentHelp(
            "Folders and files; without any the folder of --rules.", valueName: "path"))
    var paths: [String] = []
    @Flag(help: "Check nothing; print every check with its keys, and what may stand under each.")
    var words = false

    func validate() throws {
        if !paths.isEmpty
            && (rules.rules != nil || node.node != nil || node.cluster != nil)
        {
            throw ValidationError("Give paths, or --rules or --node; not both.")
        }
        try rules.refuseBoth(node)
    }

    func run() throws {
        try telling(json: output.json) {
            if words {
                output.show(CheckForm.words, "checks", CheckForm.wordsJSON)
                return
            }
            let result = RuleFilesChecked(paths.isEmpty ? [try rules.path(of: node)] : paths)
            guard result.faults.isEmpty else {
                output.show(result.faults)
                throw Exit.refused.code
            }
            if output.json {
                Console.out(["ok": true, "faults": [], "sets": .array(result.sets.map(\.brief))])
            } else {
                Console.out(result.summary)
            }
        }
    }
}

/// What was found in some folders and files.
struct RuleFilesChecked {
    private(set) var sets: [LoadedRuleSet] = []
    private(set) var faults: [RuleFileFault] = []

    init(_ paths: [String]) {
        for path in paths where RuleFolders.isFolder(path) {
            collect { () throws(RuleFileFaults) in try RuleFolder.load(folder: path) }
        }
        let files = paths.filter { !RuleFolders.isFolder($0) }.compactMap { read($0) }
        guard !files.isEmpty else { return }
        collect { () throws(RuleFileFaults) in
            try RuleFolder.read(files, folder: "files", isWhole: false)
        }
    }

    private mutating func collect(_ read: () throws(RuleFileFaults) -> RuleFolder) {
        do { sets += try read().sets } catch { faults += error.faults }
    }

    private mutating func read(_ path: String) -> RuleFolder.File? {
        do {
            return RuleFolder.File(
                name: path, bytes: try PublicFile.read(path, bytesMax: RuleFolder.fileBytesMax))
        } catch {
            let words = "\(error)"
            // Refusals of files begin with the path, which stands there already.
            let what =
                words.hasPrefix(path + " ") ? "the file" + words.dropFirst(path.count) : words
            faults.append(RuleFileFault(file: path, what: what))
            return nil
        }
    }

    var summary: String {
        var table = TextTable("file", "name", ">rules", "title")
        for loaded in sets {
            table.add(
                loaded.file, loaded.set.name, String(loaded.set.rules.count), loaded.set.title)
        }
        let rules = sets.reduce(0) { $0 + $1.set.rules.count }
        return """
            \(table.text())
            all is right: \(counted(sets.count, "set")), \(counted(rules, "rule"))
            """
    }
}

extension LoadedRuleSet {
    fileprivate var brief: JSON {
        ["file": .text(file), "name": .text(set.name), "rules": .int(set.rules.count)]
    }
}

extension CheckForm {
    /// Every check with its keys, in words.
    static var words: String {
        all.map { form in
            var keys = TextTable("key", "", "what may stand there")
            for key in form.keys {
                keys.add(key.name, key.isRequired ? "" : "optional", key.value.description)
            }
            return "\(form.word)\n    \(form.meaning)"
                + (keys.isEmpty ? "" : "\n" + keys.text(indent: 4))
        }.joined(separator: "\n\n")
    }

    static var wordsJSON: JSON {
        .array(
            all.map { form in
                [
                    "check": .text(form.word), "meaning": .text(form.meaning),
                    "keys": .array(
                        form.keys.map { key in
                            [
                                "key": .text(key.name), "required": .bool(key.isRequired),
                                "allowed": .text(key.value.description),
                            ]
                        }),
                ]
            })
    }
}
