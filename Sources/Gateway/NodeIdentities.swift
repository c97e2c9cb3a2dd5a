import Domain
import Settlement
import Signing
import Storage
import Wire

/// Opens identity numbers for the engine; the number goes no further than here.
///
/// What was opened is remembered for a while: the threads that receive open each box before the engine
/// asks, so that the engine, in the middle of its transaction, waits for no decryption.
final class NodeIdentities: IdentityOpening {
    private struct Box: Hashable {
        let octets: Bytes
        let context: Identifier
    }

    /// Nil: the node has no identity key, or a suite that cannot open.
    private let opener: IdentityOpener?
    private let key: IdentityKey?
    /// Two generations: when the newer is full, it takes the place of the older.
    private let opened = Guarded<(newer: [Box: OpenedIdentity?], older: [Box: OpenedIdentity?])>(
        ([:], [:]))
    /// More than the budgets of all peers let wait for the engine at once.
    private static let rememberedMax = 4 * Limits.batchMessagesMax

    /// `folder` holds the node's keys, `identityKey` the secret of the index.
    init(_ folder: NodeFolder, identityKey: String?, log: Log) throws {
        guard let identityKey else {
            (opener, key) = (nil, nil)
            return
        }
        key = try IdentityKey(file: identityKey)
        do {
            opener = try folder.identityOpener()
        } catch SealingRefusal.suiteCannotSeal(let suite) {
            log.write(.warning, "identities_cannot_be_opened", ["suite": suite.name])
            opener = nil
        }
    }

    func open(_ box: Bytes, context: Identifier) -> OpenedIdentity? {
        let box = Box(octets: box, context: context)
        if let known = opened.withLock({ $0.newer[box] ?? $0.older[box] }) { return known }
        let identity = decrypt(box)
        opened.withLock { kept in
            if kept.newer.count >= NodeIdentities.rememberedMax {
                kept = ([:], kept.newer)
            }
            kept.newer[box] = .some(identity)
        }
        return identity
    }

    private func decrypt(_ box: Box) -> OpenedIdentity? {
        guard let opener, let key,
            let number = try? opener.open(box.octets, context: box.context),
            let index = try? key.index(of: number)
        else { return nil }
        return OpenedIdentity(index: index, born: number.born)
    }

    /// A box that came in a message, to be opened before the engine asks.
    struct Sealed {
        let octets: Bytes
        let context: Identifier
    }

    /// The boxes that `batch` holds.
    func sealed(in batch: InboundBatch) -> [Sealed] {
        batch.messages.compactMap { message in
            guard case .success(.relationProposal(let proposal)) = message,
                case .sealed(let octets) = proposal.recipient
            else { return nil }
            return Sealed(octets: octets, context: proposal.relation)
        }
    }

    func open(_ box: Sealed) -> OpenedIdentity? { open(box.octets, context: box.context) }

    /// Whether it was opened lately, or tried: to open it again costs nothing.
    func hasOpened(_ box: Sealed) -> Bool {
        let box = Box(octets: box.octets, context: box.context)
        return opened.withLock { $0.newer[box] ?? $0.older[box] } != nil
    }

    /// The box that a request holds; nil if it has none.
    func sealed(in request: ServiceRequest) -> Sealed? {
        guard case .command(.openAccount(let order)) = request.body,
            let octets = order.sealedIdentity
        else { return nil }
        return Sealed(octets: octets, context: request.id)
    }

    // MARK: The key belongs to the store

    private static let note = "identity_key_check"

    /// Throws if the people of `store` were registered under another identity key: nobody would be
    /// found any more, and everybody could be registered once more.
    func check(_ store: any Store) throws {
        guard let key else { return }
        // The index of a number that nobody has tells the key without telling anything.
        let check = try key.index(of: IdentityNumber("110101190001010014")).bytes
        guard let kept = try store.read({ try $0.note(NodeIdentities.note) }) else {
            try store.write { try $0.setNote(NodeIdentities.note, check) }
            return
        }
        guard kept == check else {
            throw NodeFailure.configuration(
                "identity_key is not the one under which the people of this store were "
                    + "registered; put that one back")
        }
    }
}
