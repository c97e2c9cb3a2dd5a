import COpenSSL
package import Domain

/// A citizen identity number (居民身份证号, GB 11643-1999): region of 6 digits, date of birth of 8,
/// sequence of 3, check digit.
///
/// No description and no mirror shows it, it is not `Codable`, and its memory is cleansed when the
/// last copy goes. It leaves this room sealed, or as an index (``IdentityKey/index(of:)``), only.
package struct IdentityNumber: Sendable {
    package static let size = 18

    private let octets: SecretBytes
    package let born: BusinessDate

    /// The text that was given is the caller's to forget.
    package init(_ text: String) throws(IdentityNumberFault) {
        var text = text
        let checked = text.withUTF8 { octets in
            Result { () throws(IdentityNumberFault) in
                try IdentityNumber(octets: UnsafeRawBufferPointer(octets))
            }
        }
        self = try checked.get()
    }

    init(octets: UnsafeRawBufferPointer) throws(IdentityNumberFault) {
        guard octets.count == IdentityNumber.size else { throw .length }
        // No array of digits: its memory would not be cleansed.
        func digit(_ place: Int) -> Int { Int(octets[place]) - Int(UInt8(ascii: "0")) }
        func number(_ places: Range<Int>) -> Int { places.reduce(0) { 10 * $0 + digit($1) } }
        let last = octets[17] == UInt8(ascii: "X") ? 10 : digit(17)
        guard (0..<17).allSatisfy({ (0...9).contains(digit($0)) }),
            (0...9).contains(last) || octets[17] == UInt8(ascii: "X")
        else { throw .character }
        guard digit(0) != 0 else { throw .region }
        guard number(6..<10) >= 1800,
            let born = BusinessDate(
                year: number(6..<10), month: number(10..<12), day: number(12..<14))
        else { throw .dateOfBirth }
        // ISO 7064 MOD 11-2: each place counts double the one after it.
        let sum = (0..<17).reduce(0) { 2 * ($0 + digit($1)) % 11 }
        guard (sum + last) % 11 == 1 else { throw .checkDigit }
        self.born = born
        self.octets = SecretBytes(capacity: IdentityNumber.size) { buffer in
            buffer.copyMemory(from: octets)
            return buffer.count
        }
    }

    /// The 18 characters, for what seals or hashes them.
    func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try octets.withUnsafeBytes(body)
    }
}

extension IdentityNumber: Equatable {
    package static func == (left: IdentityNumber, right: IdentityNumber) -> Bool {
        left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                CRYPTO_memcmp(left.baseAddress, right.baseAddress, IdentityNumber.size) == 0
            }
        }
    }
}

extension IdentityNumber: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "identity number (hidden)" }
    package var debugDescription: String { description }
    // `born` is a part of the number.
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
