import CZeroMQ

/// Binary in printable characters, five for four octets (RFC 32).
package enum Z85 {
    /// Nil unless the count of octets is a multiple of 4.
    package static func encode(_ bytes: [UInt8]) -> String? {
        guard bytes.count.isMultiple(of: 4) else { return nil }
        if bytes.isEmpty { return "" }
        var text = [CChar](repeating: 0, count: bytes.count / 4 * 5 + 1)
        guard zmq_z85_encode(&text, bytes, bytes.count) != nil else { return nil }
        return text.withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: UInt8.self) {
                String(decoding: $0.dropLast(), as: UTF8.self)
            }
        }
    }

    /// Nil unless the text is whole groups of five characters of the alphabet, each group within
    /// 32 bits.
    package static func decode(_ text: String) -> [UInt8]? {
        let count = text.utf8.count
        guard count.isMultiple(of: 5), !text.utf8.contains(0) else { return nil }
        if count == 0 { return [] }
        var bytes = [UInt8](repeating: 0, count: count / 5 * 4)
        guard zmq_z85_decode(&bytes, text) != nil else { return nil }
        return bytes
    }
}
