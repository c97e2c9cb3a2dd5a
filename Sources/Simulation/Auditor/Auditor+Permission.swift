import Domain
import Settlement
import Wire

extension Auditor {
    /// Nothing is held but what the wallet province has permitted, to that care province, for that bill, and
    /// not long ago. The auditor knows the seals of all.
    func checkPermission(of plan: Plan, _ step: AuditedStep) {
        let terms = PermissionTerms(of: plan, hashing: sm3).digest(sm3)
        let id = plan.transaction
        expect(
            SimulatedSeals(province: plan.walletProvince).seal(terms) == plan.permissionSeal,
            "permission", "\(step.province): holds for \(id), which nobody has permitted", about: id
        )
        guard let now = step.nodeTime else { return }
        let grace = plan.walletProvince == step.province ? 0 : Limits.clockSkewMillisecondsMax
        expect(
            now.milliseconds(since: plan.permittedUntil) <= grace, "permission",
            "\(step.province): holds for \(id) by a permission that has run out", about: id)
    }
}
