/// Why a certificate was revoked (RFC 5280 §5.3.1). Without hold: what is revoked stays so.
package enum RevocationReason: Int, Sendable, CaseIterable {
    case unspecified = 0
    case keyCompromise = 1
    case caCompromise = 2
    case affiliationChanged = 3
    case superseded = 4
    case cessationOfOperation = 5
    case privilegeWithdrawn = 9

    /// As in RFC 5280: `keyCompromise`.
    package var name: String { String(describing: self) }

    package init?(name: String) {
        guard let reason = RevocationReason.allCases.first(where: { $0.name == name }) else {
            return nil
        }
        self = reason
    }
}
