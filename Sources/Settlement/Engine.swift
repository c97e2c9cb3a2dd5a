package import Domain
import Ledger
package import RuleSets
package import Wire

/// What a node knows about itself and the network while it works on one batch.
package struct Environment: Sendable {
    package let province: ProvinceCode
    /// The provinces of the directory, this one among them.
    package let provinces: Set<ProvinceCode>
    package let sm3: any Hashing
    package let rules: RuleBook
    /// The designated institutions of this province.
    package let register: InstitutionRegister
    package let identities: any IdentityOpening
    package let seals: any PermissionSealing
    package let holdEnds: HoldEndCheck
    package let controls: Controls

    package init(
        province: ProvinceCode, provinces: Set<ProvinceCode>, sm3: any Hashing, rules: RuleBook,
        register: InstitutionRegister, identities: any IdentityOpening,
        seals: any PermissionSealing, holdEnds: HoldEndCheck, controls: Controls
    ) {
        self.controls = controls
        self.province = province
        self.provinces = provinces
        self.sm3 = sm3
        self.rules = rules
        self.register = register
        self.identities = identities
        self.seals = seals
        self.holdEnds = holdEnds
    }
}

/// Makes the seal by which this node, as a wallet province, knows its permissions again. The same terms
/// get the same seal, and nobody else can make it.
package protocol PermissionSealing: Sendable {
    func seal(_ terms: Digest) -> Digest
}

/// Opens identity numbers that were sealed to this node (`protocol/sealing.md`). The same box gives the
/// same answer; the number itself never comes out.
package protocol IdentityOpening: Sendable {
    /// Nil if the box was not sealed to this node, or for something else than `context`.
    func open(_ box: Bytes, context: Identifier) -> OpenedIdentity?
}

/// What the engine knows of an identity number.
package struct OpenedIdentity: Hashable, Sendable {
    /// Under which the person is found here; says nothing to anyone without the node's identity key.
    package let index: Digest
    package let born: BusinessDate
    package init(index: Digest, born: BusinessDate) {
        self.index = index
        self.born = born
    }
}

/// One thing that happened, in the order in which it is to be worked on.
package enum Input: Sendable {
    /// A message of an authenticated peer, proven by its batch; or of this node to itself (nil).
    case message(Message, from: ProvinceCode, batch: ProofSource?)
    /// A question of a peer that has asked more than it may: told so, and nothing is looked up.
    case askedTooOften(PeerQuestion, from: ProvinceCode)
    /// A command of a client.
    case command(ServiceRequest.Command, id: Identifier, digest: Digest, caller: Caller)
    /// The time came that a transaction had asked for.
    case wake(Identifier, DuePart)
}

package enum DuePart: Sendable { case coordination, participation, relation }

/// A message's place in the batch that proves it, and of that in the inbound journal.
package struct ProofSource: Sendable {
    package let batch: InboundBatch
    package let index: Int
    package let entry: UInt64
    package init(batch: InboundBatch, index: Int, entry: UInt64) {
        self.batch = batch
        self.index = index
        self.entry = entry
    }
}

/// What can prove a message to others. The receipt is made only when it is asked for: it costs as
/// much hashing as the whole batch.
enum Proof {
    case batch(ProofSource?)
    case receipt(Receipt)

    var receipt: Receipt? {
        switch self {
        case .batch(let source): source.map { $0.batch.receipt(of: $0.index) }
        case .receipt(let receipt): receipt
        }
    }
}

/// What a batch of inputs led to, besides changed rows. Nothing of it may leave the node before the
/// rows are durable.
package struct Effects: Sendable {
    /// To other provinces, in order.
    package var outgoing: [(to: ProvinceCode, message: Message)] = []
    /// To exactly this connection.
    package var replies: [(connection: UInt64, reply: Bytes)] = []
    /// Connections that wait for the answer of a request that is not known yet.
    package var waiting: [(connection: UInt64, request: Identifier)] = []
    /// To every connection that waits for this request.
    package var answers: [(request: Identifier, reply: Bytes)] = []
    /// What operators have ordered of links, in order.
    package var linkOrders: [LinkOrder] = []
    /// Messages that were refused without an answer, for counters and the log.
    package var rejections: [Rejection] = []
    /// Statuses that clients were refused with.
    package var refusals: [Status] = []
    /// Contradictions that were found; whoever runs the engine keeps those that are new.
    package var evidence: [Evidence] = []
    /// Peers whose proposals found nobody, one for each.
    package var foundNobody: [ProvinceCode] = []

    package init() {}

    package struct Rejection: Sendable {
        package let from: ProvinceCode
        package let message: String
        package let reason: String
        /// Where it stands; nil for a message of this node to itself.
        package let source: ProofSource?
    }
}

/// The deterministic heart of a node: applies inputs to a working set (design §5).
///
/// No I/O, clock, randomness, logging or unordered iteration. The gateway and the tests run this
/// same code.
package struct Engine: Sendable {
    package let environment: Environment
    package let now: Instant
    package internal(set) var rows = WorkingSet()
    package internal(set) var effects = Effects()
    /// The links that stand still when the round begins.
    package var standing: [ProvinceCode: Link.Divergence] = [:]

    /// Where the message stands that is worked on.
    private var source: ProofSource?
    /// Messages to this node itself, which are worked on before the batch ends.
    var local: [Message] = []
    /// Relations whose wallet province is to be told: another once, at the end; this one at once.
    var noticed: [Identifier] = []
    var noticedHere: [Identifier] = []
    var noticedSet: Set<Identifier> = []
    /// What the next notice of a relation tells of its use.
    var uses: [Identifier: [Use]] = [:]

    package init(environment: Environment, now: Instant) {
        self.environment = environment
        self.now = now
    }

    var province: ProvinceCode { environment.province }

    /// Applies `inputs` in order, with all that they lead to on this node. `load` gives the rows
    /// of the keys that it is asked for; it is called with many keys first and seldom after.
    package mutating func run(
        _ inputs: [Input], load: (RowKeys, inout WorkingSet) throws -> Void
    ) throws {
        while true {
            var missing = RowKeys()
            for input in inputs { require(input, &missing) }
            if missing.isEmpty { break }
            try load(missing, &rows)
        }
        for input in inputs {
            try step(input, load)
            try drainLocal(load)
            // The next input finds what this one has led to here, whether they share a round or not.
            while !noticedHere.isEmpty {
                sendNoticesHere()
                try drainLocal(load)
            }
        }
        // Others are told once for all that happened in the round.
        sendNotices()
    }

    private mutating func drainLocal(_ load: (RowKeys, inout WorkingSet) throws -> Void) throws {
        var next = 0
        while next < local.count {
            try step(.message(local[next], from: province, batch: nil), load)
            next += 1
        }
        local.removeAll(keepingCapacity: true)
    }

    private mutating func step(
        _ input: Input, _ load: (RowKeys, inout WorkingSet) throws -> Void
    ) throws {
        // What is needed can have changed since the batch was loaded: an earlier input may have
        // made the row that names further rows.
        while true {
            var missing = RowKeys()
            require(input, &missing)
            if missing.isEmpty { break }
            try load(missing, &rows)
        }
        switch input {
        case .message(let message, let from, let batch):
            source = batch
            receive(message, from: from, batch)
        case .askedTooOften(let question, let from): send(question.refusal, to: from)
        case .command(let command, let id, let digest, let caller):
            handle(command, id: id, digest: digest, caller: caller)
        case .wake(let transaction, .coordination): wakeCoordination(transaction)
        case .wake(let transaction, .participation): wakeParticipation(transaction)
        case .wake(let relation, .relation): wakeRelation(relation)
        }
    }

    private mutating func receive(
        _ message: Message, from: ProvinceCode, _ batch: ProofSource?
    ) {
        switch message {
        case .walletQuery(let query): answer(query, to: from)
        case .walletReply(let reply): take(reply, from: from, batch)
        case .reserve(let order): reserve(order, from: from)
        case .vote(let vote): take(vote, from: from, batch)
        case .refusal(let refusal): take(refusal, from: from, batch)
        case .commit(let commit): decide(commit, from: from)
        case .release(let release): decide(release, from: from)
        case .inquire(let inquire): answer(inquire, from: from)
        case .reverse(let reverse): decide(reverse, from: from)
        case .decision(let decision):
            guard decision.primary == from else {
                reject(message, from, "decision_not_of_its_primary")
                return
            }
            learn(decision, from: from, proof: .batch(batch), batch)
        case .certificate(let certificate):
            learn(certificate.decision, from: from, proof: .receipt(certificate.receipt), batch)
        case .quotaNotice(let notice): take(notice, from: from)
        case .relationProposal(let proposal): take(proposal, from: from)
        case .relationAnswer(let answer): take(answer, from: from)
        case .relationConsent(let consent): take(consent, from: from)
        case .recipientChange(let change): take(change, from: from)
        case .documentClaim(let claim): take(claim, from: from)
        case .documentAnswer(let answer): take(answer, from: from)
        case .documentRelease(let release): take(release, from: from)
        case .holdEnd(let certificate): take(certificate, from: from)
        }
    }

    // MARK: Effects

    mutating func send(_ message: Message, to peer: ProvinceCode) {
        if peer == province {
            local.append(message)
        } else {
            effects.outgoing.append((peer, message))
        }
    }

    mutating func reject(_ message: Message, _ from: ProvinceCode, _ reason: String) {
        effects.rejections.append(
            Effects.Rejection(
                from: from, message: message.name, reason: reason, source: source))
    }

    /// Gives the one answer of a request that waits for it; nothing if it was answered before.
    mutating func complete(_ request: Identifier, _ body: ServiceReply.Body) {
        guard var answer = rows.answers[request], answer.reply == nil else { return }
        let reply = ServiceReply(id: request, body: body).encoded()
        answer.reply = reply
        rows.answers[request] = answer
        effects.answers.append((request, reply))
        if case .refused(let reason) = body { effects.refusals.append(reason.status) }
    }
}
