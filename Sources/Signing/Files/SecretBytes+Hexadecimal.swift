extension SecretBytes {
    /// The `count` octets that hexadecimal digits (either case), with white space at most after
    /// them, stand for; nil if they do not. Leaves nothing in memory that is not cleansed.
    convenience init?(hexadecimal digits: UnsafeRawBufferPointer, count: Int) {
        guard digits.count >= 2 * count,
            digits[(2 * count)...].allSatisfy({ [0x0a, 0x0d, 0x20].contains($0) })
        else { return nil }
        struct NotADigit: Error {}
        do {
            try self.init(capacity: count) { buffer in
                for index in 0..<count {
                    guard let high = value(digits[2 * index]),
                        let low = value(digits[2 * index + 1])
                    else { throw NotADigit() }
                    buffer[index] = high << 4 | low
                }
                return count
            }
        } catch {
            return nil
        }
    }

    /// Lower-case hexadecimal digits and a line feed.
    var hexadecimalLine: SecretBytes {
        withUnsafeBytes { octets in
            SecretBytes(capacity: 2 * octets.count + 1) { buffer in
                for (index, octet) in octets.enumerated() {
                    buffer[2 * index] = digit(octet >> 4)
                    buffer[2 * index + 1] = digit(octet & 15)
                }
                buffer[2 * octets.count] = UInt8(ascii: "\n")
                return buffer.count
            }
        }
    }
}

private func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? value + UInt8(ascii: "0") : value - 10 + UInt8(ascii: "a")
}

private func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
