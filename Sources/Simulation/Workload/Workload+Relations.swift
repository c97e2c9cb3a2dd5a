import Domain
import Foundation
import SwiftProtobuf
import Wire

/// Relations and their quotas, as giver, recipient and agency see them.
extension Workload {
    struct Bond {
        enum Phase {
            /// Not made yet, or ended.
            case none
            /// An answer is waited for that decides what comes next.
            case asked
            case lacksProof
            case lacksConsent
            case active
            /// Never again.
            case over
        }

        let giver: Int
        let recipient: Int
        let kinship: Kinship
        let priority: UInt32
        /// What the quota is to be.
        var wanted: Int64
        var phase = Phase.none
        var relation: Identifier?
        /// As far as the client knows.
        var available: Int64 = 0
        var timesMade = 0
        var isRaising = false
        /// What the giver wants next of an active relation.
        var wish = Wish.quota

        enum Wish { case quota, end, decline }
    }

    func payer(of bond: Bond) -> ProvinceCode { province(of: bond.giver) }

    /// What comes next in the life of a relation.
    func bond(_ number: Int) {
        let bond = bonds[number]
        switch bond.phase {
        case .asked, .over: return
        case .none: propose(number)
        case .lacksProof: supplyProof(number)
        case .lacksConsent: consent(number, accepted: choices.happens(percent: 90))
        case .active:
            switch bond.wish {
            case .quota: setQuota(number)
            case .end: endRelation(number)
            case .decline: consent(number, accepted: false)
            }
        }
    }

    // MARK: Made

    private func propose(_ number: Int) {
        let bond = bonds[number]
        let (giver, recipient) = (residents[bond.giver], residents[bond.recipient])
        guard giver.hasAccount, recipient.hasAccount else {
            after(3_000, .bond(number))
            return
        }
        guard !giver.isInTrouble, !recipient.isInTrouble, bond.timesMade < 40 else { return }
        bonds[number].phase = .asked
        bonds[number].timesMade += 1
        let id = newIdentifier()
        bonds[number].relation = id
        let order = proposal(bond, id)
        ask(.createRelation(order), at: payer(of: bond), for: .bond(number), id: id)
    }

    private func proposal(_ bond: Bond, _ id: Identifier) -> Gongji_V1_CreateRelation {
        let (giver, recipient) = (residents[bond.giver], residents[bond.recipient])
        var order = Gongji_V1_CreateRelation()
        order.giver = giver.wallet.octets
        order.recipientProvince = province(of: bond.recipient).number
        if let name = recipient.number, choices.happens(percent: 50) {
            // Now and then the box is for something else, and does not open.
            let context = choices.happens(percent: 3) ? newIdentifier() : id
            order.sealedIdentity = Data(
                SimulatedBox(
                    number: name, born: recipient.born, to: province(of: bond.recipient),
                    context: context
                ).sealed)
        } else {
            order.recipient = recipient.wallet.octets
        }
        // The rules of the country do not know parents-in-law.
        let kinship: Kinship = choices.happens(percent: 2) ? .parentInLaw : bond.kinship
        order.kinship = Gongji_V1_Kinship(rawValue: Int(kinship.rawValue)) ?? .unspecified
        order.commitmentDigest = choices.digestOfSomething()
        order.commitmentDate = BusinessDate(at: desk.now).daysSince1970
        order.channel = .nationalApp
        order.verification = verification()
        if choices.happens(percent: 80) { order.kinshipProof = choices.digestOfSomething() }
        if choices.happens(percent: 5) {
            order.byAgent = true
            order.agentIdentity = choices.digestOfSomething()
        }
        order.priority = bond.priority
        return order
    }

    /// Of some minutes ago, so that no node thinks that it is to come.
    func verification() -> Gongji_V1_Verification {
        .with {
            $0.method = .face
            $0.atMs = desk.now.milliseconds - 10 * 60_000
            $0.reference = choices.digestOfSomething()
        }
    }

    private func supplyProof(_ number: Int) {
        guard let relation = bonds[number].relation else { return }
        bonds[number].phase = .asked
        let proof = choices.digestOfSomething()
        ask(
            .supplyProof(
                .with {
                    $0.relation = Data(relation.bytes)
                    $0.kinshipProof = proof
                }), at: payer(of: bonds[number]), for: .bond(number))
    }

    private func consent(_ number: Int, accepted: Bool) {
        let bond = bonds[number]
        guard let relation = bond.relation else { return }
        bonds[number].phase = .asked
        ask(
            .consent(
                .with {
                    $0.relation = Data(relation.bytes)
                    $0.wallet = residents[bond.recipient].wallet.octets
                    $0.accepted = accepted
                    if accepted { $0.verification = verification() }
                }), at: province(of: bond.recipient), for: .bond(number))
    }

    // MARK: Used and ended

    private func setQuota(_ number: Int) {
        let bond = bonds[number]
        guard let relation = bond.relation else { return }
        ask(
            .setQuota(
                .with {
                    $0.relation = Data(relation.bytes)
                    $0.availableFen = bond.wanted
                }), at: payer(of: bond), for: .bond(number))
    }

    private func endRelation(_ number: Int) {
        let bond = bonds[number]
        guard let relation = bond.relation else { return }
        bonds[number].phase = .asked
        ask(
            .endRelation(
                .with {
                    $0.relation = Data(relation.bytes)
                    $0.channel = .nationalApp
                    $0.verification = verification()
                }), at: payer(of: bond), for: .bond(number))
    }

    /// What was spent, or came back: an estimate, until the next answer of the payer says.
    func spent(_ fen: Int64, of relation: Identifier) {
        guard let number = bondOfRelation[relation] else { return }
        bonds[number].available = max(0, bonds[number].available - fen)
        guard bonds[number].available < 60_00, !bonds[number].isRaising, !isHealing else {
            return
        }
        bonds[number].isRaising = true
        bonds[number].wish = .quota
        bonds[number].wanted = choices.number(in: 500_00...2_800_00)
        after(choices.wait(500, 5_000), .bond(number))
    }

    // MARK: Answers

    func bond(_ number: Int, heard answer: Answered) {
        switch answer.body {
        case .relation(let state): learn(number, state, answer.kind)
        case .wallet(let state):
            guard let received = state.received.first else { return }
            learn(number, received.phase)
        default: refused(number, answer)
        }
    }

    private func learn(
        _ number: Int, _ state: Gongji_V1_RelationState, _ kind: CommandKind
    ) {
        // An answer of a relation that has been made anew since.
        guard let id = Identifier(state.relation), id == bonds[number].relation else { return }
        bondOfRelation[id] = number
        bonds[number].available = state.availableFen
        if kind == .setQuota {
            bonds[number].isRaising = false
            return
        }
        let lacksBoth = state.phase == .proposed && state.consentUntilMs != 0
        learn(number, lacksBoth && choices.happens(percent: 50) ? .awaitingConsent : state.phase)
    }

    private func learn(_ number: Int, _ phase: Gongji_V1_RelationPhase) {
        switch phase {
        case .proposed: bonds[number].phase = .lacksProof
        case .awaitingConsent: bonds[number].phase = .lacksConsent
        case .active, .suspended:
            bonds[number].phase = .active
            bonds[number].wish = .quota
        case .ending, .ended:
            remake(number)
            return
        case .unspecified, .UNRECOGNIZED: return
        }
        if !isHealing { after(choices.wait(500, 6_000), .bond(number)) }
    }

    private func refused(_ number: Int, _ answer: Answered) {
        if answer.kind == .setQuota {
            bonds[number].isRaising = false
            switch answer.status {
            case .insufficientBalance, .notSharable:
                // Paid in, and asked again.
                guard !isHealing else { return }
                deposit(choices.number(in: 2_000_00...6_000_00), to: bonds[number].giver)
                after(choices.wait(2_000, 6_000), .bond(number))
            case .quotaChangeTooLarge: bonds[number].wanted = 500_00
            case .relationEnded, .relationUnknown: remake(number)
            default: break
            }
            return
        }
        switch answer.status {
        case .relationNotActive, .relationSuspended, .inProgress, .nothingAwaited:
            bonds[number].phase = .active
        case .selfRelation, .kinshipNotAllowed, .recipientNotInsured, .familyGroupOfAnother,
            .giverNotEmployeeInsured:
            bonds[number].phase = bonds[number].timesMade > 2 ? .over : .none
            if bonds[number].phase == .none, !isHealing {
                after(choices.wait(20_000, 60_000), .bond(number))
            }
        default: remake(number)
        }
    }

    /// Most relations that end are wanted again.
    private func remake(_ number: Int) {
        guard bonds[number].phase != .over else { return }
        bonds[number].phase = .none
        bonds[number].available = 0
        bonds[number].isRaising = false
        bonds[number].wish = .quota
        guard !isHealing, choices.happens(percent: 85) else { return }
        after(choices.wait(5_000, 60_000), .bond(number))
    }
}
