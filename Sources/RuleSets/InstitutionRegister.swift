package import Domain

/// The designated institutions and pharmacies of a province, with collecting agencies and insurers,
/// each for the days on which it is one (rules N10, N12, Z8, W8).
package struct InstitutionRegister: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package let code: InstitutionCode
        package let kind: InstitutionKind
        package let region: RegionCode
        package let name: String
        package let from: BusinessDate
        /// The last day; nil: until further notice.
        package let until: BusinessDate?

        package init(
            code: InstitutionCode, kind: InstitutionKind, region: RegionCode, name: String,
            from: BusinessDate, until: BusinessDate?
        ) {
            self.code = code
            self.kind = kind
            self.region = region
            self.name = name
            self.from = from
            self.until = until
        }

        package func isInForce(on date: BusinessDate) -> Bool {
            from <= date && until.map { date <= $0 } ?? true
        }
    }

    /// Two entries of one code on one day, or (`first == second`) one that ends before it begins.
    /// Both are indexes into what was given.
    package struct Overlap: Error, Hashable {
        package let first: Int
        package let second: Int
    }

    private struct Known: Hashable {
        let code: InstitutionCode
        /// Else the name stands for it.
        let isCode: Bool
    }

    /// By code, then by day.
    package let entries: [Entry]
    /// Where the entries of a code begin and end in ``entries``.
    private let ranges: [InstitutionCode: Range<Int>]
    private let issuers: [String: Known]

    package static let empty = InstitutionRegister(sorted: [])

    private init(sorted entries: [Entry]) {
        var ranges: [InstitutionCode: Range<Int>] = [:]
        ranges.reserveCapacity(entries.count)
        var start = 0
        for index in entries.indices {
            let next = index + 1
            guard next == entries.count || entries[next].code != entries[start].code else {
                continue
            }
            ranges[entries[start].code] = start..<next
            start = next
        }
        self.entries = entries
        self.ranges = ranges
        issuers = InstitutionRegister.issuers(entries)
    }

    /// Entries in any order; those of one code must not overlap in days.
    package init(_ entries: [Entry]) throws(Overlap) {
        if let overlap = InstitutionRegister.overlaps(in: entries, atMost: 1).first {
            throw overlap
        }
        self.init(sorted: InstitutionRegister.order(of: entries).map { entries[$0] })
    }

    /// Of one code, each entry is compared with that which reaches furthest of those which begin
    /// before it; entries that end before they begin are told alone.
    package static func overlaps(in entries: [Entry], atMost limit: Int) -> [Overlap] {
        var found: [Overlap] = []
        var furthest: Int?
        for index in order(of: entries) where found.count < limit {
            let entry = entries[index]
            if let until = entry.until, until < entry.from {
                found.append(Overlap(first: index, second: index))
                continue
            }
            guard let before = furthest, entries[before].code == entry.code else {
                furthest = index
                continue
            }
            let end = entries[before].until
            if end.map({ $0 < entry.from }) ?? false {
                furthest = index
            } else {
                found.append(Overlap(first: min(before, index), second: max(before, index)))
                if let reach = end, entry.until.map({ $0 > reach }) ?? true { furthest = index }
            }
        }
        return found
    }

    /// What the register has of an issuer as people write it, by code or by name.
    package enum Issuer: Hashable, Sendable {
        /// By its code: what it is on the day, or was last, or will be.
        case coded(Entry)
        /// By its name, in place of which its code is meant.
        case named(InstitutionCode)
    }

    package func issuer(_ text: String, on date: BusinessDate) -> Issuer? {
        guard let found = issuers[CanonicalText.folded(text)], let range = ranges[found.code] else {
            return nil
        }
        guard found.isCode else { return .named(found.code) }
        let entry = entries[range].last { $0.from <= date } ?? entries[range.lowerBound]
        return .coded(entry)
    }

    /// The entry of `code` that holds on `date`.
    package func entry(code: InstitutionCode, on date: BusinessDate) -> Entry? {
        guard let range = ranges[code] else { return nil }
        // The last one that does not begin after the day is the only one that can hold.
        var low = range.lowerBound
        var high = range.upperBound
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].from <= date { low = middle + 1 } else { high = middle }
        }
        guard low > range.lowerBound, entries[low - 1].isInForce(on: date) else { return nil }
        return entries[low - 1]
    }

    /// Codes and names as they fold. A code counts before a name, and of a name that several bear the
    /// lowest code.
    private static func issuers(
        _ entries: [Entry]
    ) -> [String: Known] {
        var issuers: [String: Known] = [:]
        issuers.reserveCapacity(2 * entries.count)
        for entry in entries {
            let name = CanonicalText.folded(entry.name)
            if !name.isEmpty, issuers[name] == nil {
                issuers[name] = Known(code: entry.code, isCode: false)
            }
        }
        for entry in entries {
            issuers[CanonicalText.folded(entry.code.text)] = Known(code: entry.code, isCode: true)
        }
        return issuers
    }

    /// Indexes by code, then by first day; registers come in this order more often than not.
    private static func order(of entries: [Entry]) -> [Int] {
        func precedes(_ left: Int, _ right: Int) -> Bool {
            let (a, b) = (entries[left], entries[right])
            return a.code == b.code ? a.from < b.from : a.code < b.code
        }
        let indexes = Array(entries.indices)
        let isOrdered = zip(indexes, indexes.dropFirst()).allSatisfy { !precedes($1, $0) }
        return isOrdered ? indexes : indexes.sorted { precedes($0, $1) }
    }
}
