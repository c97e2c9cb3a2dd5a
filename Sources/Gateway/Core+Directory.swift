import Domain
import Foundation
import Settlement
import Signing
import ZeroMQ

/// The directory is watched, and taken over while the node runs; one that does not hold is refused
/// and the old one stays in force.
extension Core {
    static func stamp(_ folder: String) -> String {
        [DirectoryDocument.fileName, DirectoryDocument.signatureFileName].map { name in
            var status = stat()
            guard stat("\(folder)/\(name)", &status) == 0 else { return "none" }
            return "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec).\(status.st_size)"
        }.joined(separator: " ")
    }

    /// In force it is all the same: a revocation does not wait for a disk that is full.
    private func rememberDirectory(_ edition: DirectoryEdition) {
        do { try DirectoryMemory.keep(edition, store) } catch {
            log.write(.error, "directory_not_kept", ["error": String(describing: error)])
        }
    }

    func reloadDirectory() {
        directoryStamp = Core.stamp(directoryFolder)
        let current = trust.current.directory
        do {
            let directory = try DirectoryDocument.load(
                folder: directoryFolder, roots: current.roots, network: network,
                current: current.edition, now: Clock.now())
            guard directory.edition != current.edition else { return }
            guard directory.node(province) != nil else {
                throw NodeFailure.notInDirectory(province)
            }
            for node in directory.nodes
            where node.province != province && links[node.province] == nil {
                links[node.province] = Link(
                    peer: node.province, epoch: Clock.newIdentifier())
            }
            try peers.follow(directory, from: province)
            trust.replace(with: directory, province: province)
            board.update { $0.lastReloadFailure = nil }
            log.write(.info, "directory_loaded", ["version": String(directory.version)])
            rememberDirectory(directory.edition)
        } catch {
            let sentence = String(describing: error)
            board.update { $0.lastReloadFailure = sentence }
            log.write(.error, "directory_refused", ["error": sentence])
            // What fails in the middle is tried again; a refused file is, when it changes.
            if error is ZeroMQError { directoryStamp = "" }
        }
    }
}
