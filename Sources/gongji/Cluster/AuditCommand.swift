import ArgumentParser

/// `gongji cluster audit`: whether the books of all nodes are as they must be.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Read every node's store, and say for each of M1 to M8 whether it holds.",
        discussion: """
            Reads only, and the nodes may be running or not: what one node knows and another has \
            yet to hear counts as in flight. Exits 1 if an invariant does not hold.

            Example: gongji cluster audit --dir work-cluster --json
            """)

    @OptionGroup var folder: ClusterFolderOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        try telling(json: output.json) {
            let audit = try ClusterAudit(of: Cluster(at: folder.dir))
            if output.json { Console.out(audit.json) } else { Console.out(audit.text) }
            if !audit.holds { throw Exit.refused.code }
        }
    }
}
