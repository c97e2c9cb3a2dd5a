/// Every limit of the protocol and of a node, in one place.
package enum Limits {
    /// One frame: one message, or the header.
    package static let messageBytesMax = 64 * 1024
    /// All frames of one batch.
    package static let batchBytesMax = 1024 * 1024
    /// Messages in one batch.
    package static let batchMessagesMax = 4096
    /// Messages of one link that were sent and not yet acknowledged.
    package static let windowMessagesMax = 16_384
    /// Batches of one link that were sent and not yet acknowledged.
    package static let windowBatchesMax = 64
    package static let windowBytesMax = 8 * 1024 * 1024
    /// Batches in one flush.
    package static let flushBatchesMax = 64
    /// How long an acknowledgement waits for something to ride on.
    package static let ackDelayMilliseconds: Int64 = 20
    /// How often a link that says nothing else says that it lives.
    package static let heartbeatMilliseconds: Int64 = 1000
    /// A peer that was not heard for longer was away: what it says then is a sign of life. Longer than
    /// it may take between two beats, or a peer that takes nothing is sent everything at each.
    package static let silenceMilliseconds: Int64 = 3 * heartbeatMilliseconds
    /// When nothing was acknowledged for so long, all that is in flight is sent again; doubled up to
    /// the cap, and begun anew on the first sign of life.
    package static let resendMillisecondsMin: Int64 = 1000
    package static let resendMillisecondsMax: Int64 = 4000
    /// The latest instant, and the longest duration, that a message may name: the end of 9999.
    package static let instantMillisecondsMax: Int64 = 253_402_300_799_999
    /// The latest business date that a message may name, in days since 1970-01-01: the last of 9999.
    package static let businessDateDaysMax: Int32 = 2_932_896
    /// How far ahead of this node's clock a batch may be dated.
    package static let clockSkewMillisecondsMax: Int64 = 5 * 60 * 1000
    /// How long before a transaction began at its coordinator its decision may be dated: a slow clock
    /// is forgiven, a day that is long over is not.
    package static let decidedEarlyMillisecondsMax: Int64 = 24 * 3600 * 1000

    /// Draws in one plan.
    package static let drawsMax = 16
    /// Grants of one payer province that one wallet can have.
    package static let grantsOfOnePayerMax = 16
    /// Settled draws that one notice of a quota tells of.
    package static let noticeUsesMax = 256
    /// Relations of one giver that have not ended (rule N7 names no limit; a store needs one).
    package static let relationsOfOneGiverMax = 200
    /// A sealed identity number.
    package static let sealedBytesMax = 256
    /// How long a proposed relation waits for the recipient's province, or for a proof.
    package static let proposalMilliseconds: Int64 = 7 * 24 * 3600 * 1000
    /// Withdrawals that are handed to the bank at once.
    package static let payoutInstructionsMax = 500
    /// How long a wallet province's permission holds, by its own clock: from its answer until the payers
    /// have the plan. A `Reserve` that was under way for longer finds nobody waiting at care.
    package static let permissionMilliseconds: Int64 = 60_000
    /// Transactions that hold money of one wallet's own account at once.
    package static let ownHoldsOfOneWalletMax = 8
    /// A vote, decision or permission, which others may have to carry on inside a receipt, and frame 0 of a batch:
    /// the receipts of all votes of one plan fit into one message.
    package static let provenMessageBytesMax = 1024
    package static let envelopeBytesMax = 2048
    /// How much more frame 0 of a batch without messages may have with a proof: another frame 0 and a
    /// path.
    package static let proofBytesMax = 2560
    /// Steps from the header to the root of the largest subtree.
    package static let headerPathMax = 13
    /// An encoded plan.
    package static let planBytesMax = 4096
    package static let holdMillisecondsMin: Int64 = 1000
    package static let holdMillisecondsMax: Int64 = 24 * 3600 * 1000
    package static let holdMillisecondsDefault: Int64 = 30 * 60 * 1000

    /// How long a coordinator waits for the wallet or for votes before it gives up.
    package static let voteWaitMilliseconds: Int64 = 15_000
    /// How long a secondary waits after the primary's hold must have ended before it asks.
    package static let inquireAfterMilliseconds: Int64 = 2_000
    package static let inquireEveryMillisecondsMin: Int64 = 2_000
    package static let inquireEveryMillisecondsMax: Int64 = 60_000
    /// Questions of one peer about people that are answered: all of a minute may come at once. A load test or
    /// an absence of some hours brings a few hundred proposals of honest people; a day has few thousand.
    package static let proposalsOfOnePeerMinuteMax = 600
    package static let proposalsOfOnePeerDayMax = 5000
    package static let walletQueriesOfOnePeerMinuteMax = 6000
    package static let walletQueriesOfOnePeerDayMax = 500_000
    package static let documentClaimsOfOnePeerMinuteMax = 300
    package static let documentClaimsOfOnePeerDayMax = 5000
    /// The same about one wallet, over all kinds of questions.
    package static let questionsOnOneWalletMinuteMax = 120
    package static let questionsOnOneWalletDayMax = 1000
    /// Wallets of which a node remembers how often one peer asked.
    package static let peerBudgetWalletsMax = 16_384
    /// An alarm is raised if more of a day's proposals than this, of at least so many, found nobody.
    package static let proposalsFoundNobodyPercentMax = 50
    package static let proposalsJudgedMin = 100
    /// How long an alarm about a peer stands after its last cause.
    package static let peerAlarmMilliseconds: Int64 = 24 * 3600 * 1000
    /// How long after the hold of a silent primary must have ended the national node may end those of the
    /// others: time to start it again, from a backup if need be, and to ask by telephone what it did.
    package static let holdEndAfterMilliseconds: Int64 = 72 * 3600 * 1000
    /// Ends of holds in one batch whose signatures are checked: there are few, and each costs two.
    package static let holdEndsOfBatchMax = 4
    /// Due transactions that one round of the engine takes up.
    package static let wakesPerRoundMax = 256

    /// Client requests that wait for the engine, and how many of them may be of one client; above it, a
    /// client is told `overloaded`.
    package static let requestsWaitingMax = 8192
    package static let requestsOfClientMax = 4096
    /// The same for questions that wait for an answer from the store.
    package static let queriesWaitingMax = 8192
    package static let queriesOfClientMax = 4096
    /// Requests a second of one client over TCP, and how many it may save up; above it `overloaded`.
    package static let requestsPerSecond = 500
    package static let requestsBurst = 5000
    /// The same for one user of the local socket.
    package static let localRequestsPerSecond = 20_000
    package static let localRequestsBurst = 40_000
    /// Sealed identity numbers that one peer, or one client, may have opened a second, and saved up. A
    /// box takes a quarter of a millisecond.
    package static let sealedBoxesPerSecond = 200
    package static let sealedBoxesBurst = 400
    /// Boxes of one peer that are opened before it is another's turn.
    package static let sealedBoxesPerSlice = 8
    /// Batches of one peer that were received and not looked at; above it, that peer is not read.
    package static let laneBatchesMax = 4
    /// Batches that wait for the engine; above it, whoever has one there is not read.
    package static let inboundBatchesWaitingMax = 256
    /// How much of what it refuses a node keeps whole in an hour from one peer; of what lies beyond it keeps
    /// digests. As much again of votes, refusals, decisions and certificates, which may be evidence.
    package static let refusedBytesPerHourMax = 16 * 1024 * 1024
    package static let inboundBytesWaitingMax = 64 * 1024 * 1024
    package static let inboundBatchesOfPeerMax = 64
    package static let inboundBytesOfPeerMax = 8 * 1024 * 1024

    /// Connections of one peer, of one client, and of one user of the machine at each local socket.
    package static let connectionsOfPeerMax = 8
    package static let connectionsOfClientMax = 16
    package static let connectionsOfUserMax = 256
    /// Connections of one gate that are not known yet, and those of them that speak.
    package static let unauthenticatedMax = 1024
    package static let handshakesMax = 64
    /// From the accept of a connection to its admission.
    package static let handshakeMilliseconds: Int64 = 5000
    /// Octets a second of one peer, client or user, and how many may be saved up.
    package static let peerBytesPerSecond = 32 * 1024 * 1024
    package static let clientBytesPerSecond = 4 * 1024 * 1024
    package static let statusBytesPerSecond = 64 * 1024
    package static let bytesBurstSeconds = 2
    /// Octets of answers that a client has not read; above it, its connection ends.
    package static let unreadBytesMax = 4 * 1024 * 1024
    /// Descriptors without which a node does not start, and those that are kept for what is no
    /// connection of others: store, log, and the connections to peers.
    package static let descriptorsMin = 512
    package static let descriptorsReserve = 192
    /// Messages and requests that one round of the engine takes up.
    package static let roundInputsMax = 2048
    package static let requestBytesMax = 64 * 1024
    /// Client connections that wait for one answer.
    package static let waitersPerRequestMax = 8
    package static let waitersMax = 65_536

    /// Below this much free disk a node takes no new request.
    package static let diskFreeBytesMin: Int64 = 256 * 1024 * 1024
}
