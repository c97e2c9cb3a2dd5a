package import Domain

/// What a store says of itself as a whole, sealed and written with each commit: with it a row that
/// was taken away, or put back as it once was, is found, though each row holds by itself.
package struct StoreHead: Sendable, Equatable {
    /// The end of a numbered chain.
    package struct JournalEnd: Sendable, Equatable {
        package var number: UInt64 = 0
        package var chain: Digest = .zero
        package init() {}
    }

    /// Commits that changed something, since the store was made.
    package var commits: UInt64 = 0
    /// The number of the last posting, and its place in the chain of all postings.
    package var postings: Int64 = 0
    package var chain: UInt128 = 0
    /// The sum of the weights of all rows but postings, usage records and journal entries.
    package var sum: UInt128 = 0
    package var inbound = JournalEnd()
    package var outbound = JournalEnd()

    package init() {}

    package subscript(direction: JournalDirection) -> JournalEnd {
        get {
            switch direction {
            case .inbound: inbound
            case .outbound: outbound
            }
        }
        set {
            switch direction {
            case .inbound: inbound = newValue
            case .outbound: outbound = newValue
            }
        }
    }
}

extension StoreHead: KeptRecord {
    package static var kind: String { "head" }
    package static var table: RowTable { .head }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.number(commits)
        writer.number(UInt64(bitPattern: postings))
        writer.wide(chain)
        writer.wide(sum)
        for end in [inbound, outbound] {
            writer.number(end.number)
            writer.digest(end.chain)
        }
    }

    package init(key: Only, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        commits = try reader.number()
        postings = Int64(bitPattern: try reader.number())
        chain = try reader.wide()
        sum = try reader.wide()
        for direction in JournalDirection.allCases {
            self[direction].number = try reader.number()
            self[direction].chain = try reader.digest()
        }
    }

    /// The key of a table of one row.
    package struct Only: RowKey {
        package init() {}
        package func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int { 0 }
        package var description: String { "of the store" }
    }
}

extension ByteWriter {
    package mutating func wide(_ value: UInt128) {
        identifier(
            Identifier(
                high: UInt64(truncatingIfNeeded: value >> 64),
                low: UInt64(truncatingIfNeeded: value)))
    }
}

extension ByteReader {
    package mutating func wide() throws(RecordDamage) -> UInt128 {
        let octets = try identifier()
        return UInt128(octets.high) << 64 | UInt128(octets.low)
    }
}
