import COpenSSL
import Storage

/// HMAC-SHA-256 for what rows are marked with, and AES-256 in counter mode for what hides them, with
/// a key each. Both contexts are made once: a short row then takes 0.2 and 0.1 microseconds.
final class RowSeals: RowSealing {
    private let marks: OpaquePointer
    private let veils: OpaquePointer

    init(_ key: StoreKey) {
        let (marks, veils) = key.derived("gongji store 1: marks of rows").withUnsafeBytes { mark in
            key.derived("gongji store 1: veils of rows").withUnsafeBytes { veil in
                (
                    gongji_row_marks(mark.baseAddress, mark.count),
                    gongji_row_veils(veil.baseAddress)
                )
            }
        }
        guard let marks, let veils else {
            preconditionFailure("no memory for the seals of a store")
        }
        self.marks = marks
        self.veils = veils
    }

    deinit {
        EVP_MAC_CTX_free(marks)
        EVP_CIPHER_CTX_free(veils)
    }

    func mark(_ name: RowName, _ octets: UnsafeRawBufferPointer) -> RowMark {
        withUnsafeTemporaryAllocation(byteCount: 2 * RowMark.tagBytes, alignment: 16) { output in
            let done = name.withUnsafeBytes { name in
                gongji_mark_row(
                    marks, name.baseAddress, name.count, octets.baseAddress, octets.count,
                    output.baseAddress)
            }
            precondition(done == 1, "OpenSSL could not mark a row")
            return RowMark(
                tag: UInt128(bigEndian: output.load(as: UInt128.self)),
                weight: UInt128(
                    bigEndian: output.load(fromByteOffset: RowMark.tagBytes, as: UInt128.self)))
        }
    }

    func veil(_ octets: UnsafeMutableRawBufferPointer, _ tag: UInt128) {
        let done = withUnsafeBytes(of: tag.bigEndian) {
            gongji_veil_row(veils, $0.baseAddress, octets.baseAddress, octets.count)
        }
        precondition(done == 1, "OpenSSL could not encrypt a row")
    }
}
