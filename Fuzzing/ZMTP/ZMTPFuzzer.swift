import Domain

/// Makes connections that speak ZMTP almost right: at every step of greeting, handshake and messages
/// something may be cut off, doubled, changed, or of another kind. The same seed makes the same ones.
package struct ZMTPFuzzer {
    package enum Step: Sendable, Equatable {
        case send([UInt8])
        /// Wait for something to come, for at most so long.
        case hear(milliseconds: Int32)
    }

    private var chance: SeededGenerator

    package init(seed: UInt64) { chance = SeededGenerator(seed: seed) }

    /// What one connection does, from its opening to its close.
    package mutating func script() -> [Step] {
        var parts: [[UInt8]] = [greeting()]
        if one(in: 8) {
            parts.append(garbage(300))
        } else {
            parts.append(one(in: 4) ? hello() : ready())
            for _ in 0..<roll(6) { parts.append(traffic()) }
        }
        if one(in: 4) { parts.swapAt(roll(parts.count), roll(parts.count)) }
        if one(in: 6) { parts.append(parts[roll(parts.count)]) }
        var steps: [Step] = []
        for part in parts {
            var octets = part
            if one(in: 5) { mutate(&octets) }
            if one(in: 12) { octets = Array(octets.prefix(roll(octets.count + 1))) }
            // Sometimes octet by octet across the seams that libzmq reads at.
            if one(in: 10), octets.count > 1 {
                let seam = 1 + roll(octets.count - 1)
                steps.append(.send(Array(octets[..<seam])))
                octets = Array(octets[seam...])
            }
            steps.append(.send(octets))
            if one(in: 3) { steps.append(.hear(milliseconds: Int32(roll(3)))) }
            if one(in: 20) { break }
        }
        return steps
    }

    // MARK: Parts

    private mutating func greeting() -> [UInt8] {
        let versions: [UInt8] = [3, 3, 3, 3, 3, 3, 1, 2, 0, 255]
        let mechanisms = ["NULL", "NULL", "NULL", "CURVE", "PLAIN", "", "NULLNULLNULLNULLNULL"]
        return ZMTP.greeting(
            version: versions[roll(versions.count)], mechanism: mechanisms[roll(mechanisms.count)])
    }

    private mutating func ready() -> [UInt8] {
        let types = ["DEALER", "DEALER", "REQ", "SUB", "ROUTER", "PUB", "XSUB", "PAIR", "", "REP"]
        let type = types[roll(types.count)]
        switch roll(5) {
        case 0: return ZMTP.ready(type)
        case 1: return ZMTP.ready(type, routingID: garbage(256))
        // The numbers that libzmq gives to connections without a routing id.
        default:
            return ZMTP.ready(type, routingID: [0, 0, 0, 0, UInt8(roll(64))])
        }
    }

    /// The size and the name of CURVE's first command, and nothing that opens.
    private mutating func hello() -> [UInt8] {
        [4, 200, 5] + Array("HELLO".utf8) + [1, 0] + octets(192)
    }

    private mutating func traffic() -> [UInt8] {
        switch roll(8) {
        case 0: return [4, UInt8(7 + roll(17)), 4] + Array("PING".utf8) + octets(2 + roll(17))
        case 1: return [4, 10, 9] + Array("SUBSCRIBE".utf8)
        case 2: return ZMTP.frame([UInt8(roll(2))] + garbage(40))
        case 3: return ready()
        case 4: return [4, UInt8(roll(256))] + garbage(100)
        // A frame that says it is huge.
        case 5: return [2, UInt8(roll(256)), 0, 0, 0, UInt8(roll(256))] + garbage(50)
        default: return ZMTP.frame(garbage(700), more: one(in: 2))
        }
    }

    // MARK: Chance

    private mutating func roll(_ sides: Int) -> Int {
        Int.random(in: 0..<max(1, sides), using: &chance)
    }
    private mutating func one(in sides: Int) -> Bool { roll(sides) == 0 }
    private mutating func octets(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
    }
    private mutating func garbage(_ countMax: Int) -> [UInt8] { octets(roll(countMax)) }

    private mutating func mutate(_ octets: inout [UInt8]) {
        guard !octets.isEmpty else { return }
        for _ in 0...roll(3) {
            let index = roll(octets.count)
            switch roll(4) {
            case 0: octets[index] ^= 1 << UInt8(roll(8))
            case 1: octets[index] = [0, 1, 127, 128, 255][roll(5)]
            case 2: octets.insert(UInt8(roll(256)), at: index)
            default:
                octets.remove(at: index)
                if octets.isEmpty { return }
            }
        }
    }
}
