import Domain
import Ledger
import Storage

extension Account {
    /// Writes ``key`` to `buffer`, which has room for 33 octets, and returns its length: the same
    /// octets without an array for each, as accounts are most of what a settlement touches.
    func writeKey(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch self {
        case .fund:
            buffer[0] = 1
            return 1
        case .personal(let wallet):
            buffer[0] = 2
            return 1 + wallet.value.write(to: buffer, at: 1)
        case .available(let relation):
            buffer[0] = 3
            return 1 + relation.write(to: buffer, at: 1)
        case .held(let transaction, let source):
            buffer[0] = 4
            return 1 + transaction.write(to: buffer, at: 1) + source.write(to: buffer, at: 17)
        case .payable(let province):
            buffer[0] = 5
            return 1 + province.write(to: buffer)
        case .receivable(let province):
            buffer[0] = 6
            return 1 + province.write(to: buffer)
        case .institution, .payout:
            let key = key
            buffer.copyBytes(from: key)
            return key.count
        }
    }
}

extension Identifier {
    fileprivate func write(to buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        buffer.storeBytes(of: high.bigEndian, toByteOffset: offset, as: UInt64.self)
        buffer.storeBytes(of: low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
        return Identifier.size
    }
}

extension ProvinceCode {
    /// The six digits, from the second octet on.
    fileprivate func write(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        var rest = number
        for index in (1...6).reversed() {
            buffer[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
        return 6
    }
}

extension RowName {
    init(_ account: Account) {
        if case .available(let relation) = account {
            self.init(.available, relation)
        } else {
            self.init(.account) { account.writeKey(into: $0) }
        }
    }
}

extension ByteWriter {
    mutating func account(_ account: Account) {
        withUnsafeTemporaryAllocation(byteCount: 40, alignment: 8) { room in
            let count = account.writeKey(into: room)
            octets(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }
}
