import Domain
import Storage

/// What of it outlives a restart: the counts of the day and the alarms. Minutes and wallets begin anew.
extension PeerBudget {
    private static let noteVersion: UInt8 = 1

    /// From a note of the store; as at first if there is none, or none that can be read: no money
    /// depends on it, and a day begins anew.
    init(note: Bytes?) {
        guard let note, let peers = try? note.withUnsafeBytes(PeerBudget.read) else {
            self.init()
            return
        }
        self.init(peers: peers)
    }

    var noted: Bytes {
        var writer = ByteWriter()
        writer.octet(PeerBudget.noteVersion)
        writer.count(peers.count)
        for peer in peers.keys.sorted() {
            guard let account = peers[peer] else { continue }
            writer.province(peer)
            for allowance in account.allowances {
                writer.date(allowance.day)
                writer.count(allowance.today)
            }
            writer.count(account.nobody)
            for what in PeerAlarm.What.allCases {
                guard let episode = account.episodes[what] else {
                    writer.count(0)
                    continue
                }
                writer.count(episode.count)
                writer.instant(episode.since)
                writer.instant(episode.last)
            }
        }
        return writer.bytes
    }

    private static func read(
        _ octets: UnsafeRawBufferPointer
    ) throws(RecordDamage) -> [ProvinceCode: Peer] {
        var reader = ByteReader(octets)
        guard try reader.octet() == noteVersion else { throw .version }
        var peers: [ProvinceCode: Peer] = [:]
        for _ in 0..<(try reader.count()) {
            let peer = try reader.province()
            var account = Peer()
            for number in account.allowances.indices {
                account.allowances[number] = Allowance(
                    day: try reader.date(), today: try small(&reader))
            }
            account.nobody = try small(&reader)
            for what in PeerAlarm.What.allCases {
                let count = try small(&reader)
                guard count > 0 else { continue }
                account.episodes[what] = PeerAlarm.Episode(
                    count: count, since: try reader.instant(), last: try reader.instant())
            }
            peers[peer] = account
        }
        try reader.finish()
        return peers
    }

    /// A count that no arithmetic with it can overflow.
    private static func small(_ reader: inout ByteReader) throws(RecordDamage) -> Int {
        let value = try reader.number()
        guard let count = Int32(exactly: value) else { throw .field }
        return Int(count)
    }
}
