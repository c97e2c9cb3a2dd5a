import ArgumentParser
import Domain
import Gateway
import RuleFiles
import RuleSets
import Signing

/// `gongji register`: the designated institutions of a province (rules N10, Z8, W8).
struct RegisterCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "register",
        abstract: "Check, import and show the register of designated institutions.",
        discussion: """
            A register is a CSV file (docs/rulesets.md) that ends with the number of its entries \
            (end,1233), so that one that was cut off is seen. Each province has its own.

            Example: gongji register check institutions.csv
            """,
        subcommands: [Check.self, Import.self, Show.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a register; tells all faults, one a line.",
            discussion: """
                Exits 1 if anything is wrong.

                Example: gongji register check institutions.csv
                """)

        @OptionGroup var output: OutputOptions
        @OptionGroup var emptiness: EmptyRegisterOptions
        @Argument(help: "The CSV file.") var file: String

        func run() throws {
            try telling(json: output.json) {
                let read = try RegisterFile.read(file, output)
                try emptiness.check(read.register)
                let page = RegisterPage(read.register, on: BusinessDate(at: Clock.now()))
                if output.json {
                    Console.out(JSON.object([.init(key: "ok", value: true)]).merging(page.json))
                } else {
                    Console.out("\(page.text)\nall is right")
                }
            }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a register in the place of the one that a node has.",
            discussion: """
                The file is checked, copied beside the node's register and renamed over it, at one \
                stroke. A running node takes it over within a second, without a restart. Nothing \
                is changed if anything is wrong, or an institution is of another province.

                Example: gongji register import institutions.csv --node nodes/370000
                """)

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @OptionGroup var emptiness: EmptyRegisterOptions
        @Argument(help: "The CSV file.") var file: String

        func run() throws {
            try telling(json: output.json) {
                let local = try node.folder()
                let destination = try local.registerPath()
                let read = try RegisterFile.read(file, output)
                try emptiness.check(read.register)
                try read.refuseOthers(than: local.province(), output)
                let before = try? InstitutionRegisterFile.load(destination)
                try PublicFile.replace(destination, read.bytes)
                let page = RegisterPage(read.register, on: BusinessDate(at: Clock.now()))
                output.show(
                    """
                    \(page.text)
                    \(destination): \(before.map { "\($0.entries.count) before, " } ?? "")\
                    \(counted(read.register.entries.count, "record")) now
                    A running node takes it over within a second; to see it: \
                    gongji status --node \(local.path)
                    """,
                    "register",
                    JSON.object([
                        .init(key: "file", value: .text(destination)),
                        .init(
                            key: "records_before",
                            value: before.map { .int($0.entries.count) } ?? nil),
                    ]).merging(page.json))
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an institution of a register, or how many of each kind there are.",
            discussion: """
                With a code: every record of it, and whether one holds on the day; exits 1 if none \
                does.

                Example: gongji register show H37030000001 --node nodes/370000 --on 2026-11-23
                """)

        @OptionGroup var node: NodeOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "Code of the institution; left out, counts by kind.")
        var code: InstitutionCode?
        @Option(help: ArgumentHelp("Look into this CSV file, not at a node.", valueName: "file"))
        var file: String?
        @Option(help: ArgumentHelp("The day; today if left out.", valueName: "day"))
        var on: DayArgument?

        func validate() throws {
            if file != nil && (node.node != nil || node.cluster != nil) {
                throw ValidationError("Give --file or a node, not both.")
            }
        }

        func run() throws {
            try telling(json: output.json) {
                let path = try file ?? node.folder().registerPath()
                let register = try RegisterFile.read(path, output).register
                let day = on?.date ?? BusinessDate(at: Clock.now())
                guard let code else {
                    let page = RegisterPage(register, on: day)
                    output.show(page.text, "register", page.json)
                    return
                }
                let page = InstitutionPage(code, in: register, on: day)
                if output.json { Console.out(page.json) } else { Console.out(page.text) }
                if page.holding == nil { throw Exit.refused.code }
            }
        }
    }
}

/// A register without entries designates nobody: it is meant, or a mistake.
struct EmptyRegisterOptions: ParsableArguments {
    @Flag(help: "The register may have no entry: then no institution is designated.")
    var allowEmpty = false

    /// Throws ``CommandFailure``.
    func check(_ register: InstitutionRegister) throws {
        guard register.entries.isEmpty && !allowEmpty else { return }
        throw CommandFailure.failed(
            "the register has no entry, so no institution would be designated. If that is meant, "
                + "give --allow-empty")
    }
}

/// A register read from a file, with its octets as UTF-8.
private struct RegisterFile {
    private static let faultsToldMax = 100

    let path: String
    let register: InstitutionRegister
    let bytes: Bytes

    /// Shows the faults of the file and throws the exit code if there are any.
    static func read(_ path: String, _ output: OutputOptions) throws -> RegisterFile {
        let bytes = try PublicFile.read(path, bytesMax: InstitutionRegisterFile.fileBytesMax)
        do throws(RuleFileFaults) {
            let register = try InstitutionRegisterFile.read(bytes, file: path)
            // What was read could be converted.
            let text = (try? TextOctets.utf8(bytes)) ?? bytes
            return RegisterFile(path: path, register: register, bytes: text)
        } catch {
            output.show(error.faults)
            throw Exit.refused.code
        }
    }

    /// The same for institutions that are not of `province`.
    func refuseOthers(than province: ProvinceCode, _ output: OutputOptions) throws {
        guard register.entries.contains(where: { $0.region.province != province }) else { return }
        var reader = CSVReader(bytes)
        var faults: [RuleFileFault] = []
        // The entries are in another order than the lines.
        while let item = reader.next() {
            guard case .record(let record) = item, record.fields.count > 2,
                let region = RegionCode(CanonicalText.typed(record.fields[2])),
                region.province != province
            else { continue }
            faults.append(
                RuleFileFault(
                    file: path, line: record.line, what: "region \(region) is not in \(province)"))
        }
        let more = faults.count - RegisterFile.faultsToldMax
        if more > 0 {
            faults.removeLast(more)
            faults.append(RuleFileFault(file: path, what: "and \(more) more faults"))
        }
        output.show(faults)
        throw Exit.refused.code
    }
}

extension LocalNode {
    /// Throws ``CommandFailure`` if the node has no register.
    fileprivate func registerPath() throws -> String {
        guard let register = configuration.register else {
            throw CommandFailure.failed(
                """
                \(configurationPath) names no register. Add this line and start the node again:
                  "register": "institutions.csv",
                """)
        }
        return resolve(register)
    }
}

/// How many records of each kind a register has.
struct RegisterPage {
    let register: InstitutionRegister
    let on: BusinessDate

    init(_ register: InstitutionRegister, on: BusinessDate) {
        (self.register, self.on) = (register, on)
    }

    private func counts(_ kind: InstitutionKind?) -> (all: Int, holding: Int) {
        var counts = (all: 0, holding: 0)
        for entry in register.entries where kind.map({ $0 == entry.kind }) ?? true {
            counts.all += 1
            if entry.isInForce(on: on) { counts.holding += 1 }
        }
        return counts
    }

    var text: String {
        var table = TextTable("kind", ">records", ">on \(on)")
        for kind in InstitutionKind.allCases {
            let counts = counts(kind)
            table.add(kind.word, String(counts.all), String(counts.holding))
        }
        let all = counts(nil)
        table.add("all", String(all.all), String(all.holding))
        return table.text()
    }

    var json: JSON {
        [
            "records": .int(register.entries.count), "on": .describing(on),
            "kinds": .object(
                InstitutionKind.allCases.map { kind in
                    let counts = counts(kind)
                    return JSON.Member(
                        key: kind.word,
                        value: ["records": .int(counts.all), "holding": .int(counts.holding)])
                }),
        ]
    }
}

/// Every record of one code.
struct InstitutionPage {
    let code: InstitutionCode
    let on: BusinessDate
    let entries: [InstitutionRegister.Entry]
    let holding: InstitutionRegister.Entry?

    init(_ code: InstitutionCode, in register: InstitutionRegister, on: BusinessDate) {
        self.code = code
        self.on = on
        entries = register.entries.filter { $0.code == code }
        holding = register.entry(code: code, on: on)
    }

    var text: String {
        guard !entries.isEmpty else { return "\(code) is not in the register" }
        var table = TextTable("kind", "region", "from", "until", "on \(on)", "name")
        for entry in entries {
            table.add(
                entry.kind.word, entry.region.description, entry.from.description,
                entry.until?.description ?? "-", entry == holding ? "holds" : "-", entry.name)
        }
        return """
            \(table.text())
            \(code) is \(holding == nil ? "not " : "")designated on \(on)
            """
    }

    var json: JSON {
        [
            "code": .describing(code), "on": .describing(on), "designated": .bool(holding != nil),
            "records": .array(
                entries.map { entry in
                    [
                        "kind": .text(entry.kind.word), "region": .describing(entry.region),
                        "name": .text(entry.name), "from": .describing(entry.from),
                        "until": .optional(entry.until?.description),
                        "holds": .bool(entry == holding),
                    ]
                }),
        ]
    }
}
