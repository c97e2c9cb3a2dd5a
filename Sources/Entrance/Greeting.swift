/// The beginning of what a connection sends (RFC 23: signature, version, mechanism), looked at before
/// libzmq sees it. Older versions of ZMTP know no mechanism and check no socket types.
struct Greeting {
    enum Verdict: Equatable {
        /// As far as it goes, it is right.
        case incomplete
        /// Signature, version and mechanism are right.
        case complete
        case wrong(Turning)
    }

    /// FF, eight octets, 7F: what each side sends before it hears of the other.
    static let signatureBytes = 10
    /// Signature, two octets of version, 20 of mechanism.
    static let bytes = 32

    private let mechanism: [UInt8]
    private(set) var octets: [UInt8] = []

    init(isEncrypted: Bool) {
        let name = Array((isEncrypted ? "CURVE" : "NULL").utf8)
        mechanism = name + [UInt8](repeating: 0, count: 20 - name.count)
    }

    var hasSignature: Bool { octets.count >= Greeting.signatureBytes }
    var isComplete: Bool { octets.count >= Greeting.bytes }
    /// Octets that are still wanted before anything more is said of it.
    var wanted: Int {
        (hasSignature ? Greeting.bytes : Greeting.signatureBytes) - octets.count
    }

    mutating func add(_ more: UnsafeRawBufferPointer) -> Verdict {
        octets += more
        if let first = octets.first, first != 0xFF { return .wrong(.notZMTP) }
        if octets.count > 9, octets[9] != 0x7F { return .wrong(.notZMTP) }
        if octets.count > 10, octets[10] < 3 { return .wrong(.notZMTP) }
        guard isComplete else { return .incomplete }
        return octets[12..<32].elementsEqual(mechanism) ? .complete : .wrong(.wrongMechanism)
    }
}
