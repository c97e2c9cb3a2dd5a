package import Domain

/// Which row of which table: the octets that begin what the row's tag covers.
///
///     form of the tag (1) ‖ table ‖ length of the key ‖ key
package struct RowName: Sendable {
    package static let keyBytesMax = 45
    private static let form: UInt8 = 1
    private static let headBytes = 3

    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    private let count: Int

    /// `write` writes the key, and returns how many octets it has.
    package init(_ table: RowTable, writing write: (UnsafeMutableRawBufferPointer) -> Int) {
        let written = withUnsafeMutableBytes(of: &words) { octets in
            let written = write(
                UnsafeMutableRawBufferPointer(rebasing: octets[RowName.headBytes...]))
            octets[0] = RowName.form
            octets[1] = table.rawValue
            octets[2] = UInt8(written)
            return written
        }
        count = RowName.headBytes + written
    }

    package init(_ table: RowTable, _ key: some RowKey) {
        self.init(table, writing: key.write(rowKey:))
    }

    /// Of the only row of a table, or of rows that tell their key themselves.
    package init(_ table: RowTable) { self.init(table) { _ in 0 } }

    package func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words) {
            try body(UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }
}

extension RowName: Hashable {
    package static func == (left: RowName, right: RowName) -> Bool {
        left.words.0 == right.words.0 && left.words.1 == right.words.1
            && left.words.2 == right.words.2 && left.words.3 == right.words.3
            && left.words.4 == right.words.4 && left.words.5 == right.words.5
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0 ^ words.3)
        hasher.combine(words.1 ^ words.4)
        hasher.combine(words.2 ^ words.5)
    }
}

/// What rows of a table are told apart by.
package protocol RowKey: Hashable, Sendable, CustomStringConvertible {
    /// Writes at most 45 octets, and returns how many.
    func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int
}

extension Identifier: RowKey {
    package func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int {
        withUnsafeBytes { octets.copyMemory(from: $0) }
        return Identifier.size
    }
}

extension WalletID: RowKey {
    package func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int {
        value.write(rowKey: octets)
    }
}

extension Digest: RowKey {
    package func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int {
        withUnsafeBytes { octets.copyMemory(from: $0) }
        return Digest.size
    }
}

extension ProvinceCode: RowKey {
    package func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int {
        octets.storeBytes(of: number.bigEndian, as: UInt32.self)
        return 4
    }
}

extension Int64: RowKey {
    package func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int {
        octets.storeBytes(of: bigEndian, as: Int64.self)
        return 8
    }
}

extension RowName {
    /// A message that waits for `peer`.
    package init(waitingFor peer: ProvinceCode, _ sequence: Int64) {
        self.init(.outbox) { octets in
            let count = peer.write(rowKey: octets)
            octets.storeBytes(of: sequence.bigEndian, toByteOffset: count, as: Int64.self)
            return count + 8
        }
    }

    /// A note, whose name has at most 45 octets.
    package init(note name: String) {
        self.init(.note) { octets in
            precondition(name.utf8.count <= octets.count, "the note \(name) has too long a name")
            octets.copyBytes(from: name.utf8)
            return name.utf8.count
        }
    }
}
