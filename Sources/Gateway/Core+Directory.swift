import Domain
import Foundation
import Rounds
import RuleFiles
import RuleSets
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

    /// The rule sets and the register are watched and taken over in the same way, all of them or none.
    func reloadRules() {
        rulesStamp = rulePaths.stamp
        do throws(RuleFileFaults) {
            let rules = try LocalRules.load(rulePaths)
            board.update { $0.lastRulesFailure = nil }
            trust.replace(with: rules)
            log.write(
                .info, "rules_loaded",
                [
                    "sets": rules.folder.sets.map(\.set.name).joined(separator: " "),
                    "institutions": String(rules.register.entries.count),
                ])
        } catch {
            // Where, not what: a value in a wrong column may be somebody's number, and this is read by
            // everybody who reads the log.
            let places = error.faults.prefix(10).map { fault in
                fault.file + (fault.line.map { ":\($0)" } ?? "")
            }
            let more = error.faults.count > 10 ? ", and more" : ""
            let sentence =
                "not taken over: \(places.joined(separator: ", "))\(more); see gongji rules check "
                + "and gongji register check"
            board.update { $0.lastRulesFailure = sentence }
            log.write(.error, "rules_refused", ["error": sentence])
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
            try DirectoryMemory.check(directory.edition, store)
            station.meet(directory.nodes.map(\.province), newEpoch: Clock.newIdentifier)
            try peers.follow(directory, from: province)
            // Whoever sees the new directory does not see the old failure.
            board.update { $0.lastReloadFailure = nil }
            trust.replace(with: directory)
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
