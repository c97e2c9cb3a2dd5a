package import Domain

/// The secret of a store, kept outside it.
package protocol StoreKeying: Sendable {
    /// Tells this key from others, and tells nothing else: 16 octets.
    var check: Bytes { get }

    /// What seals rows, for one thread.
    func makeSealing() -> any RowSealing
}

/// Seals the rows of a store: who has only the disk can neither make a row that holds, nor read what
/// a row says. For one thread at a time.
///
/// The tag of a row is made of its name and all its octets, under a secret key; the octets are
/// encrypted with the tag as their initial counter, so that no two rows but equal ones share one,
/// and no row needs randomness or a counter that a restored backup would take back.
package protocol RowSealing: AnyObject {
    /// What the octets of the row `name` are marked with.
    func mark(_ name: RowName, _ octets: UnsafeRawBufferPointer) -> RowMark

    /// Encrypts octets that are marked with `tag`, in place; the same again decrypts them.
    func veil(_ octets: UnsafeMutableRawBufferPointer, _ tag: UInt128)
}

/// Two independent values of one row under the store's key.
package struct RowMark: Sendable, Equatable {
    package static let tagBytes = 16

    /// Stands with the row.
    package let tag: UInt128
    /// Stands nowhere: summed up over all rows, in the sealed head of the store, it tells a row that
    /// is missing, or that is there as it once was.
    package let weight: UInt128

    package init(tag: UInt128, weight: UInt128) {
        self.tag = tag
        self.weight = weight
    }
}

extension RowSealing {
    /// Seals a row in place: `octets` has room for the tag before the row.
    package func seal(_ name: RowName, _ octets: UnsafeMutableRawBufferPointer) -> RowMark {
        let row = UnsafeMutableRawBufferPointer(rebasing: octets[RowMark.tagBytes...])
        let mark = mark(name, UnsafeRawBufferPointer(row))
        veil(row, mark.tag)
        octets.storeBytes(of: mark.tag.bigEndian, as: UInt128.self)
        return mark
    }

    /// Opens a sealed row in place, so that it stands behind its tag; nil if it does not hold.
    package func open(_ name: RowName, _ octets: UnsafeMutableRawBufferPointer) -> RowMark? {
        guard octets.count >= RowMark.tagBytes else { return nil }
        let tag = UInt128(bigEndian: octets.loadUnaligned(as: UInt128.self))
        let row = UnsafeMutableRawBufferPointer(rebasing: octets[RowMark.tagBytes...])
        veil(row, tag)
        let mark = mark(name, UnsafeRawBufferPointer(row))
        return mark.tag == tag ? mark : nil
    }
}
