import Domain
import RuleFiles
import RuleSets

func takeRules(_ input: Bytes) throws(BrokenPromise) -> Bool {
    let folder: RuleFolder
    do throws(RuleFileFaults) {
        folder = try RuleFolder.read(
            [RuleFolder.File(name: "fuzz.yaml", bytes: input)], isWhole: false)
    } catch {
        try check(error)
        return false
    }
    try demand(folder.sets.count == 1, "one file, \(folder.sets.count) sets")
    for set in folder.sets {
        let file = RuleFolder.File(name: set.file, bytes: Bytes(set.text.utf8))
        let same = try own("rule set") { try RuleFolder.read([file], isWhole: false) }
        try demand(same == folder, "another rule set from its own text")
        try demand(set.set.rules.allSatisfy { set.lines[$0.id] != nil }, "a rule without a line")
    }
    return true
}

func takeRegister(_ input: Bytes) throws(BrokenPromise) -> Bool {
    try checkRecords(input)
    let register: InstitutionRegister
    do throws(RuleFileFaults) {
        register = try InstitutionRegisterFile.read(input, file: "fuzz.csv")
    } catch {
        try check(error)
        return false
    }
    let text = Bytes(InstitutionRegisterFile.text(of: register).utf8)
    let same = try own("register") { try InstitutionRegisterFile.read(text, file: "own.csv") }
    try demand(same == register, "another register from its own text")
    return true
}

/// Records that were read are written to a text that gives the same records.
private func checkRecords(_ input: Bytes) throws(BrokenPromise) {
    var reader = CSVReader(input)
    var records: [[String]] = []
    var items = 0
    while let item = reader.next() {
        items += 1
        try demand(items <= input.count, "more records than octets")
        if case .record(let record) = item { records.append(record.fields) }
    }
    guard !records.isEmpty else { return }
    var writer = CSVWriter()
    for fields in records { writer.write(fields) }
    var again = CSVReader(Bytes(writer.text.utf8), recordBytesMax: 4 * input.count + 4)
    for fields in records {
        guard case .record(let record) = again.next(), record.fields == fields else {
            throw BrokenPromise(description: "another record than \(fields) after a round trip")
        }
    }
    try demand(again.next() == nil, "more records after a round trip")
}

/// Faults stand in logs and terminals: one line each, and nothing that moves the cursor.
private func check(_ faults: RuleFileFaults) throws(BrokenPromise) {
    try demand(!faults.faults.isEmpty, "refused without a fault")
    for fault in faults.faults {
        let text = fault.description
        try demand(
            !text.unicodeScalars.contains { $0.properties.generalCategory == .control },
            "a control character in \(text.debugDescription)")
    }
}
