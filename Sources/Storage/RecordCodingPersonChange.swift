package import Domain
package import Settlement

extension PersonChange: KeptRecord {
    package static var kind: String { "change of" }
    package static var table: RowTable { .personChange }

    /// Its place: what a store finds it by.
    package struct Key: RowKey {
        package let wallet: WalletID
        package let number: UInt64
        package init(wallet: WalletID, number: UInt64) {
            self.wallet = wallet
            self.number = number
        }
        package var description: String { "\(wallet), \(number)" }

        package func write(rowKey octets: UnsafeMutableRawBufferPointer) -> Int {
            let count = wallet.write(rowKey: octets)
            octets.storeBytes(of: number.bigEndian, toByteOffset: count, as: UInt64.self)
            return count + 8
        }
    }

    package func encode(into writer: inout ByteWriter) {
        writer.octet(1)
        writer.octet(what.rawValue)
        writer.identifier(request)
        writer.instant(at)
        writer.principal(by)
        writer.shortText(before)
        writer.shortText(after)
    }

    package init(key: Key, decoding reader: inout ByteReader) throws(RecordDamage) {
        try reader.version(1)
        let what = try reader.oneOf(PersonChangeKind.self)
        let request = try reader.identifier()
        let at = try reader.instant()
        let principal = try reader.principal()
        let before = try reader.shortText()
        self.init(
            wallet: key.wallet, number: key.number, what: what, before: before,
            after: try reader.shortText(), by: principal, at: at, request: request)
    }
}
