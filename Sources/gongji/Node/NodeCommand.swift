import ArgumentParser
import Gateway

/// `gongji node`: the gateway itself.
struct NodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "node", abstract: "Run a province's gateway.",
        discussion: "Example: gongji node run --config nodes/370000/node.json",
        subcommands: [Run.self])

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the node until SIGTERM or SIGINT.",
            discussion: """
                Logs JSON lines on standard error. Check keys, certificates and directory before \
                the first start with: gongji pki check --node DIR

                Example: gongji node run --config nodes/370000/node.json
                """)

        @Option(help: ArgumentHelp("The node's configuration.", valueName: "node.json"))
        var config: String

        func run() throws {
            try telling(json: false) {
                let node: Node
                do {
                    node = try Node(configurationAt: config)
                } catch {
                    throw CommandFailure.failed("the node does not start: \(error)")
                }
                try node.run()
            }
        }
    }
}
