package import Domain
package import RuleSets

/// The register of institutions as a file: CSV with a header, one entry a record.
package enum InstitutionRegisterFile {
    package static let header = ["code", "kind", "region", "name", "from", "until"]
    package static let fileBytesMax = 256 << 20
    package static let linesMax = 1_000_000
    package static let recordBytesMax = 4096
    package static let nameMax = 200

    /// Throws everything that is wrong, by line, at most 100 faults and how many more there are.
    package static func load(_ path: String) throws(RuleFileFaults) -> InstitutionRegister {
        let bytes: Bytes
        do { bytes = try TextFile.read(path, bytesMax: fileBytesMax) } catch {
            throw RuleFileFaults([
                RuleFileFault(file: quotable(path, max: 200), what: "the file \(error.reason)")
            ])
        }
        return try read(bytes, file: TextFile.name(of: path))
    }

    package static func read(
        _ bytes: Bytes, file: String
    ) throws(RuleFileFaults) -> InstitutionRegister {
        let faults = FaultList(file: file)
        guard bytes.count <= fileBytesMax else {
            faults.add(line: nil, "the file \(TextFile.tooLarge(fileBytesMax).reason)")
            throw RuleFileFaults(faults.faults)
        }
        var reader = CSVReader(bytes, recordBytesMax: recordBytesMax)
        guard readHeader(&reader, faults) else { throw RuleFileFaults(faults.faults) }
        var entries: [InstitutionRegister.Entry] = []
        var lines: [Int] = []
        while let item = reader.next() {
            switch item {
            case .fault(let fault): faults.add(line: fault.line, fault.what)
            case .record(let record):
                guard record.line <= linesMax else {
                    faults.add(line: record.line, "more than \(linesMax) lines")
                    throw RuleFileFaults(faults.faults)
                }
                guard let entry = entry(record, faults) else { continue }
                entries.append(entry)
                lines.append(record.line)
            }
        }
        for overlap in InstitutionRegister.overlaps(in: entries, atMost: linesMax) {
            let entry = entries[overlap.second]
            faults.add(
                line: lines[overlap.second],
                "\(entry.code) is in line \(lines[overlap.first]) too, for days that overlap",
                allowed: "one entry for a code on a day")
        }
        guard faults.count == 0 else { throw RuleFileFaults(faults.faults) }
        do { return try InstitutionRegister(entries) } catch {
            throw RuleFileFaults([RuleFileFault(file: file, what: "entries overlap")])
        }
    }

    /// The file for a register, in the order of its entries.
    package static func text(of register: InstitutionRegister) -> String {
        var writer = CSVWriter(lineEnd: .lf)
        writer.write(header)
        for entry in register.entries {
            writer.write([
                entry.code.text, entry.kind.word, entry.region.description, entry.name,
                entry.from.description, entry.until?.description ?? "",
            ])
        }
        return writer.text
    }

    private static func readHeader(_ reader: inout CSVReader, _ faults: FaultList) -> Bool {
        let allowed = header.joined(separator: ",")
        switch reader.next() {
        case .record(let record) where record.fields == header: return true
        case .record: faults.add(line: 1, "not the header of a register", allowed: allowed)
        case .fault(let fault): faults.add(line: fault.line, fault.what, allowed: allowed)
        case nil: faults.add(line: 1, "the file is empty", allowed: allowed)
        }
        return false
    }

    private static func entry(
        _ record: CSVReader.Record, _ faults: FaultList
    ) -> InstitutionRegister.Entry? {
        let line = record.line
        let fields = record.fields
        guard fields.count == header.count else {
            faults.add(
                line: line,
                fields == [""]
                    ? "an empty line"
                    : "\(fields.count) field\(fields.count == 1 ? "" : "s")",
                allowed: "\(header.count) fields")
            return nil
        }
        func refuse(_ what: String, _ text: String, _ allowed: String, nearest: String? = nil) {
            faults.add(
                line: line, "bad \(what) \(quoted(text))", nearest: nearest, allowed: allowed)
        }
        let code = InstitutionCode(fields[0])
        if code == nil { refuse("code", fields[0], "1 to 32 of A-Z, 0-9 and -") }
        let kind = kinds[fields[1]]
        if kind == nil {
            refuse(
                "kind", fields[1], InstitutionKind.words.words.joined(separator: ", "),
                nearest: nearest(to: fields[1], in: InstitutionKind.words.words))
        }
        let region = RegionCode(fields[2])
        if region == nil { refuse("region", fields[2], "six digits from 110000 to 919999") }
        let isName = isPlainLine(fields[3], max: nameMax)
        if !isName { refuse("name", fields[3], "one line of at most \(nameMax) characters") }
        let from = BusinessDate(iso: fields[4])
        if from == nil { refuse("from", fields[4], "a day, YYYY-MM-DD") }
        let until = fields[5].isEmpty ? nil : BusinessDate(iso: fields[5])
        if until == nil && !fields[5].isEmpty {
            refuse("until", fields[5], "a day, YYYY-MM-DD, or nothing")
        }
        if let from, let until, until < from {
            faults.add(line: line, "until \(until) is before from, \(from)")
            return nil
        }
        guard let code, let kind, let region, isName, let from, until != nil || fields[5].isEmpty
        else { return nil }
        return InstitutionRegister.Entry(
            code: code, kind: kind, region: region, name: fields[3], from: from, until: until)
    }

    private static let kinds: [String: InstitutionKind] = Dictionary(
        uniqueKeysWithValues: InstitutionKind.allCases.map { ($0.word, $0) })
}
