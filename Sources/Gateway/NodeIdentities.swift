import Domain
import Settlement
import Signing

/// Opens identity numbers for the engine; the number goes no further than here.
struct NodeIdentities: IdentityOpening {
    /// Nil: the node has no identity key, or a suite that cannot open.
    private let opener: IdentityOpener?
    private let key: IdentityKey?

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
        guard let opener, let key, let number = try? opener.open(box, context: context),
            let index = try? key.index(of: number)
        else { return nil }
        return OpenedIdentity(index: index, born: number.born)
    }
}
