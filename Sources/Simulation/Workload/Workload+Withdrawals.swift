import Domain
import Foundation
import SwiftProtobuf
import Wire

/// Withdrawals from form to bank.
extension Workload {
    struct Claim {
        enum Step { case asked, awaitsReview, approved, handedOver, over }

        let withdrawal: Identifier
        /// Index of the province.
        let home: Int
        var step = Step.asked
    }

    /// Somebody wants money; for a premium or a visit of `user` with a document.
    func withdraw(_ number: Int, _ reason: WithdrawalReason, for user: Int) {
        let resident = residents[number]
        let fen = choices.number(in: 10_00...80_00)
        begin(number, reason, fen) { form in
            switch reason {
            case .premium, .visit, .checkup:
                form.document = .with {
                    // One paper of a user comes again and again.
                    $0.digest =
                        choices.happens(percent: 10)
                        ? Data(repeating: UInt8(user % 256), count: Digest.size)
                        : choices.digestOfSomething()
                    $0.amountFen = fen
                    $0.user = residents[user].wallet.octets
                    $0.userProvince = province(of: user).number
                }
                if user != number { form.userKinship = .child }
            case .other, .resettlement: break
            }
            if resident.household == 0, choices.happens(percent: 20) {
                form.byAgent = true
                form.agentIdentity = choices.digestOfSomething()
            }
        }
    }

    /// The whole balance, as it was just told.
    func resettle(_ number: Int, _ balance: Int64) {
        guard balance > 0 else { return }
        begin(number, .resettlement, balance) { _ in }
    }

    private func begin(
        _ number: Int, _ reason: WithdrawalReason, _ fen: Int64,
        _ complete: (inout Gongji_V1_Withdraw) -> Void
    ) {
        let id = newIdentifier()
        var form = Gongji_V1_Withdraw()
        form.wallet = residents[number].wallet.octets
        form.amountFen = fen
        form.reason = Gongji_V1_WithdrawalReason(rawValue: Int(reason.rawValue)) ?? .unspecified
        form.commitmentDigest = choices.digestOfSomething()
        complete(&form)
        let claim = claimsBegun
        claimsBegun += 1
        claims[claim] = Claim(withdrawal: id, home: residents[number].home)
        ask(.withdraw(form), at: province(of: number), for: .claim(claim), id: id)
    }

    /// What comes next in the life of a withdrawal.
    func claim(_ number: Int) {
        guard let claim = claims[number] else { return }
        switch claim.step {
        case .awaitsReview:
            // Over one of four connections: at times over that of the handler.
            review(number, approved: choices.happens(percent: 85))
        case .handedOver:
            let isPaid = choices.happens(percent: 80)
            ask(
                .returnPayout(
                    .with {
                        $0.withdrawal = Data(claim.withdrawal.bytes)
                        $0.paid = isPaid
                        $0.reason = isPaid ? "" : "account closed"
                    }), at: provinces[claim.home], for: .claim(number))
        case .approved: review(number, approved: false)
        case .asked, .over: break
        }
    }

    private func review(_ number: Int, approved: Bool) {
        guard let claim = claims[number] else { return }
        ask(
            .reviewWithdrawal(
                .with {
                    $0.withdrawal = Data(claim.withdrawal.bytes)
                    $0.approved = approved
                }), at: provinces[claim.home], for: .claim(number))
    }

    func claim(_ number: Int, heard answer: Answered) {
        guard let claim = claims[number] else { return }
        guard case .withdrawal(let view) = answer.body else {
            // Whoever may not review, or used an id twice, asks again; all else is the end of it.
            if answer.status == .reviewerIsHandler || answer.status == .idReused, !isHealing,
                claim.step != .asked
            {
                after(2_000, .claim(number))
            } else {
                claims[number] = nil
            }
            return
        }
        switch view.state {
        case .awaitingReview:
            claims[number]?.step = .awaitsReview
            if !isHealing { after(choices.wait(1_000, 10_000), .claim(number)) }
        case .approved:
            claims[number]?.step = .approved
            guard !isHealing else { return }
            if choices.happens(percent: 8) {
                // Somebody thinks better of it before the bank has it, or about when.
                after(choices.wait(500, 15_000), .claim(number))
            }
            approved[claim.home].append(number)
            if approved[claim.home].count == 1 {
                after(choices.wait(3_000, 30_000), .export(claim.home))
            }
        case .paid, .returned, .refused: claims[number] = nil
        case .claiming, .handedOver, .unspecified, .UNRECOGNIZED: break
        }
    }

    // MARK: The bank

    /// The connection of somebody who handles no withdrawals.
    private static let cashier: UInt64 = 5

    /// All that is approved in a province goes to the bank.
    func export(_ home: Int) {
        let numbers = approved[home].filter { claims[$0]?.step == .approved }
        approved[home].removeAll()
        if !numbers.isEmpty { export(numbers, of: home) }
    }

    private func export(_ numbers: [Int], of home: Int) {
        ask(
            payouts(numbers), at: provinces[home], for: .export(numbers),
            over: choices.happens(percent: 90) ? Workload.cashier : nil)
    }

    private func payouts(_ numbers: [Int]) -> Gongji_V1_ServiceRequest.OneOf_Body {
        .exportPayouts(
            .with {
                $0.withdrawals = numbers.compactMap { number in
                    claims[number].map { Data($0.withdrawal.bytes) }
                }
            })
    }

    func exported(_ numbers: [Int], _ answer: Answered) {
        let isDone = answer.status == nil
        if isDone, misbehaves, !isHealing, mischief.happens(percent: 20) {
            // The same goes to the bank once more.
            ask(payouts(numbers), at: provinces[claims[numbers[0]]?.home ?? 0], for: .nobody)
        }
        for number in numbers {
            guard let claim = claims[number], claim.step == .approved else { continue }
            if isDone {
                claims[number]?.step = .handedOver
                if !isHealing { after(choices.wait(2_000, 40_000), .claim(number)) }
            } else if isHealing {
                continue
            } else if numbers.count > 1 {
                // One of them cannot be paid, so each goes by itself.
                export([number], of: claim.home)
            } else if answer.status == .cardAccountTooNew {
                after(choices.wait(20_000, 60_000), .export(claim.home))
                approved[claim.home].append(number)
            } else if answer.status == .idReused || answer.status == .secondPersonMissing {
                export([number], of: claim.home)
            } else {
                after(choices.wait(500, 5_000), .claim(number))
            }
        }
    }
}
