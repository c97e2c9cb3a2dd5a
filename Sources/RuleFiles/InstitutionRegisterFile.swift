package import Domain
package import RuleSets

/// The register of institutions as a file: CSV with a header, one entry a record, and an end mark that
/// counts them: `end,1233`. Without it a file that was cut off would be a shorter register.
package enum InstitutionRegisterFile {
    /// What the record that ends the file begins with; no code is in small letters.
    package static let endMark = "end"
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
        let text: Bytes
        do { text = try TextOctets.utf8(bytes) } catch {
            faults.add(line: error.line, error.what)
            throw RuleFileFaults(faults.faults)
        }
        var reader = CSVReader(text, recordBytesMax: recordBytesMax)
        guard readHeader(&reader, faults) else { throw RuleFileFaults(faults.faults) }
        var entries: [InstitutionRegister.Entry] = []
        var lines: [Int] = []
        var records = 0
        var last = 1
        var isEnded = false
        while let item = reader.next() {
            switch item {
            case .fault(let fault): faults.add(line: fault.line, fault.what)
            case .record(let record):
                guard record.line <= linesMax else {
                    faults.add(line: record.line, "more than \(linesMax) lines")
                    throw RuleFileFaults(faults.faults)
                }
                if isEnded { faults.add(line: record.line, "something stands after the end mark") }
                if record.fields.first == endMark {
                    checkEnd(record, records, faults)
                    isEnded = true
                    continue
                }
                (records, last) = (records + 1, record.line)
                guard let entry = entry(record, faults) else { continue }
                entries.append(entry)
                lines.append(record.line)
            }
        }
        if !isEnded {
            faults.add(
                line: last + 1, "the file has no end mark, so it may be cut off",
                allowed: "a last line that counts the entries, such as \(endMark),\(records)")
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
        writer.write([endMark, String(register.entries.count)])
        return writer.text
    }

    /// Spreadsheet programs write the empty fields of the record too.
    private static func checkEnd(
        _ record: CSVReader.Record, _ records: Int, _ faults: FaultList
    ) {
        let rest = record.fields.dropFirst(2)
        guard record.fields.count > 1, rest.count <= header.count - 2,
            rest.allSatisfy(\.isEmpty),
            let count = wholeNumber(CanonicalText.typed(record.fields[1]))
        else {
            faults.add(
                line: record.line, "bad end mark",
                allowed: "\(endMark) and the number of entries, such as \(endMark),\(records)")
            return
        }
        if count != records {
            faults.add(
                line: record.line, "the end mark counts \(count), and the file has \(records)",
                allowed: "the number of entries before it")
        }
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
        // Full-width letters and digits are read as what they stand for.
        let code = InstitutionCode(CanonicalText.typed(fields[0]))
        if code == nil { refuse("code", fields[0], "1 to 32 of A-Z, 0-9 and -") }
        let kind = kinds[fields[1]]
        if kind == nil {
            refuse(
                "kind", fields[1], InstitutionKind.words.words.joined(separator: ", "),
                nearest: nearest(to: fields[1], in: InstitutionKind.words.words))
        }
        let region = RegionCode(CanonicalText.typed(fields[2]))
        if region == nil { refuse("region", fields[2], "six digits from 110000 to 919999") }
        let isName = isPlainLine(fields[3], max: nameMax)
        if !isName { refuse("name", fields[3], "one line of at most \(nameMax) characters") }
        let from = BusinessDate(iso: CanonicalText.typed(fields[4]))
        if from == nil { refuse("from", fields[4], "a day, YYYY-MM-DD") }
        let until =
            fields[5].isEmpty ? nil : BusinessDate(iso: CanonicalText.typed(fields[5]))
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
