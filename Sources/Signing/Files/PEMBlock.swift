import COpenSSL
import Domain

/// One block of PEM (RFC 7468): a label and the octets between its lines.
struct PEMBlock {
    let label: String
    let der: Bytes

    /// The first block in `text`; text before and after it is not looked at.
    static func first(in text: Bytes) -> PEMBlock? { all(in: text, limit: 1).first }

    /// At most `limit` blocks, in the order in which they stand.
    static func all(in text: Bytes, limit: Int) -> [PEMBlock] {
        text.withUnsafeBytes { octets -> [PEMBlock] in
            guard let bio = BIO_new_mem_buf(octets.baseAddress, CInt(octets.count)) else {
                return []
            }
            defer {
                BIO_free(bio)
                ERR_clear_error()
            }
            var blocks: [PEMBlock] = []
            while blocks.count < limit {
                var name: UnsafeMutablePointer<CChar>?
                var header: UnsafeMutablePointer<CChar>?
                var data: UnsafeMutablePointer<UInt8>?
                var count = 0
                guard PEM_read_bio(bio, &name, &header, &data, &count) == 1 else { break }
                blocks.append(
                    PEMBlock(
                        label: name.map { String(cString: $0) } ?? "",
                        der: Bytes(UnsafeBufferPointer(start: data, count: count))))
                CRYPTO_free(name, #file, #line)
                CRYPTO_free(header, #file, #line)
                CRYPTO_free(data, #file, #line)
            }
            return blocks
        }
    }

    /// Base64 in lines of 64 characters between the two lines of the label.
    var text: Bytes {
        var text = Bytes("-----BEGIN \(label)-----\n".utf8)
        for start in stride(from: 0, to: der.count, by: 48) {
            let line = Array(der[start..<min(start + 48, der.count)])
            // EVP_EncodeBlock ends what it writes with a zero octet.
            let encoded = Bytes(unsafeUninitializedCapacity: 65) { room, count in
                count = Int(EVP_EncodeBlock(room.baseAddress, line, CInt(line.count)))
            }
            text += encoded
            text.append(UInt8(ascii: "\n"))
        }
        return text + Bytes("-----END \(label)-----\n".utf8)
    }
}
