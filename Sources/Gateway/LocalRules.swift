import Domain
import Foundation
import Glibc
package import RuleFiles
package import RuleSets

/// The rule sets and the register of institutions that an operator has put beside the node.
package struct LocalRules: Sendable {
    package let folder: RuleFolder
    package let register: InstitutionRegister

    package init(folder: RuleFolder, register: InstitutionRegister) {
        self.folder = folder
        self.register = register
    }

    /// Throws ``RuleFileFaults`` with all that is wrong in any of the files.
    package static func load(_ files: RuleFilePaths) throws(RuleFileFaults) -> LocalRules {
        let folder = try RuleFolder.load(folder: files.rules)
        guard let register = files.register else {
            return LocalRules(folder: folder, register: .empty)
        }
        return LocalRules(
            folder: folder, register: try InstitutionRegisterFile.load(register))
    }
}

/// Where they lie.
package struct RuleFilePaths: Sendable {
    package let rules: String
    package let register: String?

    package init(rules: String, register: String?) {
        self.rules = rules
        self.register = register
    }

    /// Changes whenever a file does.
    var stamp: String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: rules))?.sorted() ?? []
        let files = names.map { "\(rules)/\($0)" } + [register].compactMap { $0 }
        return files.map { file in
            var status = stat()
            guard stat(file, &status) == 0 else { return "\(file) none" }
            return "\(file) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec) \(status.st_size)"
        }.joined(separator: "\n")
    }
}
