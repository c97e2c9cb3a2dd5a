import Domain
import Testing
import Wire

@testable import Settlement

/// Every event in every state of a grant, against the table of `protocol/states.md`.
@Suite struct GrantStates {
    static let columns: [RelationPhase?] = [nil] + RelationPhase.allCases
    static let words = columns.map { $0?.word ?? "none" }

    /// A grant of Guangdong in Shandong in one state, as its notices say.
    final class Stage {
        let world = World()
        let payer = World.guangdong
        let home = World.shandong
        let recipient: WalletID
        let giver: WalletID
        let relation: Identifier
        var version: UInt64 = 1
        var consentRequest: Identifier?

        init(_ phase: RelationPhase?, awaitsConsent: Bool = false) {
            giver = world.newWallet()
            recipient = world.person(.resident, in: World.shandong, fen: 0)
            relation = world.newID()
            guard let phase else { return }
            propose()
            guard phase != .proposed || awaitsConsent else { return }
            notify(phase, awaitsConsent: awaitsConsent || phase == .awaitingConsent)
        }

        func propose(
            from payer: ProvinceCode? = nil, recipient name: RecipientName? = nil,
            region: RegionCode? = nil
        ) {
            let from = payer ?? self.payer
            world.tell(
                .relationProposal(
                    proposal(
                        region: region ?? RegionCode(from), recipient: name,
                        commitment: world.commitment)), from: from,
                to: home)
        }

        func proposal(
            region: RegionCode? = nil, recipient name: RecipientName? = nil,
            commitment: Commitment?
        ) -> RelationProposal {
            RelationProposal(
                relation: relation, giver: giver, giverRegion: region ?? RegionCode(payer),
                kinship: .child, recipient: name ?? .wallet(recipient), asksAge: false,
                priority: 0, commitment: commitment)
        }

        func notify(
            _ phase: RelationPhase, awaitsConsent: Bool = false, status: Status? = nil,
            version: UInt64? = nil, from: ProvinceCode? = nil
        ) {
            self.version += 1
            world.tell(
                .quotaNotice(
                    QuotaNotice(
                        relation: relation, wallet: recipient, available: Fen(5_00)!, phase: phase,
                        granted: world.now, version: version ?? self.version, giver: giver,
                        giverRegion: RegionCode(payer), kinship: .child, priority: 0,
                        consentUntil: awaitsConsent ? world.now.advanced(byMilliseconds: 9) : nil,
                        status: status, uses: [])), from: from ?? payer, to: home)
        }

        func consent(accepted: Bool = true, verified: Bool = true) -> Identifier {
            world.consent(relation, by: recipient, accepted: accepted, verified: verified)
        }

        var grant: Grant? { world.grant(relation, of: recipient) }

        func watch(_ event: (Stage) -> Identifier?) -> Set<String> {
            let probe = StatesProbe(world, at: home)
            let before = grant
            let request = event(self)
            var state: String?
            if let grant, let before, grant.version != before.version {
                state = "**→ as it says**"
            } else if let grant, grant.phase != before?.phase {
                state = grant.version == 0 ? "**→ \(grant.phase.word)**" : "**→ as it says**"
            }
            return probe.parts(state: state, request: request, earlier: consentRequest)
        }
    }

    struct Event {
        let title: String
        let columns: [RelationPhase?]
        var awaitsConsent = false
        let happens: (Stage) -> Identifier?
    }

    static let known: [RelationPhase?] = RelationPhase.allCases
    static let waiting: [RelationPhase?] = [.proposed, .awaitingConsent]

    static var proposals: [Event] {
        [
            Event(title: "`relation_proposal`", columns: columns) { stage in
                stage.propose()
                return nil
            },
            Event(title: "`relation_proposal` of another payer", columns: known) { stage in
                stage.propose(from: World.zhejiang)
                return nil
            },
            Event(
                title: "`relation_proposal` of a payer that asked too often", columns: columns
            ) { stage in
                stage.world.run(
                    [.askedTooOften(.proposal(stage.proposal(commitment: nil)), from: stage.payer)],
                    at: stage.home)
                return nil
            },
            Event(
                title: "`relation_proposal` for somebody who is not insured any more",
                columns: columns
            ) { stage in
                for standing in [Standing.ended, .moved] {
                    stage.world.change(stage.recipient, standing, .resident, at: stage.home)
                    stage.world.waiting = []
                    stage.propose()
                }
                return nil
            },
            Event(
                title: "`relation_proposal` without a commitment, or with one of tomorrow",
                columns: columns
            ) { stage in
                let tomorrow = Commitment(
                    digest: stage.world.digest(1), date: BusinessDate(at: stage.world.now).next)
                for commitment in [nil, tomorrow] {
                    stage.world.tell(
                        .relationProposal(stage.proposal(commitment: commitment)),
                        from: stage.payer, to: stage.home)
                }
                return nil
            },
            Event(title: "`relation_proposal` for nobody here", columns: [nil]) { stage in
                stage.propose(recipient: .wallet(stage.world.newWallet()))
                return nil
            },
            Event(
                title: "`relation_proposal` with a box that does not open", columns: [nil]
            ) { stage in
                stage.propose(recipient: .sealed([1, 2, 3]))
                return nil
            },
            Event(
                title: "`relation_proposal` of a giver of another province", columns: columns
            ) { stage in
                stage.propose(region: RegionCode(World.zhejiang))
                return nil
            },
        ]
    }

    static var notices: [Event] {
        [
            Event(title: "`quota_notice`, newer", columns: columns) { stage in
                for phase in RelationPhase.allCases.reversed() {
                    stage.notify(phase)
                    guard stage.grant?.phase == phase else { break }
                }
                return nil
            },
            Event(title: "`quota_notice`, not newer", columns: known) { stage in
                stage.notify(.active, version: stage.grant?.version)
                return nil
            },
            Event(title: "`quota_notice` of another province", columns: known) { stage in
                stage.notify(.active, from: World.zhejiang)
                return nil
            },
            underWay("`quota_notice` that waits for consent, a `Consent` under way") {
                $0.notify(.awaitingConsent, awaitsConsent: true)
            },
            underWay("`quota_notice` that waits no more, a `Consent` under way") {
                $0.notify(.active)
            },
            underWay("`quota_notice` of an end (58), a `Consent` under way") {
                $0.notify(.ended, status: .consentExpired)
            },
        ]
    }

    private static func underWay(
        _ title: String, _ happens: @escaping (Stage) -> Void
    ) -> Event {
        Event(title: title, columns: waiting, awaitsConsent: true) { stage in
            stage.consentRequest = stage.consent()
            stage.world.waiting = []
            happens(stage)
            return nil
        }
    }

    static var recipients: [Event] {
        [
            Event(title: "`Consent`, awaited", columns: waiting, awaitsConsent: true) {
                $0.consent()
            },
            Event(
                title: "`Consent`, awaited, without verification", columns: waiting,
                awaitsConsent: true
            ) { $0.consent(verified: false) },
            Event(title: "`Consent`, declined after all", columns: [.active, .suspended]) {
                $0.consent(accepted: false)
            },
            Event(
                title: "`Consent`, awaited, another under way", columns: waiting,
                awaitsConsent: true
            ) { stage in
                _ = stage.consent()
                stage.world.waiting = []
                return stage.consent()
            },
            Event(
                title: "`Consent`, not awaited", columns: columns.filter { $0 != .awaitingConsent }
            ) { $0.consent() },
            Event(title: "the recipient's insurance ended or moved", columns: columns) { stage in
                stage.world.change(stage.recipient, .moved, .resident, at: stage.home)
                return nil
            },
            Event(title: "the recipient's insurance is interrupted", columns: columns) { stage in
                stage.world.change(stage.recipient, .suspended, .resident, at: stage.home)
                return nil
            },
            Event(title: "`wallet_query`", columns: columns) { stage in
                stage.world.tell(
                    .walletQuery(
                        WalletQuery(
                            transaction: stage.world.newID(), wallet: stage.recipient,
                            careRegion: RegionCode(World.shanghai),
                            institution: InstitutionCode("H1")!, category: .medicalCare,
                            amount: Fen(1)!, mode: .exact, billDigest: .zero,
                            credential: stage.recipient, withoutOwnAccount: true)),
                    from: World.shanghai,
                    to: stage.home)
                return nil
            },
        ]
    }

    static var events: [Event] { proposals + notices + recipients }
    static let titles = events.map(\.title)

    static func rows() throws -> [String: [String]] {
        StatesPage.rows(
            of: try StatesPage.tables(under: "### What the wallet province keeps"), columns: words)
    }

    @Test func theTableHasEveryEvent() throws {
        #expect(Set(try Self.rows().keys) == Set(Self.titles))
    }

    @Test(arguments: titles)
    func everyCellIsWhatHappens(_ title: String) throws {
        let event = try #require(Self.events.first { $0.title == title })
        StatesPage.compare(try Self.rows(), title, columns: Self.words) { index in
            let column = Self.columns[index]
            guard event.columns.contains(column) else { return nil }
            return Stage(column, awaitsConsent: event.awaitsConsent).watch(event.happens)
        }
    }
}
