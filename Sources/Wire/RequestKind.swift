/// What a client asks for, told before anything of the request is decoded: the field number of its
/// body in `ServiceRequest` (`service.proto`).
package enum RequestKind: Int, Sendable, CaseIterable {
    case openAccount = 10
    case deposit = 11
    case withdraw = 12
    case createRelation = 13
    case endRelation = 14
    case setQuota = 15
    case changeInsurance = 16
    case recordViolation = 17
    case setCardAccount = 18
    case consent = 19
    case settleReserve = 20
    case settleCommit = 21
    case settleCancel = 22
    case settleReverse = 23
    case supplyProof = 24
    case leaveFamily = 25
    case reviewWithdrawal = 26
    case exportPayouts = 27
    case returnPayout = 28
    case confirmCardAccount = 29
    case resolveInDoubt = 30
    case resumeLink = 31
    case showWallet = 40
    case showRelation = 41
    case showTransaction = 42
    case listInDoubt = 43
    case listUsage = 44
    case listWithdrawals = 45
    case showFamily = 46
    case showWithdrawal = 47
    case showCertificate = 48
    case listEvidence = 60
    case showEvidence = 61
    case showHistory = 62
    case showCommand = 63
}
