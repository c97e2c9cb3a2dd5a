package import Domain

/// Who sent a command: where a direct reply goes, who that is, and whose settlements it may touch.
package struct Caller: Sendable {
    package let connection: UInt64
    package let principal: Principal
    /// Nil: those of all institutions.
    package let institutions: Set<InstitutionCode>?

    package init(
        connection: UInt64, principal: Principal, institutions: Set<InstitutionCode>? = nil
    ) {
        self.connection = connection
        self.principal = principal
        self.institutions = institutions
    }

    package func mayTouch(_ institution: InstitutionCode) -> Bool {
        institutions?.contains(institution) ?? true
    }
}
