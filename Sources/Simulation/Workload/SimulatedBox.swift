package import Domain
package import Settlement

/// A sealed identity number as simulated people send it: nothing is secret in it, but it opens only
/// where it was sealed to, and for what.
package struct SimulatedBox: Hashable, Sendable {
    /// Digits and letters, as short as may be; never a real one.
    package let number: String
    package let born: BusinessDate
    package let province: ProvinceCode
    package let context: Identifier

    package init(number: String, born: BusinessDate, to province: ProvinceCode, context: Identifier)
    {
        self.number = number
        self.born = born
        self.province = province
        self.context = context
    }

    private static let mark = Bytes("box1".utf8)

    package var sealed: Bytes {
        var box = SimulatedBox.mark
        box += SimulatedBox.octets(province.number)
        box += context.bytes
        box += SimulatedBox.octets(UInt32(bitPattern: born.daysSince1970))
        return box + Bytes(number.utf8)
    }

    /// Nil if the octets are no box.
    package init?(_ box: Bytes) {
        guard box.count > 28, box.starts(with: SimulatedBox.mark),
            let province = ProvinceCode(SimulatedBox.number(box[4..<8])),
            let context = Identifier(box[8..<24])
        else { return nil }
        self.province = province
        self.context = context
        born = BusinessDate(
            daysSince1970: Int32(bitPattern: SimulatedBox.number(box[24..<28])))
        number = String(decoding: box[28...], as: UTF8.self)
    }

    private static func octets(_ value: UInt32) -> Bytes {
        withUnsafeBytes(of: value.bigEndian) { Bytes($0) }
    }

    private static func number(_ octets: ArraySlice<UInt8>) -> UInt32 {
        octets.reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// Opens the boxes that were sealed to one province.
package struct SimulatedOpening: IdentityOpening {
    private let province: ProvinceCode

    package init(province: ProvinceCode) { self.province = province }

    package func open(_ box: Bytes, context: Identifier) -> OpenedIdentity? {
        guard let box = SimulatedBox(box), box.province == province, box.context == context else {
            return nil
        }
        // Each province has an index of its own.
        var index = Bytes("\(province) \(box.number)".utf8.prefix(Digest.size))
        index += Bytes(repeating: 0, count: Digest.size - index.count)
        guard let digest = Digest(index) else { return nil }
        return OpenedIdentity(index: digest, born: box.born)
    }
}
