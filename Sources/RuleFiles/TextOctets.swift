package import Domain
import Glibc

/// The octets of a text file as UTF-8, whichever of its usual forms a program wrote: UTF-8, with or
/// without a mark of byte order; UTF-16 with one; GB18030, of which GBK and GB 2312 are parts, as
/// spreadsheet programs write it.
///
/// GB18030 bears no mark. It is taken for that only if it cannot be UTF-8 with a fault in it: where
/// both might be meant nothing is guessed.
package enum TextOctets {
    package struct Unreadable: Error, Hashable, Sendable {
        /// The first that is not UTF-8, from 1.
        package let line: Int
        /// In words, with how to convert.
        package let what: String
    }

    /// Without a mark of byte order. Throws what cannot be read without guessing.
    package static func utf8(_ bytes: Bytes) throws(Unreadable) -> Bytes {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return try checked(Bytes(bytes[3...])) }
        for (mark, name) in [([0xff, 0xfe] as Bytes, "UTF-16LE"), ([0xfe, 0xff], "UTF-16BE")]
        where bytes.starts(with: mark) {
            guard let text = converted(Bytes(bytes[2...]), from: name) else {
                throw Unreadable(line: 1, what: "not UTF-16, though its mark says so; \(advice)")
            }
            return text
        }
        if isUTF8(bytes[...]) { return bytes }
        guard !looksLikeUTF8(bytes), let text = converted(bytes, from: "GB18030"),
            isOfPlainLetters(text)
        else { return try checked(bytes) }
        return text
    }

    private static let advice =
        "save it as UTF-8, or convert it: iconv -f GB18030 -t UTF-8 FILE > NEW"

    private static func checked(_ bytes: Bytes) throws(Unreadable) -> Bytes {
        guard !isUTF8(bytes[...]) else { return bytes }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let broken = lines.firstIndex { !isUTF8($0) } ?? 0
        throw Unreadable(
            line: broken + 1, what: "neither UTF-8 nor surely GB18030; \(advice)")
    }

    private static func isUTF8(_ bytes: ArraySlice<UInt8>) -> Bool {
        String(validating: bytes, as: UTF8.self) != nil
    }

    /// Whether more than a tenth of the stretches outside ASCII begin with a letter of three octets in
    /// UTF-8: those of GB18030 hardly ever do.
    private static func looksLikeUTF8(_ bytes: Bytes) -> Bool {
        var stretches = 0
        var alike = 0
        var position = 0
        while position < bytes.count {
            guard bytes[position] >= 0x80 else {
                position += 1
                continue
            }
            stretches += 1
            if position + 2 < bytes.count, (0xe1...0xef).contains(bytes[position]),
                (0x80...0xbf).contains(bytes[position + 1]),
                (0x80...0xbf).contains(bytes[position + 2])
            {
                alike += 1
            }
            while position < bytes.count, bytes[position] >= 0x80 { position += 1 }
        }
        return alike * 10 > stretches
    }

    /// ASCII, Chinese letters and their punctuation: other letters are a sign of another encoding.
    private static func isOfPlainLetters(_ text: Bytes) -> Bool {
        String(decoding: text, as: UTF8.self).unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0x09, 0x0a, 0x0d, 0x20...0x7e, 0xb7, 0x2010...0x2027, 0x2116, 0x2160...0x217f,
                0x2460...0x249b, 0x3000...0x3017, 0x3400...0x9fff, 0xff01...0xffe5,
                0x20000...0x3134f:
                true
            default: false
            }
        }
    }

    /// Nil if an octet has no meaning in `encoding`.
    private static func converted(_ bytes: Bytes, from encoding: String) -> Bytes? {
        let converter = iconv_open("UTF-8", encoding)
        guard converter != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(converter) }
        var input = bytes.map { CChar(bitPattern: $0) }
        // A letter of two octets becomes one of at most three, one of four at most four.
        var output = Bytes(repeating: 0, count: bytes.count * 2 + 16)
        let written = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBytes { output -> Int? in
                var from = input.baseAddress
                var left = input.count
                var to = output.baseAddress?.assumingMemoryBound(to: CChar.self)
                var room = output.count
                let irreversible = iconv(converter, &from, &left, &to, &room)
                return irreversible == 0 && left == 0 ? output.count - room : nil
            }
        }
        return written.map { Bytes(output[..<$0]) }
    }
}
