import Domain

/// One thing that is wrong with a request.
struct RequestFault: Error, Equatable, CustomStringConvertible {
    /// `bill.card_note.kinship`; empty: the whole.
    let path: String
    let what: String
    /// Empty: that says itself.
    let allowed: String

    var description: String {
        (path.isEmpty ? "" : "\(path): ") + what + (allowed.isEmpty ? "" : "; allowed: \(allowed)")
    }

    var json: JSON {
        ["path": .text(path), "what": .text(what), "allowed": .text(allowed)]
    }
}

/// Everything that is wrong with a request; never empty.
struct RequestFaults: Error {
    let faults: [RequestFault]
}

/// An object of a request, read key by key: what a reading asks for is what is known.
///
/// A reading that finds something wrong notes it and gives a stand-in, so that all faults are found;
/// ``finish()`` of the root throws them.
final class RequestFields {
    private final class Noted { var faults: [RequestFault] = [] }

    private let path: String
    private let members: [String: JSON]
    private let noted: Noted
    private var known: [String] = []
    private var children: [RequestFields] = []

    private init(_ path: String, _ members: [JSON.Member], _ noted: Noted) {
        self.path = path
        self.members = Dictionary(members.map { ($0.key, $0.value) }) { first, _ in first }
        self.noted = noted
    }

    /// The root. Throws if the octets are no JSON object.
    convenience init(_ bytes: Bytes) throws(RequestFaults) {
        let value: JSON
        do { value = try RequestJSON.read(bytes) } catch {
            throw RequestFaults(faults: [
                RequestFault(
                    path: "", what: "no JSON in line \(error.line): \(error.what)", allowed: "")
            ])
        }
        guard case .object(let members) = value else {
            throw RequestFaults(faults: [
                RequestFault(path: "", what: "no object", allowed: "one JSON object")
            ])
        }
        self.init("", members, Noted())
    }

    /// Notes unknown keys, then throws everything that was wrong.
    func finish() throws(RequestFaults) {
        noteUnknown()
        guard noted.faults.isEmpty else { throw RequestFaults(faults: noted.faults) }
    }

    func has(_ key: String) -> Bool { members[key] != nil }

    func fault(_ key: String?, _ what: String, allowed: String = "") {
        noted.faults.append(
            RequestFault(path: key.map(path(of:)) ?? path, what: what, allowed: allowed))
    }

    // MARK: Values

    /// Nil: not there, `null`, or wrong.
    func optionalWord<Value: CaseIterable>(
        _ key: String, _ type: Value.Type, _ word: (Value) -> String
    ) -> Value? {
        let allowed = Value.allCases.map(word).joined(separator: ", ")
        return read(key, allowed) { value in
            guard case .text(let text) = value else { return nil }
            return Value.allCases.first { word($0) == text }
        }
    }

    func word<Value: CaseIterable>(
        _ key: String, _ type: Value.Type, _ word: (Value) -> String
    ) -> Value {
        let allowed = Value.allCases.map(word).joined(separator: ", ")
        guard let standIn = Value.allCases.first else { preconditionFailure("no words") }
        return required(key, allowed, optionalWord(key, type, word)) ?? standIn
    }

    func optionalFlag(_ key: String) -> Bool? {
        read(key, "true, false") { if case .bool(let flag) = $0 { flag } else { nil } }
    }

    func flag(_ key: String) -> Bool {
        required(key, "true, false", optionalFlag(key)) ?? false
    }

    private static let amounts = "fen, a whole number from 0 to \(Fen.limit.value)"

    func optionalAmount(_ key: String) -> Fen? {
        read(key, Self.amounts) { if case .int(let number) = $0 { Fen(number) } else { nil } }
    }

    func amount(_ key: String) -> Fen {
        required(key, Self.amounts, optionalAmount(key)) ?? .zero
    }

    private static let counts = "a whole number from 0 to 1000000"

    func optionalCount(_ key: String) -> Int? {
        read(key, Self.counts) { value in
            guard case .int(let number) = value, (0...1_000_000).contains(number) else {
                return nil
            }
            return Int(number)
        }
    }

    func count(_ key: String) -> Int { required(key, Self.counts, optionalCount(key)) ?? 0 }

    func optionalText(_ key: String) -> String? {
        read(key, "text of at most 200 characters") { value in
            guard case .text(let text) = value, text.count <= 200 else { return nil }
            return text
        }
    }

    func date(_ key: String) -> BusinessDate? {
        read(key, "a day, such as 2026-11-23") { value in
            guard case .text(let text) = value else { return nil }
            return DayArgument(argument: text)?.date
        }
    }

    func instant(_ key: String) -> Instant? {
        read(key, "a time of RFC 3339, such as 2026-11-23T10:00:00+08:00") { value in
            guard case .text(let text) = value else { return nil }
            return try? instantArgument(text)
        }
    }

    func wallet(_ key: String) -> WalletID? {
        read(key, "32 hexadecimal digits") {
            if case .text(let text) = $0 { WalletID(text) } else { nil }
        }
    }

    func digest(_ key: String) -> Digest? {
        read(key, "64 hexadecimal digits") {
            if case .text(let text) = $0 { Bytes(hex: text).flatMap { Digest($0) } } else { nil }
        }
    }

    private static let codes = "a code of six digits in quotes, such as \"370300\""

    func optionalRegion(_ key: String) -> RegionCode? {
        read(key, Self.codes) {
            if case .text(let text) = $0 { RegionCode(text) } else { nil }
        }
    }

    func region(_ key: String) -> RegionCode {
        required(key, Self.codes, optionalRegion(key)) ?? .national
    }

    /// Not empty.
    func regions(_ key: String) -> [RegionCode]? {
        read(key, "a list of codes of six digits in quotes, such as [\"370300\"]") { value in
            guard case .array(let items) = value, !items.isEmpty else { return nil }
            let regions = items.compactMap { item in
                if case .text(let text) = item { RegionCode(text) } else { nil }
            }
            return regions.count == items.count ? regions : nil
        }
    }

    func optionalObject(_ key: String) -> RequestFields? {
        read(key, "an object") { value in
            guard case .object(let members) = value else { return nil }
            return adopt(RequestFields(path(of: key), members, noted))
        }
    }

    /// One without members if it is missing, so that its own keys are told as missing.
    func object(_ key: String) -> RequestFields {
        let faults = noted.faults.count
        if let object = optionalObject(key) { return object }
        // A value that is no object is one fault, and not also that of every key inside it.
        let isWrong = noted.faults.count > faults
        return RequestFields(path(of: key), [], isWrong ? Noted() : noted)
    }

    /// The value of a key that is an object or one word.
    func isText(_ key: String, _ text: String) -> Bool { members[key] == .text(text) }

    /// Knows the key without reading it.
    func skip(_ key: String) { known.append(key) }

    // MARK: Inside

    private func read<Value>(
        _ key: String, _ allowed: String, _ read: (JSON) -> Value?
    ) -> Value? {
        if !known.contains(key) { known.append(key) }
        guard let member = members[key], member != .null else { return nil }
        if let value = read(member) { return value }
        let shown = member.compact
        fault(
            key, "bad value \(shown.count > 60 ? shown.prefix(60) + "…" : shown)",
            allowed: allowed)
        return nil
    }

    /// A value that was wrong is told already.
    private func required<Value>(_ key: String, _ allowed: String, _ value: Value?) -> Value? {
        if value == nil, members[key] == nil || members[key] == .null {
            fault(key, "missing", allowed: allowed)
        }
        return value
    }

    private func adopt(_ child: RequestFields) -> RequestFields {
        children.append(child)
        return child
    }

    private func noteUnknown() {
        for key in members.keys.sorted() where !known.contains(key) {
            fault(key, "unknown key", allowed: known.joined(separator: ", "))
        }
        for child in children { child.noteUnknown() }
    }

    private func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
