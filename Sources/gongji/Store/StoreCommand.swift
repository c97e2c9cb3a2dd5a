import ArgumentParser

/// `gongji store`: the file in which a node keeps everything.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Look after the store of a node.",
        discussion: """
            Example: gongji store check --node nodes/370000
            """,
        subcommands: [StoreCheckCommand.self])
}
